DATETIME_FORMAT = "Y. n. j. H:i T"
DATE_FORMAT = "Y. n. j."
TIME_FORMAT = "H:i"

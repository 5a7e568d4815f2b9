"""How the console writes moments: 24 hours, with the time zone, as the pages do."""

"""Why a socket is closed: the codes of the websocket protocol and of the platform's own contract."""

TOO_BIG = 1009
TRY_LATER = 1013
NOT_AUTHENTICATED = 4401
FORBIDDEN = 4403
NOT_FOUND = 4404
NO_AUTH_IN_TIME = 4408
TOO_MANY = 4429

AUTH_SECONDS = 5  # how long a socket may stay open without having authenticated

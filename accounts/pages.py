"""Pages of identity: sign in, sign out, language and theme; and what every page's shell shows."""


def shell(request) -> dict:
    return {}

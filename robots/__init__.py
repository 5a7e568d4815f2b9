"""Ground robots that speak the FlyingLet API: their registry, floor maps, stream, black box and photo log.

Reading order: sections.py (the one table of stream sections), kind.py (what a robot sends and where it is), models,
services and selectors, api/ (ticks.py there makes a stream document of a sample). moments.py reads the clients' dates,
pages.py and admin/ show it all to people.
"""

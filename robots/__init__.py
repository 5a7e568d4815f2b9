"""Ground robots that speak the FlyingLet API: their registry, floor maps, stream, black box and photo log.

Reading order: sections.py (the one table of stream sections), kind.py (what a robot sends and where it is), models.py,
services.py and selectors.py, ticks.py (a sample as FlyingLet's stream document), api/.
"""

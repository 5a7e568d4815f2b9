"""What the demo consists of: roster.py (people and devices), floorplans.py (the images), seed.py (puts them in by
services, as often as wanted), password.py (of the demo accounts).
"""

"""Commands to devices: services.py (asking, replying, ending) -> delivery.py (who hands one over) -> socket_dispatch.py
and mqtt_dispatch.py (the two ways out)."""

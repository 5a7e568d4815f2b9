"""Commands to devices: services.py (asking, replying, ending) -> delivery.py (who hands one over) -> line.py (down a
socket) and courier.py (by MQTT)."""

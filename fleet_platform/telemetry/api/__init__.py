"""The wire of the fleet API that all kinds of device share: ingest, read-back, tickets, health, metrics."""

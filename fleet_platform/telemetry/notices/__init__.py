"""Telling people of alarms: outbox.py (written with the alarm) -> sending.py (by Celery) -> mails.py, webhooks.py.

services.py and selectors.py: each person's own channels.
"""

"""Puts the demo in: run as often as wanted, it adds what is missing."""

from django.core.management.base import BaseCommand, CommandError

from fleet_platform.demo.seed import demo_seed
from fleet_platform.shared import environ


class Command(BaseCommand):
    help = "Add the demo's workspaces, people, floors and devices. The password comes from DEMO_PASSWORD."

    def handle(self, *args, **options):
        password = environ.secret("DEMO_PASSWORD")
        if not password:
            raise CommandError("Set DEMO_PASSWORD: the password of every demo account.")
        added = demo_seed(password)
        self.stdout.write(f"Added {added} people and devices; the rest was there.")

"""Puts the demo in: run as often as wanted, it adds what is missing."""

import os

from django.core.management.base import BaseCommand, CommandError

from fleet_platform.demo import seed


class Command(BaseCommand):
    help = "Add the demo's workspaces, people, floors and devices. The password comes from DEMO_PASSWORD."

    def add_arguments(self, parser):
        parser.set_defaults(password=os.environ.get("DEMO_PASSWORD", ""))

    def handle(self, *args, password: str = "", verbosity: int = 1, **options):
        if not password:
            raise CommandError("Set DEMO_PASSWORD: the password of every demo account.")
        added = seed.demo_seed(password)
        if verbosity:
            self.stdout.write(f"Added {added} people and devices; the rest was there.")

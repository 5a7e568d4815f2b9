"""Collects every text that people read, keeps what is translated, and compiles the catalogues."""

from django.core.management.base import BaseCommand

from fleet_platform import catalogues, messages


class Command(BaseCommand):
    help = "Collect texts into locale/ and compile them. Says which ones are not translated yet."

    def handle(self, *args, **options) -> None:
        for domain in ("django", "djangojs"):
            known = messages.read_po(catalogues.po_path(domain))
            entries = {text: known.get(text, "") for text in catalogues.wanted(domain)}
            catalogues.po_path(domain).parent.mkdir(parents=True, exist_ok=True)
            catalogues.po_path(domain).write_text(
                messages.po_text(catalogues.LANGUAGE, entries), encoding="utf-8"
            )
            catalogues.mo_path(domain).write_bytes(messages.mo_bytes(catalogues.LANGUAGE, entries))
            missing = sorted(text.one for text, said in entries.items() if not said)
            self.stdout.write(f"{domain}: {len(entries)} texts, {len(missing)} not translated")
            for text in missing:
                self.stdout.write(f"  {text!r}")

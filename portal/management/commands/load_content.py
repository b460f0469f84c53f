"""Add the self-service links that a new site starts with."""

from typing import Any

from django.core.management.base import BaseCommand

from portal.initial_links import INITIAL_LINKS, add_missing_links
from portal.lib.acting import SITE, acting_as


class Command(BaseCommand):
    help = (
        "Add the self-service links that are missing. Safe to repeat: a link that is there keeps what staff have "
        "written. To hide one for good, unpublish it; a deleted one is added again."
    )

    @acting_as(SITE)
    def handle(self, *args: Any, **options: Any) -> None:
        added = add_missing_links()
        if options["verbosity"] > 1:
            for key in added:
                self.stdout.write(f"  {key}")
        kept = len(INITIAL_LINKS) - len(added)
        self.stdout.write(f"Self-service links: {len(added)} added, {kept} were there and stay as they are.")

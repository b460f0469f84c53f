"""Add the self-service links and the support resources that a new site starts with."""

from typing import Any

from django.core.management.base import BaseCommand

from portal.content.initial_links import INITIAL_LINKS, add_missing_links
from portal.content.initial_resources import INITIAL_RESOURCES, add_missing_resources
from portal.lib.acting import SITE, acting_as


class Command(BaseCommand):
    help = (
        "Add the self-service links and support resources that are missing. Safe to repeat: what is there keeps what "
        "staff have written. To hide one for good, unpublish it; a deleted one is added again."
    )

    @acting_as(SITE)
    def handle(self, *args: Any, **options: Any) -> None:
        for name, initial, added in (
            ("Self-service links", INITIAL_LINKS, add_missing_links()),
            ("Support resources", INITIAL_RESOURCES, add_missing_resources()),
        ):
            if options["verbosity"] > 1:
                for key in added:
                    self.stdout.write(f"  {key}")
            kept = len(initial) - len(added)
            self.stdout.write(f"{name}: {len(added)} added, {kept} were there and stay as they are.")

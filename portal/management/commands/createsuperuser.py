"""``createsuperuser`` as the site itself: nobody is there yet who could act."""

from typing import Any

from django.contrib.auth.management.commands import createsuperuser

from portal.lib.acting import SITE, acting_as


class Command(createsuperuser.Command):
    @acting_as(SITE)
    def handle(self, *args: Any, **options: Any) -> Any:
        return super().handle(*args, **options)

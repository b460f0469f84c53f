"""Putting content before its readers, and taking it back: many rows at once."""

import datetime
from typing import Any

from django.db.models import Case, F, When

from portal.models import PublishedQuerySet


def publish(rows: PublishedQuerySet[Any], now: datetime.datetime) -> int:
    """Show the rows to their readers from now on; return how many that changed.

    A moment that would keep a row back, or that has passed, is taken out; an end that is still to come stays.
    """
    return rows.exclude(pk__in=rows.current(now).values("pk")).update(
        is_draft=False,
        publish_from=Case(When(publish_from__gt=now, then=None), default=F("publish_from")),
        publish_until=Case(When(publish_until__lte=now, then=None), default=F("publish_until")),
    )


def unpublish(rows: PublishedQuerySet[Any]) -> int:
    """Make drafts of the rows; return how many that changed. The moments that were set stay, for the next time."""
    return rows.filter(is_draft=False).update(is_draft=True)

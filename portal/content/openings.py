"""Counting what was opened, and forgetting it again."""

import datetime

from django.db import connection

from accounts.models import Customer, User
from portal.models import ContentOpening, SelfServiceLink, SupportResource

KEPT_FOR = 13
"""Months. The page shows the last twelve; what is older is deleted, not folded: nobody looks at it."""

type Opened = SelfServiceLink | SupportResource


def record_opening(opened: Opened, *, customer: Customer, reader: User, now: datetime.datetime) -> None:
    """Count that ``reader`` opened a link or a resource in the name of ``customer``: once a day (UTC), however often."""
    opening = ContentOpening(
        link=opened if isinstance(opened, SelfServiceLink) else None,
        resource=opened if isinstance(opened, SupportResource) else None,
        customer=customer,
        partner_id=customer.partner_id,
        user=reader,
        day=now.astimezone(datetime.UTC).date(),
        opened_at=now,
    )
    ContentOpening.objects.bulk_create([opening], ignore_conflicts=True)


def forget_openings(now: datetime.datetime) -> int:
    """Delete what was opened before the first of the thirteenth month before this one; return how many there were.

    Only the site itself may: the application's role has no right to delete, the database's own function does it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT portal_forget_openings(%s)", [month_before(now.astimezone(datetime.UTC).date(), KEPT_FOR)]
        )
        return int(cursor.fetchone()[0])


def month_before(day: datetime.date, months: int) -> datetime.date:
    """Return the first day of the month that is so many months before that of ``day``."""
    number = day.year * 12 + day.month - 1 - months
    return datetime.date(number // 12, number % 12 + 1, 1)

"""Which addresses are checked and when, and what a check has found, written down."""

import datetime
import hashlib
import time
from collections.abc import Iterable, Sequence

from django.conf import settings
from django.core.cache import cache
from django.db.models import F, Q

from portal.content.checker.exchange import Way
from portal.content.checker.gate import Refused, target_of
from portal.content.checker.verdict import Found, check, site_of
from portal.lib.acting import SITE, acting_as
from portal.lib.jobs import enqueue_all
from portal.models import TENANT, ContentAddress

MOST_IN_A_RUN = 500
"""Addresses of one day; those that were looked at longest ago come first, and the others on the days after."""

FRESH = datetime.timedelta(minutes=1)
"""A check that is no older than this, when it is asked for, is an answer already."""

REMEMBERED = 60
"""Seconds for which it matters when a site was last asked."""


def is_on() -> bool:
    """Whether this site sends requests to others at all (docs/operations.md)."""
    return bool(settings.LINK_CHECKS)


def can_be_checked(address: str) -> bool:
    """Whether an address leads somewhere as it stands: one with a tenant's prefix in it does not."""
    return TENANT not in address


def enqueue_due(now: datetime.datetime) -> int:
    """Enqueue a check of each address that has not been checked for as many days as the settings say; return how many.

    At most ``MOST_IN_A_RUN``. Acts as whoever calls it.
    """
    before = now - datetime.timedelta(days=settings.LINK_CHECK_DAYS) + datetime.timedelta(hours=1)
    rows = ContentAddress.objects.filter(Q(checked_at=None) | Q(checked_at__lte=before)).exclude(
        address__contains=TENANT
    )
    return enqueue(rows.order_by(F("checked_at").asc(nulls_first=True), "pk")[:MOST_IN_A_RUN], now)


def enqueue(rows: Iterable[ContentAddress], now: datetime.datetime) -> int:
    """Enqueue a check of each address that can be checked; return how many. Nothing where the checker is off.

    A job for each, so that none keeps a worker for long. Those of one site have one lock: they run one after the other,
    whichever worker takes them.
    """
    if not is_on():
        return 0
    from portal.tasks import check_address  # noqa: PLC0415 - it calls this module

    jobs = [
        (f"link-check-{_site(row.address)}", {"address_id": row.pk, "asked_at": now.isoformat()})
        for row in rows
        if can_be_checked(row.address)
    ]
    enqueue_all(check_address, jobs)
    return len(jobs)


def look(address_id: int, asked_at: datetime.datetime, now: datetime.datetime, way: Way | None = None) -> Found | None:
    """Check one address and write down what was found; return it. Safe to run twice.

    None, and nothing is sent, where the address is gone, was checked meanwhile, or its site has asked to be left alone.
    No transaction is open while others answer.
    """
    way = way or Way()
    with acting_as(SITE):
        row = ContentAddress.objects.filter(pk=address_id).first()
    if row is None or not can_be_checked(row.address) or (row.checked_at and row.checked_at > asked_at - FRESH):
        return None
    site = _site(row.address)
    if cache.get(_rests(site)):
        return None
    found = check(row.address, way, before=lambda: _wait_for_turn(site, way))
    if found.rest:
        cache.set(_rests(site), True, found.rest)
    with acting_as(SITE):
        write_down([row], found, now)
    return found


def write_down(rows: Sequence[ContentAddress], found: Found, now: datetime.datetime) -> None:
    """Write what was found of addresses, unless they are others by now. It makes no version (docs/decisions/0012)."""
    for row in rows:
        ContentAddress.objects.filter(pk=row.pk, address=row.address).update(
            checked_at=now,
            check_result=found.result,
            check_reason=found.reason or "",
            check_status=found.status,
            leads_to=found.leads_to,
        )


def _site(address: str) -> str:
    """Return a mark of the site: jobs and the cache are read by everybody in the database, and tell nobody's hosts."""
    try:
        host = site_of(target_of(address).host)
    except Refused:  # told as what is found
        host = ""
    return hashlib.sha256(host.encode()).hexdigest()[:32]


def _rests(site: str) -> str:
    return f"link-check-rests-{site}"


def _wait_for_turn(site: str, way: Way) -> None:
    """Wait until the pause after the request before is over, which may have been another worker's."""
    key = f"link-check-asked-{site}"
    asked = cache.get(key)
    if asked:
        way.sleep(max(0, min(way.pause, asked + way.pause - time.time())))
    cache.set(key, time.time(), REMEMBERED)

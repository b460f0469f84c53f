"""Requests as they are on file, with whatever times a test wants: the figures only read."""

import datetime
from math import ceil, floor

from requests_app.models import OPEN, Kind, Status, SubscriptionRequest
from tests import factories

HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)


def utc(*parts):
    return datetime.datetime(*parts, tzinfo=datetime.UTC)


def on_file(customer, author, agent, *stories):
    """Write a request for each story, in one statement: its fields, times given as moments."""
    subscription = factories.subscription(customer)
    rows = []
    for story in stories:
        row = {"kind": Kind.PURCHASE, "status": Status.SUBMITTED, "assignee": None, "closed_at": None} | story
        row["subscription"] = None if row["kind"] == Kind.PURCHASE else subscription
        row["seats"] = 2 if row["kind"] in (Kind.MORE_SEATS, Kind.FEWER_SEATS) else None
        if row["status"] not in (Status.SUBMITTED, Status.WITHDRAWN) and row["assignee"] is None:
            row["assignee"] = agent
        if row["status"] not in OPEN and row["closed_at"] is None:
            row["closed_at"] = row["submitted_at"] + DAY
        row.setdefault("deadline", row["submitted_at"] + 2 * DAY)
        given = {"external_reference": "ORDER-1", "decline_reason": "No", "failure_reason": "No"}
        rows.append(SubscriptionRequest(customer=customer, partner=customer.partner, author=author, **given | row))
    return SubscriptionRequest.objects.bulk_create(rows)


def percentile(values, share):
    """Return the value below which that share of the others lies, between two of them in proportion."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    lower, upper = ordered[floor(place)], ordered[ceil(place)]
    return lower + (upper - lower) * (place - floor(place))

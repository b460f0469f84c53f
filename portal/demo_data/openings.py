"""What the demonstration's customers have opened in the last year, and what has helped them."""

import datetime
from collections.abc import Iterator
from random import Random

from accounts.models import Customer, CustomerMembership, User
from portal.models import ContentOpening, HelpAnswer, SelfServiceLink, SupportResource
from requests_app.models import Kind, SubscriptionRequest

DAYS = 360
EVERY = 3
"""So many days on average between two visits of somebody."""


def load_openings(now: datetime.datetime) -> None:
    """Write openings of links and resources from ``now`` back, more of what stands first, and some answers found."""
    chance = Random(6)  # noqa: S311 - the same demonstration each time
    members = CustomerMembership.objects.select_related("customer", "user").order_by("pk")
    resources = list(SupportResource.objects.current(now).filter(partner=None))
    found: dict[tuple[object, ...], ContentOpening] = {}
    answers: list[HelpAnswer] = []
    for membership in members:
        customer, reader = membership.customer, membership.user
        links = SelfServiceLink.objects.for_customer(customer, now)
        for at in _visits(chance, customer, reader, now):
            opened = _some(chance, links) if chance.random() < 0.7 else _some(chance, resources)
            if opened is None:
                continue
            opening = _opening(opened, customer, reader, at)
            found.setdefault((customer.pk, reader.pk, opening.day, type(opened), opened.pk), opening)
            if isinstance(opened, SupportResource) and chance.random() < 0.3:
                answers.append(_answer(opened, customer, reader, at))
    ContentOpening.objects.bulk_create(found.values(), ignore_conflicts=True)
    HelpAnswer.objects.bulk_create(answers)


def _visits(chance: Random, customer: Customer, reader: User, now: datetime.datetime) -> Iterator[datetime.datetime]:
    """Yield when somebody came: more often of late, and two hours before each of their requests."""
    for days in range(1, DAYS):
        if chance.random() < (1 - days / DAYS * 0.7) / EVERY:
            yield now - datetime.timedelta(days=days, minutes=chance.randrange(600))
    filed = SubscriptionRequest.objects.filter(customer=customer, author=reader)
    for at in filed.order_by("pk").values_list("submitted_at", flat=True):
        if at > now - datetime.timedelta(days=DAYS):
            yield at - datetime.timedelta(hours=2)


def _some[Content: (SelfServiceLink, SupportResource)](chance: Random, shown: list[Content]) -> Content | None:
    """Return one of what is shown, rather of what comes first."""
    return shown[int(len(shown) * chance.random() ** 2)] if shown else None


def _opening(
    opened: SelfServiceLink | SupportResource, customer: Customer, reader: User, at: datetime.datetime
) -> ContentOpening:
    return ContentOpening(
        link=opened if isinstance(opened, SelfServiceLink) else None,
        resource=opened if isinstance(opened, SupportResource) else None,
        customer=customer,
        partner_id=customer.partner_id,
        user=reader,
        day=at.astimezone(datetime.UTC).date(),
        opened_at=at,
    )


def _answer(resource: SupportResource, customer: Customer, reader: User, at: datetime.datetime) -> HelpAnswer:
    return HelpAnswer(
        resource=resource,
        kind=resource.kinds[0] if resource.kinds else Kind.PURCHASE,
        customer=customer,
        partner_id=customer.partner_id,
        user=reader,
        created_at=at,
    )

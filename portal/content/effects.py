"""What content does: how often it was opened, helped, and led to a request. Sums alone; nobody is shown who it was."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import connection

from accounts.models import Partner, User
from portal.content.openings import month_before
from portal.models import Content, SelfServiceLink, State, SupportResource

MONTHS = 12
"""That can be chosen, the current one among them."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What was counted of something, over some time.

    ``opened``: by a person in the name of a customer, once a day. ``helped``, ``not_helped``: somebody said so.
    ``asked``: of a resource, requests whose author had read it just before; of a link, openings that the same person
    followed with a request for the same customer within a day.
    """

    opened: int = 0
    helped: int = 0
    not_helped: int = 0
    asked: int = 0

    def __add__(self, other: "Effect") -> "Effect":
        return Effect(
            self.opened + other.opened,
            self.helped + other.helped,
            self.not_helped + other.not_helped,
            self.asked + other.asked,
        )


@dataclass(frozen=True, slots=True)
class Line:
    """A link or a resource, and what it did in a month."""

    content: Content
    effect: Effect


@dataclass(frozen=True, slots=True)
class Effects:
    """What the page shows: of one month each link and each resource, the most opened first; of each month the sums."""

    month: datetime.date
    links: Sequence[Line]
    resources: Sequence[Line]
    months: dict[datetime.date, tuple[Effect, Effect]] = field(default_factory=dict)
    """By first day, the oldest first: what links did, and what resources did."""

    @property
    def of_links(self) -> Effect:
        return self.months[self.month][0]

    @property
    def of_resources(self) -> Effect:
        return self.months[self.month][1]


def months_until(now: datetime.datetime) -> list[datetime.date]:
    """Return the first days of the months (UTC) that can be chosen, the newest first."""
    today = now.astimezone(datetime.UTC).date()
    return [month_before(today, back) for back in range(MONTHS)]


def read_effects(user: User, partner: Partner | None, month: datetime.date, now: datetime.datetime) -> Effects:
    """Count what content did at the customers of ``partner`` (None: of all partners), as ``user`` may know it.

    Three statements. Of a partner: what is for all and its own; what nobody sees now, only where it was counted. Numbers
    come from the database's own function, which gives them to staff and to the partner's managers alone.
    """
    shown = months_until(now)
    counted = _counted(partner, shown)
    of_month = [(kind, pk, effect) for (first, kind, pk), effect in counted.items() if first == month]
    found: dict[str, dict[int, Effect]] = {"link": {}, "resource": {}}
    for kind, pk, effect in of_month:
        found[kind][pk] = effect
    sums = {first: {"link": Effect(), "resource": Effect()} for first in reversed(shown)}
    for (first, kind, _pk), effect in counted.items():
        sums[first][kind] += effect
    return Effects(
        month,
        _lines(SelfServiceLink, user, partner, found["link"], now),
        _lines(SupportResource, user, partner, found["resource"], now),
        {first: (one["link"], one["resource"]) for first, one in sums.items()},
    )


def _counted(partner: Partner | None, shown: Sequence[datetime.date]) -> dict[tuple[datetime.date, str, int], Effect]:
    """Return what was counted, by month, kind ("link", "resource") and key."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT month, link, resource, opened, helped, not_helped, asked FROM portal_content_effects(%s, %s, %s)",
            [shown[-1], month_before(shown[0], -1), partner.pk if partner else None],
        )
        return {
            (month, "link" if link else "resource", link or resource): Effect(*counts)
            for month, link, resource, *counts in cursor.fetchall()
        }


def _lines(
    model: type[SelfServiceLink] | type[SupportResource],
    user: User,
    partner: Partner | None,
    counted: dict[int, Effect],
    now: datetime.datetime,
) -> list[Line]:
    """Return what readers see now, and what was counted, the most opened first; in one statement."""
    rows = model.objects.visible_to(user).select_related("partner")
    if partner is not None:
        rows = rows.of_partner(partner.pk)
    lines = [
        Line(row, counted.get(row.pk, Effect()))
        for row in rows
        if row.pk in counted or row.state(now) == State.PUBLISHED
    ]
    return sorted(lines, key=lambda line: (-line.effect.opened, -line.effect.helped, -line.effect.asked))

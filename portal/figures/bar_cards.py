"""The pictures that are tables with bars in them: ages, windows, support resources, people."""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from portal.figures import words
from portal.figures.cards import Bar, Bars, Card, Table
from portal.figures.help_answers import Helped
from portal.figures.words import number, share
from portal.lib import pictures
from portal.lib.display import duration
from portal.lib.pictures import Ink, Series
from requests_app.figures import AGES, Done, OpenNow, Received

ON_TIME, OVERDUE = Ink("blue"), Ink("red", "cross")
IN_TIME, LATE, MISSED = Ink("green"), Ink("amber", "rising"), Ink("red", "cross")
HELPED, DONE = Ink("teal"), Ink("green")

MOST_ROWS = 8
"""More than that are told in the table behind the picture."""

type Link = Callable[..., str]
"""Makes the address of a view of the queue from its parameters."""


def ages(open_now: OpenNow, now: datetime.datetime, link: Link) -> Card:
    """How long what is open has been open, and how much of it is overdue."""
    card = Card("ages", _("Age of what is open now"), _("Nothing is open"))
    if not open_now.total or open_now.oldest is None:
        return card
    given = {"count": number(open_now.total), "overdue": number(open_now.overdue)}
    if open_now.overdue:
        card.finding = (
            ngettext(
                "%(count)s request is open, and overdue",
                "%(count)s requests are open, %(overdue)s of them overdue",
                open_now.total,
            )
            % given
        )
    else:
        card.finding = (
            ngettext(
                "%(count)s request is open, and not overdue",
                "%(count)s requests are open, none of them overdue",
                open_now.total,
            )
            % given
        )
    card.notes = [_("The oldest came in %(age)s ago.") % {"age": duration(now - open_now.oldest)}]
    most = max(count for count, _overdue in open_now.by_age.values())
    rows = []
    for group in range(len(AGES)):
        count, overdue = open_now.by_age.get(group, (0, 0))
        parts = pictures.bar([(count - overdue, ON_TIME), (overdue, OVERDUE)], most)
        rows.append(Bar(words.age(group), [(number(count), parts), (number(overdue), None)]))
    card.legend = [Series(_("Not overdue"), ON_TIME, number(open_now.total - open_now.overdue))]
    if open_now.overdue:
        card.legend.append(Series(_("Overdue"), OVERDUE, number(open_now.overdue)))
    card.bars = Bars(_("Age"), [(_("Open"), True), (_("Overdue"), False)], rows)
    card.links = [(_("All that is open"), link(show="open"))]
    if open_now.overdue:
        card.links.append((_("What is overdue"), link(show="overdue")))
    return card


def windows(received: Received) -> Card:
    """How many of those that a window was open for were done before it closed."""
    found = received.windows
    card = Card("windows", _("Done before the window closed"), _("No window had to be met"))
    if found.decided:
        card.finding = _("%(share)s of what had a window was done before it closed: %(count)s of %(total)s") % {
            "share": share(found.in_time, found.decided),
            "count": number(found.in_time),
            "total": number(found.decided),
        }
        lines = [
            (_("Before it closed"), found.in_time, IN_TIME),
            (_("After it had closed"), found.late, LATE),
            (_("Still open, and it has closed"), found.missed, MISSED),
        ]
        card.bars = Bars(
            _("Done"),
            [(_("Requests"), True), (_("Share"), False)],
            [
                Bar(
                    name,
                    [(number(count), pictures.bar([(count, ink)], found.decided)), (share(count, found.decided), None)],
                )
                for name, count, ink in lines
            ],
        )
    if found.ahead:
        card.notes.append(
            ngettext(
                "The window of %(count)s more is still open.",
                "The windows of %(count)s more are still open.",
                found.ahead,
            )
            % {"count": number(found.ahead)}
        )
    if found.given_up:
        card.notes.append(
            ngettext(
                "%(count)s was declined or withdrawn and is not counted.",
                "%(count)s were declined or withdrawn and are not counted.",
                found.given_up,
            )
            % {"count": number(found.given_up)}
        )
    return card


def help_found(helped: Sequence[Helped], received: Received) -> Card:
    """What support resources answered, so that nothing had to be asked."""
    total = sum(one.count for one in helped)
    card = Card("help", _("Answered by support resources"), _("No support resource has answered anybody"))
    card.notes = [_("Counted where somebody reads before the form that this answered it, and asks for nothing.")]
    if not total:
        return card
    card.finding = ngettext(
        "%(count)s question was answered without a request: %(share)s of all",
        "%(count)s questions were answered without a request: %(share)s of all",
        total,
    ) % {"count": number(total), "share": share(total, total + received.total)}
    most = helped[0].count
    rows = [Bar(one.name, [(number(one.count), pictures.bar([(one.count, HELPED)], most))]) for one in helped]
    card.bars = Bars(_("Support resource"), [(_("Times"), True)], rows[:MOST_ROWS])
    if len(helped) > MOST_ROWS:
        card.table = Table([_("Times")], [(one.name, [number(one.count)]) for one in helped], [number(total)])
    return card


@dataclass(frozen=True, slots=True)
class Share:
    """What somebody has, and has done."""

    name: str
    open: int
    overdue: int
    done: int
    href: str = ""


def people(open_now: OpenNow, done: Done, team: Sequence[User], link: Link) -> Card:
    """Who has what is open, and who did what was done: by name the partner's people alone, in their order."""
    card = Card("people", _("By person: open now, and done in this period"), _("Nothing is open, and nothing was done"))
    if not open_now.total and not done.count:
        return card
    unassigned = open_now.by_person.get(None, (0, 0))[0]
    if not open_now.total:
        card.finding = _("Nothing is open")
    elif unassigned:
        card.finding = _("Of %(open)s open requests, %(unassigned)s are with nobody yet") % {
            "open": number(open_now.total),
            "unassigned": number(unassigned),
        }
    else:
        card.finding = _("Every open request is with somebody")
    shares = _shares(open_now, done, team, link)
    most_open, most_done = max(one.open for one in shares), max(one.done for one in shares)
    shown = shares
    if len(shares) > MOST_ROWS:
        busiest = sorted(shares, key=lambda one: one.open + one.done, reverse=True)[:MOST_ROWS]
        shown = [one for one in shares if one in busiest]
        card.table = Table(
            [_("Open now"), _("Overdue"), _("Done")],
            [(one.name, [number(one.open), number(one.overdue), number(one.done)]) for one in shares],
            [number(open_now.total), number(open_now.overdue), number(done.count)],
        )
        card.notes = [_("The %(count)s with most of both; everybody is in the table.") % {"count": MOST_ROWS}]
    rows = [
        Bar(
            one.name,
            [
                (
                    number(one.open),
                    pictures.bar([(one.open - one.overdue, ON_TIME), (one.overdue, OVERDUE)], most_open),
                ),
                (number(one.done), pictures.bar([(one.done, DONE)], most_done)),
            ],
            one.href,
        )
        for one in shown
    ]
    card.bars = Bars(_("Person"), [(_("Open now"), True), (_("Done"), True)], rows)
    card.legend = [Series(_("Open"), ON_TIME), Series(_("Overdue"), OVERDUE), Series(_("Done"), DONE)]
    return card


def _shares(open_now: OpenNow, done: Done, team: Sequence[User], link: Link) -> list[Share]:
    """Return a line for each of the team, for all others together, and for what nobody has."""
    nothing = (0, 0)
    shares = [
        Share(
            str(one),
            *open_now.by_person.get(one.pk, nothing),
            done.by_person.get(one.pk, 0),
            link(show="open", assignee=one.pk),
        )
        for one in team
    ]
    known = {one.pk for one in team}
    of_others = [counts for pk, counts in open_now.by_person.items() if pk is not None and pk not in known]
    others = Share(
        _("Not in the team any more"),
        sum(count for count, _overdue in of_others),
        sum(overdue for _count, overdue in of_others),
        sum(count for pk, count in done.by_person.items() if pk not in known),
    )
    if others.open or others.done:
        shares.append(others)
    if unassigned := open_now.by_person.get(None):
        shares.append(Share(_("Nobody yet"), *unassigned, 0, link(show="unassigned")))
    return shares

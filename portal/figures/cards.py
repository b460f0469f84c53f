"""Each picture of the page: what it finds in a sentence, how it is drawn, and the numbers behind it as a table."""

import datetime
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.figures import words
from portal.figures.words import number, share
from portal.lib import pictures
from portal.lib.pictures import Chart, Ink, Part, Series
from requests_app.figures import Answers, Done, OpenNow, Period, Received, Spread
from requests_app.models import OPEN, Kind, Status

KIND_INKS = {
    Kind.PURCHASE: Ink("blue"),
    Kind.CANCELLATION: Ink("amber", "rising"),
    Kind.MORE_SEATS: Ink("teal", "dots"),
    Kind.FEWER_SEATS: Ink("plum", "falling"),
    Kind.END_OF_TERM: Ink("slate", "lines"),
}
STATUS_INKS = {
    Status.COMPLETED: Ink("green"),
    Status.DECLINED: Ink("slate", "rising"),
    Status.WITHDRAWN: Ink("slate", "dots"),
    Status.APPROVED: Ink("teal", "lines"),
    Status.FAILED: Ink("red", "cross"),
    Status.IN_REVIEW: Ink("plum", "falling"),
    Status.WAITING: Ink("amber", "dots"),
    Status.SUBMITTED: Ink("blue"),
}
"""In the order in which they stand on each other: what is closed at the bottom."""

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
BUSINESS_STEPS = (*(n * MINUTE for n in (5, 10, 15, 30)), *(n * HOUR for n in (1, 2, 5, 10, 20, 50)))
CALENDAR_STEPS = (*(n * MINUTE for n in (5, 10, 15, 30)), *(n * HOUR for n in (1, 2, 3, 6, 12)), *(n * DAY for n in (1, 2, 5, 10)))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """Numbers for those who do not look at pictures; each row has a name."""

    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[str]]]
    total: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Bar:
    """A line of a table with pictures in it: for each column what is written, and what is drawn; None: nothing ever."""

    name: str
    cells: Sequence[tuple[str, Sequence[Part] | None]]
    href: str = ""


@dataclass(frozen=True, slots=True)
class Bars:
    """A table with pictures in it. Of a column: its name, and whether something is drawn in it."""

    name: str
    columns: Sequence[tuple[str, bool]]
    rows: Sequence[Bar]


@dataclass(slots=True)
class Card:
    """One picture. ``about``: what it shows; ``finding``: what there is to see in it. A chart, or bars, or neither: empty.

    ``description``: what a chart looks like, for those who do not see it. ``links``: views of the queue.
    """

    key: str
    about: str
    finding: str
    notes: list[str] = field(default_factory=list)
    legend: Sequence[Series] = ()
    stacked: Chart | None = None
    spread: Chart | None = None
    bars: Bars | None = None
    table: Table | None = None
    links: list[tuple[str, str]] = field(default_factory=list)
    description: str = ""


# --- Above all of them -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tile:
    """A number at the head of the page; with ``href`` it leads to what it counts."""

    value: str
    name: str
    href: str = ""
    state: str = ""


def head(
    received: Received, answers: Answers, done: Done, open_now: OpenNow, link: Callable[..., str]
) -> Sequence[Tile]:
    """Return the numbers that say it all."""
    windows = received.windows
    tiles = [
        Tile(number(received.total), _("came in")),
        Tile(number(done.count), _("were done")),
        Tile(share(answers.kept, answers.count) if answers.count else "–", _("answered within your promise")),
        Tile(share(windows.in_time, windows.decided) if windows.decided else "–", _("done before their window closed")),
        Tile(number(open_now.total), _("are open now"), link(show="open")),
    ]
    if open_now.overdue:
        return [*tiles, Tile(number(open_now.overdue), _("are overdue"), link(show="overdue"), "danger")]
    return [*tiles, Tile("0", _("are overdue"), state="success")]


# --- What came in ----------------------------------------------------------------------------------------------


def kinds(received: Received, period: Period) -> Card:
    """How many requests of each kind came in."""
    card = Card("kinds", _("What came in, by kind"), _nothing_came_in())
    if not received.total:
        return card
    often, count = max(((kind, received.of_kind(kind)) for kind in Kind), key=lambda one: one[1])
    card.finding = ngettext(
        "%(count)s request came in", "%(count)s requests came in; %(share)s of them were %(kind)s", received.total
    ) % {"count": number(received.total), "share": share(count, received.total), "kind": words.KINDS[often]}
    _stack(card, received.by_kind, KIND_INKS, {kind: kind.label for kind in Kind}, period)
    return card


def states(received: Received, period: Period) -> Card:
    """What became of the requests that came in."""
    card = Card("states", _("What became of it, as of now"), _nothing_came_in())
    if not received.total:
        return card
    still_open = sum(map(received.of_status, OPEN))
    completed = share(received.of_status(Status.COMPLETED), received.total)
    card.finding = (
        ngettext(
            "%(share)s of it is done, %(count)s request is still open",
            "%(share)s of it is done, %(count)s requests are still open",
            still_open,
        )
        % {"share": completed, "count": number(still_open)}
        if still_open
        else _("All of it is closed, %(share)s of it done") % {"share": completed}
    )
    _stack(card, received.by_status, STATUS_INKS, STATUS_NAMES, period)
    return card


STATUS_NAMES: Mapping[Status, Promise | str] = {
    **{status: status.label for status in Status},
    Status.COMPLETED: gettext_lazy("Done"),
    Status.SUBMITTED: gettext_lazy("Not taken on yet"),
}


def _nothing_came_in() -> str:
    return _("Nothing came in")


def _stack[Key: str](
    card: Card,
    counts: Counter[tuple[datetime.date, str]],
    inks: Mapping[Key, Ink],
    names: Mapping[Key, Promise | str],
    period: Period,
) -> None:
    """Draw the counts over time, with what occurs in a legend; and write them into a table."""
    starts = period.starts()
    of_all = {one: sum(count for (_start, key), count in counts.items() if key == one) for one in inks}
    occurring = [one for one in inks if of_all[one]]
    rows = [[counts[start, one] for one in occurring] for start in starts]
    full = [words.name(start, period) for start in starts]

    def says(place: int, kind: int) -> str:
        return f"{full[place]}: {names[occurring[kind]]} {number(rows[place][kind])}"

    card.stacked = pictures.stacked(
        [words.short_name(start, period) for start in starts], rows, [inks[one] for one in occurring], says, number
    )
    card.legend = [Series(str(names[one]), inks[one], number(of_all[one])) for one in occurring]
    card.table = Table(
        [*(str(names[one]) for one in occurring), _("Together")],
        [(name, [*map(number, row), number(sum(row))]) for name, row in zip(full, rows, strict=True)],
        [*(number(of_all[one]) for one in occurring), number(sum(of_all.values()))],
    )
    most = max(range(len(rows)), key=lambda place: sum(rows[place]))
    card.description = _("Columns %(step)s. The highest: %(name)s with %(count)s.") % {
        "step": words.per_column(period),
        "name": full[most],
        "count": number(sum(rows[most])),
    }


# --- How long it takes -----------------------------------------------------------------------------------------


def first_answers(answers: Answers, received: Received, period: Period, promised: int) -> Card:
    """How long customers waited for the first step of the partner's that they saw. ``promised``: in business hours."""
    card = Card("answers", _("Time to the first answer, in your business hours"), _nothing_came_in())
    if received.total:
        card.finding = _("No request has a first answer yet")
    if answers.business and answers.calendar:
        card.finding = _("First answers: half within %(median)s, nine of ten within %(ninth)s") % {
            "median": words.hours(answers.business.median),
            "ninth": words.hours(answers.business.ninth),
        }
        card.notes = [
            _("By the calendar: half within %(median)s, nine of ten within %(ninth)s.")
            % {"median": words.span(answers.calendar.median), "ninth": words.span(answers.calendar.ninth)},
            ngettext(
                "You promise an answer within %(promised)d business hour today: kept for %(share)s, %(kept)s of %(count)s.",
                "You promise an answer within %(promised)d business hours today: kept for %(share)s, %(kept)s of %(count)s.",
                promised,
            )
            % {
                "promised": promised,
                "share": share(answers.kept, answers.count),
                "kept": number(answers.kept),
                "count": number(answers.count),
            },
        ]
        levels = [(promised * HOUR, _("promised: %(hours)s") % {"hours": words.short_hours(promised * HOUR)})]
        _spread(card, answers.business_by_start, period, (BUSINESS_STEPS, words.short_hours, words.hours), levels)
    if received.unanswered:
        card.notes.append(
            ngettext(
                "%(count)s request waits for its first answer and is not counted yet.",
                "%(count)s requests wait for their first answer and are not counted yet.",
                received.unanswered,
            )
            % {"count": number(received.unanswered)}
        )
    return card


def time_to_done(done: Done, period: Period) -> Card:
    """How long it took from the filing until it was done in Partner Center."""
    card = Card("done", _("Time until it is done, by the calendar"), _("Nothing was done in this period"))
    if done.whole is None:
        return card
    card.finding = _("Done: half within %(median)s, nine of ten within %(ninth)s") % {
        "median": words.span(done.whole.median),
        "ninth": words.span(done.whole.ninth),
    }
    card.notes = [
        ngettext(
            "%(count)s request was done in this period, whenever it had come in.",
            "%(count)s requests were done in this period, whenever they had come in.",
            done.count,
        )
        % {"count": number(done.count)}
    ]
    _spread(card, done.by_start, period, (CALENDAR_STEPS, words.short_span, words.span))
    return card


def _spread(
    card: Card,
    by_start: Mapping[datetime.date, Spread],
    period: Period,
    writing: tuple[Sequence[float], Callable[[float, float], str], Callable[[datetime.timedelta], str]],
    levels: Sequence[tuple[float, str]] = (),
) -> None:
    """Draw medians and nines of ten over time, and write them into a table."""
    steps, short, full = writing
    starts = period.starts()
    known = [by_start.get(start) for start in starts]
    names = [words.name(start, period) for start in starts]

    def says(place: int) -> str:
        spread = known[place]
        assert spread is not None
        return _("%(name)s: half within %(median)s, nine of ten within %(ninth)s") % {
            "name": names[place],
            "median": full(spread.median),
            "ninth": full(spread.ninth),
        }

    card.spread = pictures.spread(
        [words.short_name(start, period) for start in starts],
        [(one.median.total_seconds(), one.ninth.total_seconds()) if one else None for one in known],
        steps,
        says,
        short,
        levels,
    )
    card.table = Table(
        [_("Half within"), _("Nine of ten within"), _("Requests")],
        [
            (name, [full(one.median), full(one.ninth), number(one.count)])
            for name, one in zip(names, known, strict=True)
            if one
        ],
    )
    slowest = max((place for place, one in enumerate(known) if one), key=lambda place: _ninth(known[place]))
    card.description = _("Lines from half to nine of ten, %(step)s. The longest: %(says)s.") % {
        "step": words.per_column(period),
        "says": says(slowest),
    }


def _ninth(spread: Spread | None) -> datetime.timedelta:
    assert spread is not None
    return spread.ninth

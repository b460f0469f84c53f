"""What content does, in pictures: each with the numbers behind it as a table."""

from collections.abc import Callable, Sequence

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from portal.content.effects import Effect, Effects, Line
from portal.figures.cards import Bar, Bars, Card, Table, Tile
from portal.figures.words import number, share
from portal.lib import pictures
from portal.lib.pictures import Ink, Series

LINKS, RESOURCES = Ink("blue"), Ink("teal", "dots")

type Address = Callable[[Line], str]


def head(shown: Effects) -> Sequence[Tile]:
    """Return the sums of the month."""
    together = shown.of_links + shown.of_resources
    return [
        Tile(number(shown.of_links.opened), _("links opened")),
        Tile(number(shown.of_resources.opened), _("resources opened")),
        Tile(number(together.helped), pgettext("so many times", "helped")),
        Tile(number(together.asked), _("led to a request")),
    ]


def cards(shown: Effects, address: Address) -> list[Card]:
    """Return the pictures of the page: the last twelve months, then each link and each resource in the one chosen."""
    return [_months(shown), _of_links(shown, address), _of_resources(shown, address)]


def _months(shown: Effects) -> Card:
    """How much was opened in each of the months."""
    card = Card("months", _("Opened in the last twelve months"), _("Nothing was opened in these months"))
    total = [sum((of[kind] for of in shown.months.values()), Effect()) for kind in (0, 1)]
    counts = [(links.opened, resources.opened) for links, resources in shown.months.values()]
    names = [date_format(one, "YEAR_MONTH_FORMAT") for one in shown.months]
    if not any(map(sum, counts)):
        return card
    kinds = [_("Links"), _("Resources")]
    most = max(range(len(counts)), key=lambda place: sum(counts[place]))
    times = sum(counts[-1])
    card.finding = ngettext("%(count)s opening this month", "%(count)s openings this month", times) % {
        "count": number(times)
    }
    card.stacked = pictures.stacked(
        [date_format(one, pgettext("format of a month among twelve", "M")) for one in shown.months],
        counts,
        [LINKS, RESOURCES],
        lambda place, kind: f"{names[place]}: {kinds[kind]} {number(counts[place][kind])}",
        number,
    )
    card.legend = [
        Series(name, ink, number(of.opened)) for name, ink, of in zip(kinds, (LINKS, RESOURCES), total, strict=True)
    ]
    rows = [(name, _cells(*of)) for name, of in zip(names, shown.months.values(), strict=True)]
    card.table = Table(
        [_("Links opened"), _("Resources opened"), _("Helped"), _("Led to a request")], rows, _cells(*total)
    )
    card.description = _("Columns by month. The highest: %(name)s with %(count)s.") % {
        "name": names[most],
        "count": number(sum(counts[most])),
    }
    return card


def _cells(links: Effect, resources: Effect) -> list[str]:
    together = links + resources
    return [number(one) for one in (links.opened, resources.opened, together.helped, together.asked)]


def _of_links(shown: Effects, address: Address) -> Card:
    """Each link in the month."""
    card = Card("links", _("Links, the most opened first"), _("No link was opened"))
    total = shown.of_links
    card.notes = [
        _("Opened: pressed by a person in the name of a company; once a day is counted, however often it was."),
        _("Led to a request: the same person asked for something for that company within 24 hours."),
    ]
    if not shown.links:
        return card
    if total.opened:
        card.finding = ngettext(
            "Links were opened %(count)s time; %(share)s of it led to a request",
            "Links were opened %(count)s times; %(share)s of it led to a request",
            total.opened,
        ) % {"count": number(total.opened), "share": share(total.asked, total.opened)}
    most = max(line.effect.opened for line in shown.links)
    rows = [
        Bar(
            _name(line),
            [_drawn(line.effect.opened, most, LINKS), _with_share(line.effect.asked, line.effect.opened)],
            address(line),
        )
        for line in shown.links
    ]
    card.bars = Bars(_("Link"), [(_("Opened"), True), (_("Led to a request"), False)], rows)
    return card


def _of_resources(shown: Effects, address: Address) -> Card:
    """Each resource in the month."""
    card = Card("resources", _("Support resources, the most opened first"), _("No resource was opened"))
    total = shown.of_resources
    card.notes = [
        _("Opened: unfolded before a form or read on a page of its own; a person counts once a day for each company."),
        _("Helped: somebody said so, before a form or below the text."),
        _("Led to a request: its author had opened this just before and asked all the same."),
    ]
    if not shown.resources:
        return card
    if total.opened or total.helped or total.asked:
        card.finding = ngettext("Resources helped %(count)s time", "Resources helped %(count)s times", total.helped) % {
            "count": number(total.helped)
        }
    most = max(line.effect.opened for line in shown.resources)
    doubted = any(line.effect.not_helped for line in shown.resources)
    rows = [Bar(_name(line), _of_resource(line.effect, most, doubted), address(line)) for line in shown.resources]
    columns = [(_("Opened"), True), (_("Helped"), False), (_("Did not help"), False), (_("Led to a request"), False)]
    card.bars = Bars(_("Support resource"), columns if doubted else [*columns[:2], columns[3]], rows)
    return card


def _of_resource(effect: Effect, most: int, doubted: bool) -> list[tuple[str, Sequence[pictures.Part] | None]]:
    cells = [
        _drawn(effect.opened, most, RESOURCES),
        _with_share(effect.helped, effect.opened),
        (number(effect.not_helped), None),
        _with_share(effect.asked, effect.opened),
    ]
    return cells if doubted else [*cells[:2], cells[3]]


def _name(line: Line) -> str:
    """The title, with the partner whose own it is."""
    return f"{line.content} · {line.content.partner}" if line.content.partner else str(line.content)


def _drawn(count: int, most: int, ink: Ink) -> tuple[str, Sequence[pictures.Part] | None]:
    return number(count), pictures.bar([(count, ink)], most)


def _with_share(count: int, opened: int) -> tuple[str, Sequence[pictures.Part] | None]:
    """A number with its share of the openings; alone where more was said than a browser has told of opening."""
    if not count or count > opened:
        return number(count), None
    return _("%(count)s (%(share)s)") % {"count": number(count), "share": share(count, opened)}, None

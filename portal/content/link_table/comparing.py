"""What a file would make of the links of one owner, line by line. Reads only."""

import datetime
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import Partner
from portal.content.addresses import Known
from portal.content.history import Change, Snapshot, differences, told
from portal.content.link_table.columns import PARTS, TEXTS, Column, columns
from portal.lib.clouds import Cloud
from portal.lib.translated import TranslatedText
from portal.models import ContentAddress, SelfServiceLink
from requests_app.imports import problems, reading
from requests_app.imports.columns import heading_key
from requests_app.imports.problems import NotRead, Wrong, plain
from requests_app.models import LineState

MOST_BYTES = 1_000_000
MOST_LINES = 1000
"""Of a file. It travels with the preview, and a link takes about a thousand bytes."""

LAST = "is_draft"
"""The column that is empty in no line that is whole."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and in which column; empty: with the line as a whole."""

    column: str
    text: str


@dataclass(slots=True)
class Compared:
    """What one line would do."""

    number: int
    name: str
    state: LineState = LineState.WRONG
    changes: list[Change] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    link: SelfServiceLink | None = None
    addresses: dict[Cloud, Known] = field(default_factory=dict)

    def as_evidence(self) -> str:
        changes = [[one.name, one.before, one.after] for one in self.changes]
        return json.dumps([self.number, self.name, self.state, changes, [one.text for one in self.problems]])


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file would do. ``digest`` is of all of it: it is confirmed as a whole."""

    lines: list[Compared]
    unknown: list[str]

    @property
    def digest(self) -> str:
        return hashlib.sha256("\n".join(one.as_evidence() for one in self.lines).encode()).hexdigest()

    @property
    def wrong(self) -> list[Compared]:
        return self._in(LineState.WRONG)

    @property
    def to_write(self) -> list[Compared]:
        return self._in(LineState.NEW, LineState.CHANGED)

    @property
    def told(self) -> list[Compared]:
        """The lines that a reader wants to see: what is wrong first; what changes nothing is only counted."""
        return self.wrong + self.to_write

    @property
    def counts(self) -> list[tuple[str, str, int]]:
        return [(state.value, str(state.label), len(self._in(state))) for state in LineState]

    def _in(self, *states: LineState) -> list[Compared]:
        return [one for one in self.lines if one.state in states]


def compare(name: str, content: bytes, partner: Partner | None, today: datetime.date, *, lock: bool) -> Preview:
    """Return what the file would do to the links of ``partner`` (None: of all customers). Raises Wrong and NotTaken.

    ``lock``: the links are locked, because they are about to be written. ``today``: the reader's day.
    """
    if not content:
        raise NotRead("empty", name=name)
    table = reading.table(name, content, reading.assumed(name, content))
    places, unknown = _places(table.headings)
    comparison = _Comparison(partner, places, table.headings, today, lock=lock)
    lines: list[Compared] = []
    for line in table.lines:
        if len(lines) == MOST_LINES:
            raise NotRead("lines", limit=f"{MOST_LINES:,}")
        lines.append(comparison.compare(line))
    return Preview(lines, unknown)


def _places(headings: Sequence[str]) -> tuple[dict[str, tuple[int, Column]], list[str]]:
    """Return where each column stands, and the headings that mean nothing here. Raises NotRead."""
    meanings = {name: column for column in columns() for name in column.names()}
    found: dict[str, tuple[int, Column]] = {}
    unknown = []
    for place, heading in enumerate(headings):
        column = meanings.get(heading_key(heading))
        if column is None:
            unknown.append(str(plain(heading)))
        elif column.name in found:
            raise Unclear(_("Two columns are called “%(name)s”. Leave one of them.") % {"name": column.label()})
        else:
            found[column.name] = (place, column)
    if "key" not in found:
        name = next(column.label() for column in columns() if column.name == "key")
        raise Unclear(_("A column “%(name)s” is needed: by it a line finds its link.") % {"name": name})
    return found, [one for one in unknown if one]


class Unclear(Wrong):
    """The headings do not say what is meant; ``sentence`` tells their reader."""

    def __init__(self, sentence: str) -> None:
        super().__init__("unclear")
        self.sentence = sentence


class _Comparison:
    """Holds lines against the links of one owner, which are fetched in two statements."""

    def __init__(
        self,
        partner: Partner | None,
        places: Mapping[str, tuple[int, Column]],
        headings: Sequence[str],
        today: datetime.date,
        *,
        lock: bool,
    ) -> None:
        self.partner, self.places, self.headings, self.today = partner, places, headings, today
        rows = SelfServiceLink.objects.filter(partner=partner).order_by("pk")
        rows = rows.select_for_update(of=("self",)) if lock else rows
        self.present = {link.key: link for link in rows.prefetch_related("addresses")}
        read_beside = SelfServiceLink.objects.filter(partner__isnull=partner is not None)
        self.taken = set(read_beside.values_list("key", flat=True))
        self.seen: dict[str, int] = {}

    def compare(self, line: reading.Line) -> Compared:
        said, wrong = self._read(line)
        key = str(said.get("key", ""))
        found = Compared(line.number, str(plain(said.get(f"title_{settings.LANGUAGE_CODE}") or key)), problems=wrong)
        if not key:
            self._note(found, "key", Wrong("missing"))
        elif key in self.seen:
            self._note(found, "key", Wrong("same_line", line=self.seen[key]))
        elif key in self.taken:
            found.problems.append(Problem(self._label("key"), _("There is one with this key already.")))
        self.seen.setdefault(key, line.number)
        if not found.problems:
            self._hold_against(found, said, self.present.get(key))
        return found

    # --- Reading ---

    def _read(self, line: reading.Line) -> tuple[dict[str, Any], list[Problem]]:
        """Return what a line says. An empty cell says nothing."""
        said: dict[str, Any] = {}
        wrong: list[Problem] = []
        cells = line.cells
        extra = next((str(cell) for cell in cells[len(self.headings) :] if not reading.is_empty(cell)), None)
        if extra is not None:
            wrong.append(Problem("", problems.text(Wrong("more_cells", value=extra).as_json())))
        last = self.places[LAST][0] if LAST in self.places else -1
        if len(cells) <= last:
            heading = self.headings[len(cells)]
            wrong.append(Problem(heading, _("The line ends before this column. Look whether half of it is missing.")))
        elif last >= 0 and reading.is_empty(cells[last]):
            wrong.append(Problem(self.headings[last], problems.text(Wrong("missing").as_json())))
        for name, (place, column) in self.places.items():
            cell = cells[place] if place < len(cells) else None
            if reading.is_empty(cell):
                continue
            try:
                said[name] = column.read(cell)
            except Wrong as error:
                wrong.append(Problem(self.headings[place], problems.text(error.as_json())))
        return said, wrong

    def _label(self, name: str) -> str:
        """Return a column as the file calls it, or as we do."""
        if name in self.places:
            return self.headings[self.places[name][0]]
        return next((column.label() for column in columns() if column.name == name), name)

    def _note(self, found: Compared, name: str, error: Wrong) -> None:
        found.problems.append(Problem(self._label(name), problems.text(error.as_json())))

    # --- Comparing ---

    def _hold_against(self, found: Compared, said: Mapping[str, Any], before: SelfServiceLink | None) -> None:
        link = self._link(said, before)
        had = _addresses(before)
        addresses = {cloud: self._address(found, said, cloud, had.get(cloud)) for cloud in Cloud}
        found.link, found.addresses = link, {cloud: known for cloud, known in addresses.items() if known}
        was = Snapshot(_values(before or SelfServiceLink(partner=self.partner)), had)
        found.changes = list(differences(SelfServiceLink, was, Snapshot(_values(link), found.addresses)))
        if before is not None and not found.changes and not found.problems:
            found.state = LineState.UNCHANGED
            return
        self._check(found, link, had)
        if found.problems:
            return
        found.state = LineState.CHANGED if before is not None else LineState.NEW

    def _link(self, said: Mapping[str, Any], before: SelfServiceLink | None) -> SelfServiceLink:
        """Return the link as the line wants it, not saved."""
        link = SelfServiceLink(partner=self.partner)
        if before is not None:
            link = SelfServiceLink(
                **{one.attname: getattr(before, one.attname) for one in before._meta.concrete_fields}
            )
            link._state.adding = False
            link._prefetched_objects_cache = before._prefetched_objects_cache  # type: ignore[attr-defined]
        for name in ("key", "category", "service", "note", "publish_from", "publish_until", "is_draft"):
            if name in said:
                setattr(link, name, said[name])
        for name in TEXTS:
            written = {one.removeprefix(f"{name}_"): text for one, text in said.items() if one.startswith(f"{name}_")}
            setattr(link, name, TranslatedText(getattr(link, name) | written))
        return link

    def _address(self, found: Compared, said: Mapping[str, Any], cloud: Cloud, had: Known | None) -> Known | None:
        """Return the address in a cloud as the line wants it. Another address is verified only where the line says so.

        Saying so takes another day than that of the address before, which stands in every line that was exported.
        """
        parts = {part: said[f"{part}_{cloud}"] for part in PARTS if f"{part}_{cloud}" in said}
        if had is None and "address" not in parts:
            if {"source", "verified_on"} & parts.keys():
                text = _("Give the address that the source and the date are about.")
                found.problems.append(Problem(self._label(f"address_{cloud}"), text))
            return None
        if had is None or parts.get("address", had.address) != had.address:
            known = Known(**parts)
            if had and known.verified_on == had.verified_on != self.today:
                known = replace(known, verified_on=None)  # an exported line has the day of the old address
        else:
            known = replace(had, **parts)
        if "verified_on" in parts and known.verified_on and known.verified_on > self.today:
            found.problems.append(Problem(self._label(f"verified_on_{cloud}"), _("This day is still to come.")))
        return known

    def _check(self, found: Compared, link: SelfServiceLink, had: Mapping[Cloud, Known]) -> None:
        """Note what the models themselves refuse, by column."""
        try:
            link.full_clean(validate_unique=False, exclude=["partner"])
        except ValidationError as error:
            for name, texts in error.message_dict.items():
                column = f"{name}_{settings.LANGUAGE_CODE}" if name in TEXTS else name
                label = "" if name == "__all__" else self._label(column)
                found.problems += [Problem(label, text) for text in texts]
        for cloud, known in found.addresses.items():
            if had.get(cloud) == known:
                continue
            row = ContentAddress(cloud=cloud, **{part: getattr(known, part) for part in PARTS})
            try:
                row.clean_fields(exclude=["link", "resource"])
            except ValidationError as error:
                for name, texts in error.message_dict.items():
                    found.problems += [Problem(self._label(f"{name}_{cloud}"), text) for text in texts]


def _addresses(link: SelfServiceLink | None) -> dict[Cloud, Known]:
    rows = link.addresses.all() if link is not None else []
    return {Cloud(row.cloud): Known(row.address, row.source, row.confidence, row.verified_on) for row in rows}


def _values(link: SelfServiceLink) -> dict[str, Any]:
    return {column.attname: getattr(link, column.attname) for column in told(SelfServiceLink)}

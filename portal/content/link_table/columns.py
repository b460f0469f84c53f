"""The columns of the table: what each is called, in every language of the site, and how its cells are read."""

import datetime
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import translation
from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from portal.lib.clouds import Cloud, Service
from portal.models import ContentAddress, LinkCategory, SelfServiceLink
from requests_app.imports import values
from requests_app.imports.columns import heading_key
from requests_app.imports.problems import NeedsAnswer, Wrong
from requests_app.imports.reading import Cell
from requests_app.models import Confidence

AS_IT_STANDS = values.How()
"""Nothing is known of a file but itself: a date that can be read in two ways is refused, not asked about."""

TEXTS = ("title", "description")
PARTS = ("address", "source", "confidence", "verified_on")


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``label``: its heading in the active language; ``read``: from a cell to its value, raises Wrong."""

    name: str
    label: Callable[[], str]
    read: Callable[[Cell], Any]

    def names(self) -> set[str]:
        """Return what the column is known by, as headings are compared: its heading in each language, and its name."""
        found = {heading_key(self.name)}
        for code, _name in settings.LANGUAGES:
            with translation.override(code):
                found.add(heading_key(self.label()))
        return found


def columns() -> list[Column]:
    """Return the columns in the order of an export. The last one is never empty there: a line that was cut lacks it."""
    texts = [_of_text(name, code, language) for name in TEXTS for code, language in settings.LANGUAGES]
    addresses = [_of_address(cloud, part) for cloud in Cloud for part in PARTS]
    return [
        _of_link("key", _limited(SelfServiceLink, "key")),
        *texts,
        _of_link("category", _choice(LinkCategory)),
        _of_link("service", _choice(Service)),
        *addresses,
        _of_link("note", _limited(SelfServiceLink, "note")),
        _of_link("publish_from", _moment, " (UTC)"),
        _of_link("publish_until", _moment, " (UTC)"),
        _of_link("is_draft", lambda cell: values.yes_or_no(cell, AS_IT_STANDS)),
    ]


def _field(model: type[models.Model], name: str) -> Any:
    return model._meta.get_field(name)


def _of_link(name: str, read: Callable[[Cell], Any], behind: str = "") -> Column:
    return Column(name, lambda: capfirst(str(_field(SelfServiceLink, name).verbose_name)) + behind, read)


def _of_text(name: str, code: str, language: str) -> Column:
    field = _field(SelfServiceLink, name)
    return Column(
        f"{name}_{code}", lambda: f"{capfirst(str(field.verbose_name))} ({language})", _short(field.text_max_length)
    )


def _of_address(cloud: Cloud, part: str) -> Column:
    readers: Mapping[str, Callable[[Cell], Any]] = {
        "address": _limited(ContentAddress, "address"),
        "source": _limited(ContentAddress, "source"),
        "confidence": _choice(Confidence),
        "verified_on": _day,
    }

    def label() -> str:
        name = _field(ContentAddress, part).verbose_name
        return _("{cloud}: {part}").format(cloud=cloud.label, part=name)

    return Column(f"{part}_{cloud}", label, readers[part])


# --- Cells ---


def _limited(model: type[models.Model], name: str) -> Callable[[Cell], str]:
    return _short(_field(model, name).max_length)


def _short(length: int) -> Callable[[Cell], str]:
    read = values.limited(length)
    return lambda cell: read(cell, AS_IT_STANDS)


def _choice(choices: type[models.TextChoices]) -> Callable[[Cell], str]:
    """Read a value by its code or by its name in any language of the site."""

    def read(cell: Cell) -> str:
        found = values.text(cell, AS_IT_STANDS)
        for code, _name in settings.LANGUAGES:
            with translation.override(code):
                for value, label in choices.choices:
                    word = re.split("[:：]", str(label))[0]  # "high: Microsoft's own page" is known by "high", too
                    if heading_key(found) in map(heading_key, (str(value), str(label), word)):
                        return str(value)
        raise Wrong("no_choice", value=found, known=", ".join(str(label) for _value, label in choices.choices))

    return read


def _day(cell: Cell) -> datetime.date | None:
    try:
        return values.date(cell, AS_IT_STANDS)
    except NeedsAnswer as question:
        raise Wrong("no_date", value=question.details.get("value", cell)) from None


def _moment(cell: Cell) -> datetime.datetime:
    """Read a moment, in UTC where nothing else is said; a day alone has no time of its own here."""
    found = cell if isinstance(cell, datetime.datetime) else _parsed(values.text(cell, AS_IT_STANDS))
    if found.tzinfo is None:
        found = found.replace(tzinfo=datetime.UTC)
    if not values.FIRST_YEAR < found.year < values.LAST_YEAR:
        raise Wrong("far_date")
    return found.astimezone(datetime.UTC)


def _parsed(text: str) -> datetime.datetime:
    try:
        found = parse_datetime(text) if ":" in text else None
    except ValueError:
        found = None
    if found is None:
        raise Wrong("no_moment", value=text)
    return found

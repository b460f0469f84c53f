"""Lines of a preview in the words of their reader."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import models
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from portal.lib.display import day, deadline_text
from requests_app.imports import problems
from requests_app.imports.columns import COLUMNS
from requests_app.imports.exporting import MODELS
from requests_app.models import ImportLine, ImportRun


@dataclass(frozen=True)
class Change:
    """What a field is called, what it is now, and what it becomes."""

    field: str
    old: str
    new: str


@dataclass(frozen=True)
class Problem:
    """Where something is wrong, and what."""

    column: str
    text: str


@dataclass(frozen=True)
class Shown:
    """A line as it stands on the page."""

    line: ImportLine
    changes: list[Change]
    problems: list[Problem]


def lines(run: ImportRun, rows: Iterable[ImportLine]) -> list[Shown]:
    """Return lines as they are shown."""
    model, labels = MODELS[run.kind], {column.name: str(column.label) for column in COLUMNS[run.kind]}
    return [
        Shown(
            row,
            [
                Change(labels.get(name) or _label(model, name), _value(model, name, old), _value(model, name, new))
                for name, old, new in row.changes
            ],
            [
                Problem(str(one.get("column") or labels.get(one.get("field", ""), "")), problems.text(one))
                for one in row.problems
            ],
        )
        for row in rows
    ]


def _label(model: type[models.Model], name: str) -> str:
    field: Any = model._meta.get_field(name)
    return capfirst(str(field.verbose_name))


def _value(model: type[models.Model], name: str, code: str | None) -> str:
    """Return a value in words, from the code that the preview keeps of it."""
    if code is None:
        return "–"
    field: Any = model._meta.get_field(name)
    if field.choices:
        return str(dict(field.flatchoices).get(code, code))
    if isinstance(field, models.BooleanField):
        return _("Yes") if code == "true" else _("No")
    if isinstance(field, models.DateTimeField):
        moment = parse_datetime(code)
        return deadline_text(moment) if moment else code
    if isinstance(field, models.DateField):
        date: datetime.date | None = parse_date(code)
        return day(date) if date else code
    if isinstance(field, models.DecimalField):
        try:
            return f"{Decimal(code):,.2f}"
        except InvalidOperation:
            return code
    return code

"""Keyset paging: the next page starts after the last row of this one, however deep, and nothing is counted.

The cursor in the address is the sort key of one row, base64 of JSON. A cursor that makes no sense is the first page.
"""

import base64
import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.utils import timezone

PAGE_SIZE = 25


@dataclass(frozen=True)
class Page[T: Model]:
    """Some rows, and the cursors that lead on; a cursor is empty where there is nothing more."""

    rows: list[T]
    older: str
    newer: str


@dataclass(frozen=True)
class Seek:
    """A place in an order, from which a page is read in one direction.

    ``order``: fields that are never null, the last one unique. ``key``: the sort key of the row that the page begins
    beside, None: at the very beginning.
    """

    order: Sequence[str]
    key: Sequence[Any] | None = None
    backwards: bool = False

    @classmethod
    def at(cls, queryset: QuerySet[Any], order: Sequence[str], cursor: str) -> Self:
        """Return the place that ``cursor`` names; one that makes no sense is the beginning."""
        backwards, key = _decode(cursor, queryset, order)
        return cls(order, key, backwards)

    @classmethod
    def beside(cls, row: Model, order: Sequence[str], *, backwards: bool = False) -> Self:
        """Return the place right behind ``row``, or in front of it."""
        return cls(order, key_of(row, order), backwards)

    @property
    def fields(self) -> list[str]:
        """The fields in the direction of reading."""
        return [_reverse(field) for field in self.order] if self.backwards else list(self.order)

    def among(self, **names: str) -> Self:
        """Return this place in rows of another table, where fields of the order have other ``names``."""
        order = [_sign(field) + names.get(field.lstrip("-"), field.lstrip("-")) for field in self.order]
        return replace(self, order=order)

    def narrow[Row: Model](self, queryset: QuerySet[Row]) -> QuerySet[Row]:
        """Return what lies ahead, in the direction of reading. The caller says how many of them."""
        rows = queryset.order_by(*self.fields)
        return rows if self.key is None else rows.filter(_after(self.fields, self.key))

    def page[T: Model](self, found: list[T], size: int) -> Page[T]:
        """Return the page whose rows were ``found``: up to ``size`` and one more, in the direction of reading."""
        more, rows = len(found) > size, found[:size]
        if self.backwards:
            rows.reverse()
        if not rows:
            return Page([], "", "")
        has_older, has_newer = (True, more) if self.backwards else (more, self.key is not None)
        return Page(
            rows,
            older=_encode("o", self.order, rows[-1]) if has_older else "",
            newer=_encode("n", self.order, rows[0]) if has_newer else "",
        )


def page_of[T: Model](
    queryset: QuerySet[T], order: Sequence[str], cursor: str = "", *, size: int = PAGE_SIZE
) -> Page[T]:
    """Return one page of ``queryset`` by ``order``: fields that are never null, the last one unique.

    One statement for each page, in either direction.
    """
    seek = Seek.at(queryset, order, cursor)
    return seek.page(list(seek.narrow(queryset)[: size + 1]), size)


def key_of(row: Model, order: Sequence[str]) -> list[Any]:
    """Return the sort key of ``row``."""
    return [getattr(row, field.lstrip("-")) for field in order]


def _sign(field: str) -> str:
    return "-" if field.startswith("-") else ""


def _reverse(field: str) -> str:
    return field[1:] if field.startswith("-") else f"-{field}"


def _after(fields: Sequence[str], key: Sequence[Any]) -> Q:
    """Rows behind ``key``: a > x, or a = x and b > y, and so on.

    Where all fields run one way it is a comparison of rows, which an index over them answers even among many that
    share their first values; else the first comparison alone is for the index.
    """
    names = [field.lstrip("-") for field in fields]
    downwards = [field.startswith("-") for field in fields]
    if len(set(downwards)) == 1:
        compare = TupleLessThan if downwards[0] else TupleGreaterThan
        return Q(compare(Tuple(*names), tuple(key)))
    condition = Q()
    for position, name in enumerate(names):
        step = Q(**{f"{name}__{'lt' if downwards[position] else 'gt'}": key[position]})
        for equal, value in zip(names[:position], key[:position], strict=True):
            step &= Q(**{equal: value})
        condition |= step
    return Q(**{f"{names[0]}__{'lte' if downwards[0] else 'gte'}": key[0]}) & condition


def _encode(direction: str, order: Sequence[str], row: Model) -> str:
    plain = [value.isoformat() if isinstance(value, datetime.date) else value for value in key_of(row, order)]
    return base64.urlsafe_b64encode(json.dumps([direction, *plain]).encode()).decode().rstrip("=")


def _decode(cursor: str, queryset: QuerySet[Any], order: Sequence[str]) -> tuple[bool, list[Any] | None]:
    if not cursor or len(cursor) > 500:
        return False, None
    try:
        direction, *values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if direction not in ("o", "n") or len(values) != len(order):
            return False, None
        key = [_parse(queryset, field.lstrip("-"), value) for field, value in zip(order, values, strict=True)]
    except (ValueError, TypeError, OverflowError, ValidationError, RecursionError):
        return False, None
    return direction == "n", key


def _parse(queryset: QuerySet[Any], name: str, value: Any) -> Any:
    annotation = queryset.query.annotations.get(name)
    meta = queryset.model._meta
    field: Any = (
        annotation.output_field if annotation is not None else meta.pk if name == "pk" else meta.get_field(name)
    )
    parsed = field.to_python(value)
    field.run_validators(parsed)
    if isinstance(parsed, datetime.datetime) and timezone.is_naive(parsed):
        raise ValueError("a moment has a time zone")
    if isinstance(parsed, datetime.datetime):
        parsed = parsed.astimezone(datetime.UTC)
    if isinstance(parsed, bool) or not isinstance(parsed, (int, datetime.date)):
        raise TypeError("a cursor holds dates and whole numbers")
    return parsed

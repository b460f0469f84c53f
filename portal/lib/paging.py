"""Keyset paging: the next page starts after the last row of this one, however deep, and nothing is counted.

The cursor in the address is the sort key of one row, base64 of JSON. A cursor that makes no sense is the first page.
"""

import base64
import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

PAGE_SIZE = 25


@dataclass(frozen=True)
class Page[T: Model]:
    """Some rows, and the cursors that lead on; a cursor is empty where there is nothing more."""

    rows: list[T]
    older: str
    newer: str


def page_of[T: Model](
    queryset: QuerySet[T], order: Sequence[str], cursor: str = "", *, size: int = PAGE_SIZE
) -> Page[T]:
    """Return one page of ``queryset`` by ``order``: fields that are never null, the last one unique.

    One statement for each page, in either direction.
    """
    backwards, key = _decode(cursor, queryset, order)
    fields = [_reverse(field) for field in order] if backwards else list(order)
    rows = queryset.order_by(*fields)
    if key is not None:
        rows = rows.filter(_after(queryset.model, fields, key))
    found = list(rows[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    if not found:
        return Page([], "", "")
    has_older, has_newer = (True, more) if backwards else (more, key is not None)
    return Page(
        found,
        older=_encode("o", order, found[-1]) if has_older else "",
        newer=_encode("n", order, found[0]) if has_newer else "",
    )


def _reverse(field: str) -> str:
    return field[1:] if field.startswith("-") else f"-{field}"


def _after(model: type[Model], fields: Sequence[str], key: Sequence[Any]) -> Q:
    """Rows behind ``key``: a > x, or a = x and b > y, and so on; with the first comparison alone for the index."""
    condition = Q()
    for position, field in enumerate(fields):
        name = field.lstrip("-")
        operator = "lt" if field.startswith("-") else "gt"
        step = Q(**{f"{name}__{operator}": key[position]})
        for equal, value in zip(fields[:position], key[:position], strict=True):
            step &= Q(**{equal.lstrip("-"): value})
        condition |= step
    first = fields[0].lstrip("-")
    bound = "lte" if fields[0].startswith("-") else "gte"
    return Q(**{f"{first}__{bound}": key[0]}) & condition


def _encode(direction: str, order: Sequence[str], row: Model) -> str:
    values = [getattr(row, field.lstrip("-")) for field in order]
    plain = [value.isoformat() if isinstance(value, datetime.date) else value for value in values]
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

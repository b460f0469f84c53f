"""Counting rows of several tables at once."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Count, Q, QuerySet, Value


def count_each(kinds: Sequence[tuple[QuerySet[Any], Mapping[str, Q]]]) -> list[dict[str, int]]:
    """Return how many rows of each queryset meet each of its conditions, in one statement for all of them.

    All of them name the same conditions; ``Q()`` is met by every row.
    """
    each = [
        rows.order_by()
        .annotate(kind=Value(position))
        .values("kind")
        .annotate(**{name: Count("pk", filter=condition) for name, condition in conditions.items()})
        for position, (rows, conditions) in enumerate(kinds)
    ]
    found = {row["kind"]: row for row in each[0].union(*each[1:], all=True).order_by()}  # a table without rows has none
    return [
        {name: found[position][name] if position in found else 0 for name in conditions}
        for position, (_rows, conditions) in enumerate(kinds)
    ]

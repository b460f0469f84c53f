"""The order in which readers meet content."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Max

STEP = 10
"""Between two rows, so that one can be put in between in the form."""

LAST = 32767
"""What a position can be at most."""


def next_position(rows: Any) -> int:
    """Return the position behind all of ``rows``."""
    highest: int = rows.aggregate(highest=Max("position"))["highest"] or 0
    return min(highest + STEP, LAST)


def reorder(rows: Any, wanted: Sequence[int]) -> int:
    """Put ``rows`` in the order of the primary keys ``wanted``; return how many have another position than before.

    Rows that ``wanted`` does not name, added meanwhile perhaps, come after the others in the order they had; keys that
    are not among ``rows`` mean nothing. Rows that are written are locked.
    """
    present = list(rows.select_for_update(of=("self",)).order_by("position", "pk"))
    place = {pk: number for number, pk in reversed(list(enumerate(wanted)))}
    present.sort(key=lambda row: place.get(row.pk, len(place)))  # stable: what is not named keeps its order
    moved = []
    for number, row in enumerate(present, start=1):
        position = min(number * STEP, LAST)
        if row.position != position:
            row.position = position
            moved.append(row)
    rows.model.objects.bulk_update(moved, ["position"])
    return len(moved)


def moved_by_one(order: Sequence[int], pk: int, *, up: bool, among: set[int]) -> list[int]:
    """Return ``order`` with ``pk`` before (or after) its neighbour of those ``among``; unchanged at the end of the way."""
    moved = list(order)
    group = [one for one in order if one in among]
    if pk not in group:
        return moved
    at = group.index(pk) + (-1 if up else 1)
    if not 0 <= at < len(group):
        return moved
    one, other = moved.index(pk), moved.index(group[at])
    moved[one], moved[other] = moved[other], moved[one]
    return moved

"""What in the content wants somebody's look, and how many there are."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, Value

from portal.lib.translated import TranslatedField
from portal.models import (
    VERIFIED_FOR,
    Announcement,
    ContentAddress,
    PublishedQuerySet,
    State,
    SupportResource,
    state_is,
)


def untranslated(model: type[models.Model], languages: list[str]) -> Q:
    """Return the condition that one of the texts of a row, written in some language, is missing in ``languages``."""
    missing = Q()
    for text in model._meta.concrete_fields:
        if not isinstance(text, TranslatedField):
            continue
        for code in languages:
            gap = ~Q(**{f"{text.name}__has_key": code}) | Q(**{f"{text.name}__{code}": ""})
            missing |= ~Q(**{text.name: {}}) & gap
    return missing


def due(model: type[models.Model], today: datetime.date) -> Q:
    """Return the condition that an address, or the text of a resource, is to be looked at again."""
    owner = "resource" if model is SupportResource else "link"
    condition = Q(Exists(ContentAddress.objects.due(today).filter(**{owner: OuterRef("pk")})))
    if model is SupportResource:
        condition |= Q(verified_on=None) | Q(verified_on__lte=today - VERIFIED_FOR)
    return condition


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows of a kind are in each state, and how many want a look. ``due`` is None where nothing is verified."""

    draft: int
    scheduled: int
    published: int
    expired: int
    due: int | None
    untranslated: int

    @property
    def total(self) -> int:
        """Return how many there are at all."""
        return self.draft + self.scheduled + self.published + self.expired


def count(kinds: Sequence[PublishedQuerySet[Any]], now: datetime.datetime, today: datetime.date) -> list[Counts]:
    """Count the rows of each kind by what they are at ``now``; ``today`` is the reader's day. One statement for all."""
    each = [_counting(position, rows, now, today) for position, rows in enumerate(kinds)]
    found = {row.pop("kind"): row for row in each[0].union(*each[1:], all=True).order_by()}
    none = dict.fromkeys((*(state.value for state in State), "untranslated", "due"), 0)
    return [
        Counts(**(none | found.get(position, {}) | ({} if _ages(rows.model) else {"due": None})))
        for position, rows in enumerate(kinds)
    ]


def _ages(model: type[models.Model]) -> bool:
    """Return whether what rows say is looked at again. An announcement's facts do not age: it ends."""
    return model is not Announcement


def _counting(position: int, rows: PublishedQuerySet[Any], now: datetime.datetime, today: datetime.date) -> Any:
    """Return the one row of counts of a kind, or none where there is nothing of it."""
    conditions = {
        **{state.value: state_is(state, now) for state in State},
        "untranslated": untranslated(rows.model, [code for code, _name in settings.LANGUAGES]),
        "due": due(rows.model, today) if _ages(rows.model) else Q(pk=None),
    }
    counts = {name: Count("pk", filter=condition) for name, condition in conditions.items()}
    return rows.order_by().annotate(kind=Value(position)).values("kind").annotate(**counts)

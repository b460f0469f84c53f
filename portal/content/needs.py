"""What in the content wants somebody's look, and how many there are."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from portal.lib.counting import count_each
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
    counts: list[Any] = count_each([(rows, _conditions(rows.model, now, today)) for rows in kinds])
    return [
        Counts(**(found if _ages(rows.model) else found | {"due": None}))
        for rows, found in zip(kinds, counts, strict=True)
    ]


def _ages(model: type[models.Model]) -> bool:
    """Return whether what rows say is looked at again. An announcement's facts do not age: it ends."""
    return model is not Announcement


def _conditions(model: type[models.Model], now: datetime.datetime, today: datetime.date) -> dict[str, Q]:
    return {
        **{state.value: state_is(state, now) for state in State},
        "untranslated": untranslated(model, [code for code, _name in settings.LANGUAGES]),
        "due": due(model, today) if _ages(model) else Q(pk__in=[]),
    }

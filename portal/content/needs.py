"""What in the content wants somebody's look, and how many there are."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, OuterRef, Q

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


def count(rows: PublishedQuerySet[Any], now: datetime.datetime, today: datetime.date) -> Counts:
    """Count ``rows`` by what they are at ``now``; ``today`` is the reader's day. One statement."""
    conditions = {
        **{state.value: state_is(state, now) for state in State},
        "untranslated": untranslated(rows.model, [code for code, _name in settings.LANGUAGES]),
    }
    ages = rows.model is not Announcement  # its facts do not: it ends
    if ages:
        conditions["due"] = due(rows.model, today)
    found = rows.order_by().aggregate(**{name: Count("pk", filter=q) for name, q in conditions.items()})
    return Counts(**({"due": None} | found))

"""From when until when something is shown: draft, scheduled, published, expired."""

import datetime
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    """What becomes of a text at a moment. It follows from three columns and the clock; nothing has to be switched."""

    DRAFT = "draft", _("draft")
    SCHEDULED = "scheduled", _("scheduled")
    PUBLISHED = "published", _("published")
    EXPIRED = "expired", _("expired")


def state_is(state: State, now: datetime.datetime) -> Q:
    """Return the condition that :meth:`Published.state` of a row is ``state`` at ``now``."""
    begun = Q(publish_from=None) | Q(publish_from__lte=now)
    over = Q(publish_until__isnull=False, publish_until__lte=now)
    conditions = {
        State.DRAFT: Q(is_draft=True),
        State.SCHEDULED: Q(is_draft=False, publish_from__gt=now),
        State.PUBLISHED: Q(is_draft=False) & begun & ~over,
        State.EXPIRED: Q(is_draft=False) & begun & over,
    }
    return conditions[state]


ENDS_FIRST = _("It would end before it begins. Look at the two moments of publishing.")


class PublishedQuerySet[Model: "Published"](models.QuerySet[Model]):
    """Subsets by state at a moment, found by the database."""

    def in_state(self, state: State, now: datetime.datetime) -> Self:
        """Return the rows that :meth:`Published.state` calls ``state`` at ``now``."""
        return self.filter(state_is(state, now))

    def current(self, now: datetime.datetime) -> Self:
        """Return what readers see at ``now``."""
        return self.in_state(State.PUBLISHED, now)


class Published(models.Model):
    """Something that readers see from one moment (included) until another (not included); either may be open.

    The tables are short and read as a whole, so that no index would be used for the moments.
    """

    is_draft = models.BooleanField(_("draft"), default=False, help_text=_("Readers do not see a draft."))
    publish_from = models.DateTimeField(
        _("published from"), null=True, blank=True, help_text=_("In your time zone. Empty: at once.")
    )
    publish_until = models.DateTimeField(
        _("published until"), null=True, blank=True, help_text=_("In your time zone. Empty: for good.")
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(publish_until__gt=F("publish_from")),  # unknown, and so allowed, where one is empty
                name="%(app_label)s_%(class)s_ends_after_it_begins",
                violation_error_message=ENDS_FIRST,
            ),
        ]

    def clean(self) -> None:
        """Say at the moment itself what the constraint would say of the whole."""
        super().clean()
        if self.publish_from and self.publish_until and self.publish_until <= self.publish_from:
            raise ValidationError({"publish_until": ENDS_FIRST})

    def state(self, now: datetime.datetime) -> State:
        """Return what becomes of it at ``now``."""
        if self.is_draft:
            return State.DRAFT
        if self.publish_from and self.publish_from > now:
            return State.SCHEDULED
        if self.publish_until and self.publish_until <= now:
            return State.EXPIRED
        return State.PUBLISHED

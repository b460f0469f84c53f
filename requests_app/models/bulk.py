"""One step with many requests: what was confirmed, how far it is, and what became of each."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from requests_app.models.requests import Action, SubscriptionRequest

MOST_AT_ONCE = 10_000
"""Requests of one run."""


class BulkRunQuerySet(models.QuerySet["BulkRun"]):
    def visible_to(self, user: User) -> Self:
        """Return what ``user`` has started: everybody else reads in each request what became of it."""
        return self.filter(started_by=user)


class BulkRun(models.Model):
    """Somebody's order to take one step with many requests, which were fixed when it was confirmed."""

    class Step(models.TextChoices):
        """What can be done with many at once."""

        CLAIM = Action.CLAIM.value, Action.CLAIM.label
        ASSIGN = Action.REASSIGN.value, pgettext_lazy("action", "Assign")
        RELEASE = Action.RELEASE.value, Action.RELEASE.label
        DECLINE = Action.DECLINE.value, Action.DECLINE.label

    key = models.UUIDField(unique=True, editable=False, help_text="Of the form that was sent: the same form runs once.")
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    step = models.CharField(_("step"), max_length=20, choices=Step)
    assignee = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="Who is assigned to them."
    )
    text = models.TextField(max_length=4000, blank=True, help_text="The reason, or the note that goes with each step.")
    language = models.CharField(max_length=10, help_text="In which its reader is told what was refused.")
    total = models.PositiveIntegerField()
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = BulkRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("action on many requests")
        verbose_name_plural = _("actions on many requests")
        ordering = ["-started_at", "-pk"]
        indexes = [
            models.Index(fields=["started_by", "-started_at", "-id"], name="requests_app_bulk_mine"),
            models.Index(fields=["started_at"], name="requests_app_bulk_age"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(step="reassign", assignee__isnull=False) | (~Q(step="reassign") & Q(assignee__isnull=True)),
                name="requests_app_bulk_assignee",
            ),
            models.CheckConstraint(condition=~Q(step="decline") | ~Q(text=""), name="requests_app_bulk_reason"),
            models.CheckConstraint(
                condition=Q(total__gte=1) & Q(total__lte=MOST_AT_ONCE), name="requests_app_bulk_total"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_step_display()} · {self.started_at:%Y-%m-%d %H:%M}"


class BulkItem(models.Model):
    """One request of a run: the version that was confirmed, and what became of it."""

    class Outcome(models.TextChoices):
        """What became of it. The codes are told in the reader's language, the workflow's own sentences as they were."""

        PENDING = "", _("Still to do")
        DONE = "done", pgettext_lazy("requests", "Done")
        MOVED = "moved", _("Somebody was quicker, or the step is not possible there")
        REFUSED = "refused", _("Not possible with this request")
        NOT_ALLOWED = "not_allowed", _("Your role does not include it")
        GONE = "gone", _("Not yours to work any more")
        ERROR = "error", _("An error on our side")

    run = models.ForeignKey(BulkRun, on_delete=models.CASCADE, related_name="items", db_index=False)
    subscription_request = models.ForeignKey(
        SubscriptionRequest, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    number = models.CharField(max_length=12, help_text="The request's, for a reader who may not see it any more.")
    version = models.PositiveIntegerField()
    outcome = models.CharField(max_length=20, choices=Outcome, blank=True)
    sentence = models.TextField(blank=True, help_text="Why it was refused, in the language of the run.")

    class Meta:
        verbose_name = _("request of an action on many")
        verbose_name_plural = _("requests of an action on many")
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["run", "id"], condition=Q(outcome=""), name="requests_app_bulk_pending"),
            models.Index(
                fields=["run", "id"], condition=~Q(outcome__in=["", "done"]), name="requests_app_bulk_refused"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["run", "subscription_request"], name="requests_app_bulk_item_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number} · {self.get_outcome_display()}"

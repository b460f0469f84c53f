"""The history of a request, which is also the conversation about it and what is mailed; and the files that go with it."""

import uuid
from typing import Any, Self

from django.db import models
from django.db.models import Case, OuterRef, Q, When
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import CustomerMembership, FormerMember, PartnerMembership, User
from portal.lib.along import along, attach
from requests_app.models.requests import Action, Status, SubscriptionRequest


class RequestEventQuerySet(models.QuerySet["RequestEvent"]):
    def visible_to(self, user: User) -> Self:
        """Return what ``user`` may know of: what is internal is for the partner's people alone."""
        events = self.filter(subscription_request__in=SubscriptionRequest.objects.visible_to(user))
        if user.is_superuser:
            return events
        works_for = PartnerMembership.objects.filter(user=user).values("partner_id")
        return events.filter(Q(is_internal=False) | Q(subscription_request__partner_id__in=works_for))

    def shared(self) -> Self:
        """Return what both sides see."""
        return self.filter(is_internal=False)

    def timeline_at(self, customer: int) -> "list[RequestEvent]":
        """Read who did what, on which side, and the attachments, in one statement.

        ``customer`` is the primary key of the customer whose requests they are about.
        Each event has ``by_customer``: whether its actor belongs, or did belong, to the customer.
        """
        # Who belongs there is read once for all events: a handful of people, however many the reader sees elsewhere.
        members = [one.objects.filter(customer=customer).values("user") for one in (CustomerMembership, FormerMember)]
        belongs = Case(When(Q(actor__in=members[0]) | Q(actor__in=members[1]), then=True), default=False)
        files = along(Attachment.objects.filter(event=OuterRef("pk")).order_by("pk"))
        events: Any = list(self.select_related("actor", "assignee").annotate(by_customer=belongs, files=files))
        for event in events:
            attach(event, "attachments", event.files)
        return events


class RequestEvent(models.Model):
    """One step in a request's history, or a message about it: written with the change it tells of, never edited."""

    subscription_request = models.ForeignKey(
        SubscriptionRequest, verbose_name=_("request"), on_delete=models.PROTECT, related_name="events"
    )
    action = models.CharField(_("step"), max_length=20, choices=Action)
    from_status = models.CharField(max_length=20, choices=Status, blank=True)
    to_status = models.CharField(max_length=20, choices=Status)
    actor = models.ForeignKey(
        User,
        verbose_name=_("by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Nobody: the site itself.",
    )
    assignee = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Who has the request afterwards.",
    )
    is_internal = models.BooleanField(default=False, db_default=False, help_text="For the partner's people alone.")
    note = models.TextField(_("note"), blank=True)
    changes = models.JSONField(
        default=list,
        blank=True,
        db_default=models.Value([], models.JSONField()),
        help_text="What had changed since the request was filed, where this step decided on it; requests_app.revalidation.",
    )
    key = models.UUIDField(
        null=True,
        blank=True,
        unique=True,
        editable=False,
        help_text="Of the form that was sent: the same form takes a step once.",
    )
    created_at = models.DateTimeField(_("at"))

    objects = RequestEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["created_at", "pk"]
        indexes = [models.Index(fields=["subscription_request", "created_at", "id"], name="requests_app_event_request")]
        constraints = [
            models.CheckConstraint(
                condition=Q(actor__isnull=False) | Q(action=Action.ESCALATE), name="requests_app_event_actor"
            ),
            models.CheckConstraint(
                condition=Q(is_internal=True, action__in=[Action.NOTE, Action.REASSIGN, Action.ESCALATE])
                | (Q(is_internal=False) & ~Q(action__in=[Action.NOTE, Action.REASSIGN, Action.ESCALATE])),
                name="requests_app_event_internal",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()} · {self.created_at:%Y-%m-%d %H:%M}"


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def visible_to(self, user: User) -> Self:
        """Return the attachments of the events that ``user`` may know of."""
        return self.filter(event__in=RequestEvent.objects.visible_to(user))


class Attachment(models.Model):
    """A file that went with a message, a note, a question or an answer. Written once.

    Its content lies in the storage ``attachments`` (settings), which no web server serves from, under a random name.
    """

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    event = models.ForeignKey(
        RequestEvent, verbose_name=_("event"), on_delete=models.PROTECT, related_name="attachments"
    )
    name = models.CharField(_("name"), max_length=150)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveIntegerField(_("size in bytes"))

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=Q(size__gte=1), name="requests_app_attachment_size")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("requests_app:attachment", args=[self.key])

    @property
    def path(self) -> str:
        """Where the content lies in the storage: a name that tells nothing."""
        return f"{self.key.hex[:2]}/{self.key.hex}"

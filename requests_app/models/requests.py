"""Requests: what a customer asks their partner to do, and the history of each."""

from typing import Self

from django.db import models
from django.db.models import Func, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Customer, Partner, User, within_reach_of
from requests_app.models.catalogue import Offer
from requests_app.models.subscriptions import Subscription


class Kind(models.TextChoices):
    """What is asked for."""

    PURCHASE = "purchase", _("Purchase")
    CANCELLATION = "cancellation", _("Cancellation")
    MORE_SEATS = "more_seats", _("More seats")
    FEWER_SEATS = "fewer_seats", _("Fewer seats")
    END_OF_TERM = "end_of_term", _("End of term")


class CancelWhen(models.TextChoices):
    """When a cancellation shall take effect."""

    NOW = "now", _("As soon as possible")
    END_OF_TERM = "end_of_term", _("At the end of the term")


class EndOfTermChoice(models.TextChoices):
    """What shall happen when a subscription's term is over. To cancel is a cancellation at the end of the term."""

    RENEW = "renew", _("Renew as it is")
    RENEW_CHANGED = "renew_changed", _("Renew with changes")
    CANCEL = "cancel", _("Cancel at the end of the term")
    MONTH_TO_MONTH = "month_to_month", _("Go on month to month")


class DeadlineReason(models.TextChoices):
    """Why a request has the deadline that it has."""

    WINDOW = "window", _("the cancellation window closes")
    END_OF_TERM = "end_of_term", _("the term ends")
    ANSWER = "answer", _("the answer is promised")


class Status(models.TextChoices):
    """Where a request stands. ``workflow.TRANSITIONS`` says how it moves on."""

    SUBMITTED = "submitted", _("Submitted")
    IN_REVIEW = "in_review", _("In review")
    APPROVED = "approved", _("Approved")
    COMPLETED = "completed", _("Done by your partner")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")


OPEN = (Status.SUBMITTED, Status.IN_REVIEW, Status.APPROVED)


class Action(models.TextChoices):
    """A step that somebody takes with a request."""

    SUBMIT = "submit", pgettext_lazy("action", "Submit")
    CLAIM = "claim", pgettext_lazy("action", "Claim")
    RELEASE = "release", pgettext_lazy("action", "Release")
    APPROVE = "approve", pgettext_lazy("action", "Approve")
    DECLINE = "decline", pgettext_lazy("action", "Decline")
    COMPLETE = "complete", pgettext_lazy("action", "Complete")
    WITHDRAW = "withdraw", pgettext_lazy("action", "Withdraw")


NEXT_NUMBER = Func(function="next_request_number", output_field=models.CharField())
"""The number of the next request: R- and nine digits, made in the database (migration 0001)."""


class SubscriptionRequestQuerySet(models.QuerySet["SubscriptionRequest"]):
    def visible_to(self, user: User) -> Self:
        """Return the requests of the customers that ``user`` may know of."""
        return self.filter(within_reach_of(user))

    def with_lines(self) -> Self:
        """Fetch what purchases ask for along with the requests, in one statement more."""
        return self.prefetch_related(
            models.Prefetch("lines", RequestLine.objects.select_related("offer__product").order_by("pk"))
        )

    def open(self) -> Self:
        """Return those that somebody still has to do something about."""
        return self.filter(status__in=OPEN)


class SubscriptionRequest(models.Model):
    """A customer asks their partner for something. Its status is written by ``requests_app.workflow`` alone."""

    number = models.CharField(_("number"), max_length=12, unique=True, editable=False, db_default=NEXT_NUMBER)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.PROTECT, related_name="requests"
    )
    partner = models.ForeignKey(Partner, verbose_name=_("partner"), on_delete=models.PROTECT, related_name="requests")
    author = models.ForeignKey(
        User, verbose_name=_("asked by"), on_delete=models.PROTECT, related_name="authored_requests"
    )
    assignee = models.ForeignKey(
        User,
        verbose_name=_("assignee"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="assigned_requests",
    )
    subscription = models.ForeignKey(
        Subscription,
        verbose_name=_("subscription"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="requests",
    )
    cancel_when = models.CharField(_("when"), max_length=20, choices=CancelWhen, blank=True)
    note = models.TextField(
        _("note"), max_length=4000, blank=True, help_text=_("What the customer wrote: a note, or a reason.")
    )
    status = models.CharField(_("status"), max_length=20, choices=Status, default=Status.SUBMITTED, editable=False)
    deadline = models.DateTimeField(_("deadline"), help_text=_("UTC; see requests_app.policy."))
    decline_reason = models.TextField(_("reason for declining"), max_length=4000, blank=True)
    external_reference = models.CharField(_("reference in Partner Center"), max_length=100, blank=True)
    submitted_at = models.DateTimeField(_("received at"))
    submission_key = models.UUIDField(
        null=True, unique=True, editable=False, help_text="Of the form that was sent: the same form asks once."
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    objects = SubscriptionRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        ordering = ["-submitted_at", "-pk"]
        indexes = [
            # Each includes what the second wall's policies read, so that counting looks at the index alone.
            models.Index(
                fields=["partner", "deadline", "id"],
                include=["customer", "status", "assignee"],
                condition=Q(status__in=OPEN),
                name="requests_app_req_queue",
            ),
            models.Index(
                fields=["partner", "-submitted_at", "-id"], include=["customer"], name="requests_app_req_partner"
            ),
            models.Index(
                fields=["customer", "-submitted_at", "-id"], include=["partner"], name="requests_app_req_customer"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["id", "partner"], name="requests_app_request_partner"),
            models.UniqueConstraint(
                fields=["subscription"],
                condition=Q(kind=Kind.CANCELLATION, status__in=OPEN),
                name="requests_app_one_open_cancellation",
                violation_error_message=_("There is an open request to cancel this subscription already."),
            ),
            models.CheckConstraint(
                condition=Q(kind=Kind.CANCELLATION, subscription__isnull=False, cancel_when__in=CancelWhen.values)
                | (Q(kind=Kind.PURCHASE, subscription__isnull=True, cancel_when="")),
                name="requests_app_request_kind",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[Status.IN_REVIEW, Status.APPROVED, Status.COMPLETED, Status.DECLINED])
                | Q(assignee__isnull=False),
                name="requests_app_request_assignee",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.DECLINED) | ~Q(decline_reason=""),
                name="requests_app_request_reason",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.COMPLETED) | ~Q(external_reference=""),
                name="requests_app_request_reference",
            ),
            models.CheckConstraint(
                condition=Q(status__in=OPEN, closed_at__isnull=True)
                | (~Q(status__in=OPEN) & Q(closed_at__isnull=False)),
                name="requests_app_request_closed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} · {self.get_kind_display()}"

    def get_absolute_url(self) -> str:
        return reverse("requests_app:request_detail", args=[self.number])

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


class RequestLine(models.Model):
    """One thing that a purchase asks for, with the price as it was shown when the customer asked."""

    subscription_request = models.ForeignKey(
        SubscriptionRequest, verbose_name=_("request"), on_delete=models.CASCADE, related_name="lines"
    )
    partner = models.ForeignKey(Partner, verbose_name=_("partner"), on_delete=models.PROTECT, related_name="+")
    offer = models.ForeignKey(Offer, verbose_name=_("offer"), on_delete=models.PROTECT, related_name="lines")
    quantity = models.PositiveIntegerField(_("seats"))
    unit_price = models.DecimalField(_("price per seat"), max_digits=12, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)

    class Meta:
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["subscription_request", "offer"],
                name="requests_app_line_once",
                violation_error_message=_("This offer is on the request already."),
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=1) & Q(quantity__lte=100_000), name="requests_app_line_quantity"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.offer}"


class RequestEvent(models.Model):
    """One step in a request's history: written with the change it tells of, never edited."""

    subscription_request = models.ForeignKey(
        SubscriptionRequest, verbose_name=_("request"), on_delete=models.PROTECT, related_name="events"
    )
    action = models.CharField(_("step"), max_length=20, choices=Action)
    from_status = models.CharField(max_length=20, choices=Status, blank=True)
    to_status = models.CharField(max_length=20, choices=Status)
    actor = models.ForeignKey(User, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+")
    note = models.TextField(_("note"), blank=True)
    created_at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["created_at", "pk"]
        indexes = [models.Index(fields=["subscription_request", "created_at", "id"], name="requests_app_event_request")]

    def __str__(self) -> str:
        return f"{self.get_action_display()} · {self.created_at:%Y-%m-%d %H:%M}"

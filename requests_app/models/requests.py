"""Requests: what a customer asks their partner to do, and the history of each."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Func, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Customer, Partner, User, within_reach_of
from requests_app.models.catalogue import BillingCycle, Offer, Product, TermDuration
from requests_app.models.subscriptions import EndOfTermChoice, Subscription


class Kind(models.TextChoices):
    """What is asked for."""

    PURCHASE = "purchase", _("Purchase")
    CANCELLATION = "cancellation", _("Cancellation")
    MORE_SEATS = "more_seats", _("More seats")
    FEWER_SEATS = "fewer_seats", _("Fewer seats")
    END_OF_TERM = "end_of_term", _("End of term")


ABOUT_THE_END = (Kind.CANCELLATION, Kind.END_OF_TERM)
"""The kinds that say how a subscription ends or goes on: two of them at once would contradict each other."""
SEAT_CHANGES = (Kind.MORE_SEATS, Kind.FEWER_SEATS)


class CancelWhen(models.TextChoices):
    """When a cancellation shall take effect."""

    NOW = "now", _("As soon as possible")
    END_OF_TERM = "end_of_term", _("At the end of the term")


class DeadlineReason(models.TextChoices):
    """Why a request has the deadline that it has."""

    WINDOW = "window", _("the cancellation window closes")
    END_OF_TERM = "end_of_term", _("the term ends")
    ANSWER = "answer", _("the answer is promised")


class Status(models.TextChoices):
    """Where a request stands. ``workflow.TRANSITIONS`` says how it moves on."""

    SUBMITTED = "submitted", _("Submitted")
    IN_REVIEW = "in_review", _("In review")
    WAITING = "waiting", _("Waiting for the customer")
    APPROVED = "approved", _("Approved")
    FAILED = "failed", _("Could not be done yet")
    COMPLETED = "completed", _("Done by your partner")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")


OPEN = (Status.SUBMITTED, Status.IN_REVIEW, Status.WAITING, Status.APPROVED, Status.FAILED)


class Action(models.TextChoices):
    """A step that somebody takes with a request."""

    SUBMIT = "submit", pgettext_lazy("action", "Submit")
    CLAIM = "claim", pgettext_lazy("action", "Claim")
    RELEASE = "release", pgettext_lazy("action", "Release")
    REASSIGN = "reassign", pgettext_lazy("action", "Reassign")
    ASK_CUSTOMER = "ask_customer", pgettext_lazy("action", "Ask the customer")
    ANSWER = "answer", pgettext_lazy("action", "Answer")
    RESUME = "resume", pgettext_lazy("action", "Go on without an answer")
    APPROVE = "approve", pgettext_lazy("action", "Approve")
    DECLINE = "decline", pgettext_lazy("action", "Decline")
    COMPLETE = "complete", pgettext_lazy("action", "Complete")
    FAIL = "fail", pgettext_lazy("action", "Mark as failed")
    RETRY = "retry", pgettext_lazy("action", "Try again")
    WITHDRAW = "withdraw", pgettext_lazy("action", "Withdraw")
    MESSAGE = "message", pgettext_lazy("action", "Write a message")
    NOTE = "note", pgettext_lazy("action", "Write an internal note")
    ESCALATE = "escalate", pgettext_lazy("action", "Escalate")


NO_RENEWAL_CHANGE = Q(renewal_quantity__isnull=True, renewal_term_duration="", renewal_billing_cycle="")
NOTHING = models.Value({}, models.JSONField())
NEXT_NUMBER = Func(function="next_request_number", output_field=models.CharField())
"""The number of the next request: R- and nine digits, made in the database (migration 0001)."""


class SubscriptionRequestQuerySet(models.QuerySet["SubscriptionRequest"]):
    def visible_to(self, user: User) -> Self:
        """Return the requests of the customers that ``user`` may know of."""
        return self.filter(within_reach_of(user))

    def with_lines(self, *columns: str) -> Self:
        """Fetch what purchases ask for along with the requests, in one statement more; all of it, or ``columns`` alone."""
        lines = RequestLine.objects.select_related("offer__product").order_by("pk")
        read = lines.only("subscription_request", *columns) if columns else lines
        return self.prefetch_related(models.Prefetch("lines", read))

    def open(self) -> Self:
        """Return those that somebody still has to do something about."""
        return self.filter(status__in=OPEN)

    def about_the_end(self) -> Self:
        """Return those that say how a subscription ends or goes on: of these one at a time can be open."""
        return self.filter(kind__in=ABOUT_THE_END)


class SubscriptionRequest(models.Model):
    """A customer asks their partner for something. Its status is written by ``requests_app.workflow`` alone."""

    number = models.CharField(_("number"), max_length=12, unique=True, editable=False, db_default=NEXT_NUMBER)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    # Indexes below begin with customer, partner and assignee. An index of each alone would only tempt the planner.
    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.PROTECT, related_name="requests", db_index=False
    )
    partner = models.ForeignKey(
        Partner, verbose_name=_("partner"), on_delete=models.PROTECT, related_name="requests", db_index=False
    )
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
        db_index=False,
    )
    subscription = models.ForeignKey(
        Subscription,
        verbose_name=_("subscription"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="requests",
    )
    # Written by the database, here and in lines; a correction follows (migrations 0017 and 0018). That there is such a
    # product, the subscription's own key says, or the offer's.
    product = models.ForeignKey(
        Product,
        verbose_name=_("product"),
        null=True,
        editable=False,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
        db_default=None,
        help_text="That of its subscription, as it is now. Empty for purchases: see their lines.",
    )
    cancel_when = models.CharField(_("when"), max_length=20, choices=CancelWhen, blank=True)
    seats = models.PositiveIntegerField(
        _("seats"), null=True, blank=True, help_text=_("How many more, or how many fewer.")
    )
    at_end_of_term = models.CharField(
        _("at the end of the term"), max_length=20, choices=EndOfTermChoice, blank=True, db_default=""
    )
    renewal_quantity = models.PositiveIntegerField(_("seats from the renewal on"), null=True, blank=True)
    renewal_term_duration = models.CharField(
        _("term from the renewal on"), max_length=3, choices=TermDuration, blank=True, db_default=""
    )
    renewal_billing_cycle = models.CharField(
        _("billing cycle from the renewal on"), max_length=10, choices=BillingCycle, blank=True, db_default=""
    )
    note = models.TextField(
        _("note"), max_length=4000, blank=True, help_text=_("What the customer wrote: a note, or a reason.")
    )
    status = models.CharField(_("status"), max_length=20, choices=Status, default=Status.SUBMITTED, editable=False)
    deadline = models.DateTimeField(_("deadline"), help_text=_("UTC; see requests_app.policy."))
    deadline_reason = models.CharField(
        _("reason for the deadline"),
        max_length=20,
        choices=DeadlineReason,
        default=DeadlineReason.ANSWER,
        db_default=DeadlineReason.ANSWER,
    )
    escalation = models.PositiveSmallIntegerField(
        _("escalation"),
        default=0,
        db_default=0,
        help_text="0: none. 1: who works it was told that the deadline is near. 2: managers.",
    )
    facts = models.JSONField(
        default=dict,
        blank=True,
        db_default=NOTHING,
        editable=False,
        help_text="As things stood when it was filed; see requests_app.revalidation.",
    )
    preview = models.JSONField(
        default=dict,
        blank=True,
        db_default=NOTHING,
        editable=False,
        help_text="What its author was shown would happen; see requests_app.previews.",
    )
    read_before = ArrayField(
        models.SlugField(max_length=60),
        default=list,
        db_default=[],
        blank=True,
        editable=False,
        help_text="Keys of the support resources that its author had opened just before.",
    )
    version = models.PositiveIntegerField(
        default=1,
        db_default=1,
        editable=False,
        help_text="One more with each step: a page shown before it is out of date.",
    )
    internal_steps = models.PositiveIntegerField(
        default=0, db_default=0, editable=False, help_text="How many of these the partner's people alone see."
    )
    decline_reason = models.TextField(_("reason for declining"), max_length=4000, blank=True)
    failure_reason = models.TextField(_("why it could not be done"), max_length=4000, blank=True, db_default="")
    external_reference = models.CharField(_("reference in Partner Center"), max_length=100, blank=True)
    submitted_at = models.DateTimeField(_("received at"))
    submission_key = models.UUIDField(
        null=True, unique=True, editable=False, help_text="Of the form that was sent: the same form asks once."
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    answered_at = models.DateTimeField(
        _("first answered at"),
        null=True,
        blank=True,
        editable=False,
        help_text="When the partner took the first step that the customer sees; see workflow.is_answer.",
    )
    window_closes_at = models.DateTimeField(
        _("window closes at"),
        null=True,
        blank=True,
        editable=False,
        help_text="The closing, without lead time, of the window that was open when it was filed and that matters for it.",
    )

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
            # The desk's other views of what is open, in each of their orders; see requests_app.queue.rows.
            *(
                models.Index(
                    fields=[*leading, order, "id"],
                    include=[one for one in ("partner", "customer") if one not in leading],
                    condition=Q(status__in=OPEN),
                    name=f"requests_app_open_{name}",
                )
                for name, leading, order in (
                    ("state", ["partner", "status"], "deadline"),
                    ("kind", ["partner", "kind"], "deadline"),
                    ("holder", ["assignee"], "deadline"),
                    ("asker", ["customer"], "deadline"),
                    ("age", ["partner"], "submitted_at"),
                    ("state_age", ["partner", "status"], "submitted_at"),
                    ("kind_age", ["partner", "kind"], "submitted_at"),
                )
            ),
            # And of what is closed: a hundred times as much, newest first.
            models.Index(
                fields=["partner", "-submitted_at", "-id"],
                include=["customer"],
                condition=Q(closed_at__isnull=False),
                name="requests_app_closed",
            ),
            models.Index(
                fields=["partner", "kind", "-submitted_at", "-id"],
                include=["customer"],
                condition=Q(closed_at__isnull=False),
                name="requests_app_closed_kind",
            ),
            models.Index(
                fields=["partner", "product", "-submitted_at", "-id"],
                include=["customer", "kind"],
                condition=Q(closed_at__isnull=False, product__isnull=False),
                name="requests_app_closed_product",
            ),
            models.Index(
                fields=["assignee", "-submitted_at", "-id"],
                include=["partner", "customer"],
                name="requests_app_req_assignee",
            ),
            models.Index(
                fields=["partner", "external_reference"],
                opclasses=["int8_ops", "varchar_pattern_ops"],
                name="requests_app_req_reference",
            ),
            # Over all partners, for the jobs of the site: those that still have somebody to be told.
            models.Index(
                fields=["deadline", "id"],
                condition=Q(status__in=OPEN, escalation__lt=2),
                name="requests_app_req_escalate",
            ),
            models.Index(
                fields=["customer", "id"],
                include=["partner"],
                condition=Q(status=Status.WAITING),
                name="requests_app_req_waiting",
            ),
            models.Index(
                fields=["partner", "-submitted_at", "-id"], include=["customer"], name="requests_app_req_partner"
            ),
            models.Index(
                fields=["customer", "-submitted_at", "-id"], include=["partner"], name="requests_app_req_customer"
            ),
            models.Index(
                fields=["partner", "closed_at"], condition=Q(closed_at__isnull=False), name="requests_app_req_closed"
            ),
        ]
        constraints = [
            # What lines refer to: they have its partner, and its moment for the order of their index.
            models.UniqueConstraint(fields=["id", "partner", "submitted_at"], name="requests_app_request_partner"),
            models.UniqueConstraint(
                fields=["subscription"],
                condition=Q(kind__in=ABOUT_THE_END, status__in=OPEN),
                name="requests_app_one_open_ending",
                violation_error_message=_("There is an open request about the end of this subscription already."),
            ),
            models.CheckConstraint(
                condition=Q(kind=Kind.PURCHASE, subscription__isnull=True)
                | Q(kind__in=[*SEAT_CHANGES, *ABOUT_THE_END], subscription__isnull=False),
                name="requests_app_request_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind=Kind.CANCELLATION, cancel_when__in=CancelWhen.values)
                | (~Q(kind=Kind.CANCELLATION) & Q(cancel_when="")),
                name="requests_app_request_when",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=SEAT_CHANGES, seats__gte=1, seats__lte=100_000)
                | (~Q(kind__in=SEAT_CHANGES) & Q(seats__isnull=True)),
                name="requests_app_request_seats",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind=Kind.END_OF_TERM,
                    at_end_of_term__in=[
                        EndOfTermChoice.RENEW,
                        EndOfTermChoice.RENEW_CHANGED,
                        EndOfTermChoice.MONTH_TO_MONTH,
                    ],
                )
                | (~Q(kind=Kind.END_OF_TERM) & Q(at_end_of_term="")),
                name="requests_app_request_end_of_term",
            ),
            models.CheckConstraint(
                condition=(Q(at_end_of_term=EndOfTermChoice.RENEW_CHANGED) & ~NO_RENEWAL_CHANGE)
                | (~Q(at_end_of_term=EndOfTermChoice.RENEW_CHANGED) & NO_RENEWAL_CHANGE),
                name="requests_app_request_renewal",
            ),
            models.CheckConstraint(
                condition=Q(renewal_quantity__isnull=True)
                | (Q(renewal_quantity__gte=1) & Q(renewal_quantity__lte=1_000_000)),
                name="requests_app_request_renewal_quantity",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[Status.SUBMITTED, Status.WITHDRAWN]) | Q(assignee__isnull=False),
                name="requests_app_request_assignee",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.FAILED) | ~Q(failure_reason=""),
                name="requests_app_request_failure",
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
            models.CheckConstraint(
                condition=Q(answered_at__gte=models.F("submitted_at")), name="requests_app_request_answered"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} · {self.get_kind_display()}"

    def get_absolute_url(self) -> str:
        return reverse("requests_app:request_detail", args=[self.number])

    @property
    def ends_with_term(self) -> bool:
        """Whether what was cancelled goes on until the last day of its term: as asked, or because no more was possible."""
        subscription = self.subscription
        if self.kind != Kind.CANCELLATION or subscription is None or subscription.ends_on is None:
            return False
        return (
            self.cancel_when == CancelWhen.END_OF_TERM or subscription.arranged_at_end_of_term == EndOfTermChoice.CANCEL
        )

    @property
    def shared_version(self) -> int:
        """The version as the customer's pages know it: one more with each step that both sides see."""
        return self.version - self.internal_steps

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
    product = models.ForeignKey(
        Product,
        verbose_name=_("product"),
        editable=False,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
        db_default=None,
        help_text="That of its offer.",
    )
    submitted_at = models.DateTimeField(
        _("received at"),
        editable=False,
        db_default=None,  # type: ignore[arg-type] # the stubs know of no NULL
        help_text="When its request was.",
    )
    quantity = models.PositiveIntegerField(_("seats"))
    unit_price = models.DecimalField(_("price per seat"), max_digits=12, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)

    class Meta:
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        ordering = ["pk"]
        indexes = [
            # The purchases of a product, newest first, whatever else they buy.
            models.Index(
                fields=["partner", "product", "-submitted_at", "-subscription_request"],
                name="requests_app_line_product",
            ),
        ]
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

"""What customers have."""

import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Partner, User, within_reach_of
from portal.lib.clouds import Service
from requests_app.models.catalogue import BillingCycle, Product, TermDuration


class SubscriptionStatus(models.TextChoices):
    """Partner Center's ``status`` of a subscription."""

    ACTIVE = "active", _("Active")
    PENDING = "pending", _("Being set up")
    SUSPENDED = "suspended", _("Suspended, still billed")
    EXPIRED = "expired", _("Expired")
    DISABLED = "disabled", _("Disabled")
    DELETED = "deleted", _("Cancelled")


class EndOfTermChoice(models.TextChoices):
    """What shall happen when a subscription's term is over. To cancel is a cancellation at the end of the term."""

    RENEW = "renew", _("Renew as it is")
    RENEW_CHANGED = "renew_changed", _("Renew with changes")
    CANCEL = "cancel", _("Cancel at the end of the term")
    MONTH_TO_MONTH = "month_to_month", _("Go on month to month")


RUNNING = (SubscriptionStatus.ACTIVE, SubscriptionStatus.PENDING, SubscriptionStatus.SUSPENDED)


def _within(field: str, *, maybe: bool = False) -> Q:
    """A date of this century: what is beyond it is a slip of the hand, and no calendar can show it in every zone."""
    utc = "T00:00:00+00:00" if field == "cancellation_allowed_until" else ""
    condition = Q(**{f"{field}__gte": f"2000-01-01{utc}", f"{field}__lt": f"2101-01-01{utc}"})
    return condition | Q(**{f"{field}__isnull": True}) if maybe else condition


TERM_END = Coalesce("commitment_end_date", models.Value(datetime.date(9999, 12, 31)))


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def visible_to(self, user: User) -> Self:
        """Return the subscriptions of the customers that ``user`` may know of."""
        return self.filter(within_reach_of(user))

    def running(self) -> Self:
        """Return those that are in use or billed: active, being set up, suspended."""
        return self.filter(status__in=RUNNING)

    def by_end_of_term(self) -> Self:
        """Add ``term_end`` for ordering: the end of the term, and the end of time where there is none."""
        return self.annotate(term_end=TERM_END)

    def cancellable(self) -> Self:
        """Return those that a cancellation can be asked for: running, and not cancelled at the end of the term yet."""
        return self.running().filter(ends_on__isnull=True)


class Subscription(models.Model):
    """A customer's subscription, in Partner Center's words. Only ``workflow.complete`` and managers change one."""

    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.PROTECT, related_name="subscriptions"
    )
    partner = models.ForeignKey(
        Partner, verbose_name=_("partner"), on_delete=models.PROTECT, related_name="+", editable=False
    )
    product = models.ForeignKey(
        Product, verbose_name=_("product"), on_delete=models.PROTECT, related_name="subscriptions"
    )
    friendly_name = models.CharField(_("friendly name"), max_length=150, blank=True)
    quantity = models.PositiveIntegerField(_("seats"))
    term_duration = models.CharField(_("term"), max_length=3, choices=TermDuration)
    billing_cycle = models.CharField(_("billing cycle"), max_length=10, choices=BillingCycle)
    status = models.CharField(_("status"), max_length=20, choices=SubscriptionStatus, default=SubscriptionStatus.ACTIVE)
    auto_renew_enabled = models.BooleanField(_("renews by itself"), default=True)
    effective_start_date = models.DateField(_("start"))
    commitment_end_date = models.DateField(
        _("end of term"),
        null=True,
        blank=True,
        help_text=_("The last day of the term, in UTC; it belongs to the term."),
    )
    cancellation_allowed_until = models.DateTimeField(
        _("cancellation allowed until"),
        null=True,
        blank=True,
        help_text=_("From Partner Center, in UTC. Empty: cannot be cancelled before the end of the term."),
    )
    cancellation_date_is_estimate = models.BooleanField(
        _("the date is an estimate"),
        default=False,
        db_default=False,
        help_text=_("Computed from the rule of its product type, until Partner Center's own date is on record."),
    )
    ends_on = models.DateField(
        _("ends on"),
        null=True,
        blank=True,
        help_text=_("The last day, once the partner has arranged the cancellation at the end of the term."),
    )
    arranged_at_end_of_term = models.CharField(
        _("arranged for the end of the term"), max_length=20, choices=EndOfTermChoice, blank=True, db_default=""
    )
    scheduled_quantity = models.PositiveIntegerField(_("seats from the renewal on"), null=True, blank=True)
    scheduled_term_duration = models.CharField(
        _("term from the renewal on"), max_length=3, choices=TermDuration, blank=True, db_default=""
    )
    scheduled_billing_cycle = models.CharField(
        _("billing cycle from the renewal on"), max_length=10, choices=BillingCycle, blank=True, db_default=""
    )
    reminded_of = models.DateField(
        null=True, blank=True, editable=False, help_text="The end of term that the customer was last reminded of."
    )
    reminded_days_before = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    external_id = models.CharField(_("subscription ID in Partner Center"), max_length=100, blank=True)
    order_id = models.CharField(_("order ID in Partner Center"), max_length=100, blank=True)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        ordering = ["customer", "commitment_end_date", "pk"]
        indexes = [
            models.Index("customer", TERM_END, "id", name="requests_app_sub_customer"),
            models.Index(
                fields=["partner", "commitment_end_date", "id"], include=["customer"], name="requests_app_sub_partner"
            ),
            # For searches by the beginning of an ID; see requests_app.queue.search.
            models.Index(
                fields=["partner", "external_id"],
                opclasses=["int8_ops", "varchar_pattern_ops"],
                name="requests_app_sub_external",
            ),
            models.Index(
                fields=["partner", "order_id"],
                opclasses=["int8_ops", "varchar_pattern_ops"],
                name="requests_app_sub_order",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["id", "customer"], name="requests_app_subscription_customer"),
            # What requests refer to: they have its product.
            models.UniqueConstraint(fields=["id", "product"], name="requests_app_subscription_product"),
            models.UniqueConstraint(
                fields=["customer", "external_id"],
                condition=~Q(external_id=""),
                name="requests_app_subscription_external_id",
                violation_error_message=_("This customer has a subscription with this ID already."),
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=1) & Q(quantity__lte=1_000_000),
                name="requests_app_subscription_quantity",
                violation_error_message=_("A subscription has between 1 and 1,000,000 seats."),
            ),
            models.CheckConstraint(
                condition=_within("effective_start_date")
                & _within("commitment_end_date", maybe=True)
                & _within("ends_on", maybe=True)
                & _within("cancellation_allowed_until", maybe=True),
                name="requests_app_subscription_plausible",
                violation_error_message=_("Dates lie between the years 2000 and 2100. Look for a mistyped year."),
            ),
            models.CheckConstraint(
                condition=Q(scheduled_quantity__isnull=True)
                | (Q(scheduled_quantity__gte=1) & Q(scheduled_quantity__lte=1_000_000)),
                name="requests_app_subscription_scheduled",
                violation_error_message=_("A subscription has between 1 and 1,000,000 seats."),
            ),
            models.CheckConstraint(
                condition=Q(commitment_end_date__isnull=True)
                | Q(commitment_end_date__gte=models.F("effective_start_date")),
                name="requests_app_subscription_dates",
                violation_error_message=_("The term cannot end before it starts."),
            ),
        ]

    def __str__(self) -> str:
        return self.friendly_name or str(self.product)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Take the partner from the customer: the database refuses any other one."""
        if not self.partner_id:
            self.partner_id = self.customer.partner_id
        super().save(*args, **kwargs)

    @property
    def is_running(self) -> bool:
        """Whether the subscription is in use or billed."""
        return self.status in RUNNING

    @property
    def is_cancellable(self) -> bool:
        """Whether a cancellation can be asked for; see ``SubscriptionQuerySet.cancellable``."""
        return self.is_running and self.ends_on is None

    def window_is_open(self, now: datetime.datetime) -> bool:
        """Return whether a cancellation would still take effect at once, with proration, at ``now``."""
        return self.cancellation_allowed_until is not None and now < self.cancellation_allowed_until

    @property
    def service_labels(self) -> list[str]:
        return [str(Service(service).label) for service in self.product.services]


class SeatBatchQuerySet(models.QuerySet["SeatBatch"]):
    def visible_to(self, user: User) -> Self:
        """Return the batches of the subscriptions that ``user`` may know of."""
        return self.filter(subscription__in=Subscription.objects.visible_to(user))


class SeatBatch(models.Model):
    """Seats that were added in the middle of a term: they have a window of their own.

    Partner Center's ``refundableQuantity.details``: a quantity and until when it can be given back.
    """

    subscription = models.ForeignKey(
        Subscription, verbose_name=_("subscription"), on_delete=models.CASCADE, related_name="batches"
    )
    quantity = models.PositiveIntegerField(_("seats"))
    added_at = models.DateTimeField(_("added at"), help_text=_("In UTC."))
    cancellation_allowed_until = models.DateTimeField(
        _("can be given back until"),
        null=True,
        blank=True,
        help_text=_("From Partner Center, in UTC. Empty: not before the end of the term."),
    )
    cancellation_date_is_estimate = models.BooleanField(
        _("the date is an estimate"),
        default=False,
        help_text=_("Computed from the rule of its product type, until Partner Center's own date is on record."),
    )

    objects = SeatBatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("seat addition")
        verbose_name_plural = _("seat additions")
        ordering = ["added_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gte=1) & Q(quantity__lte=1_000_000),
                name="requests_app_batch_quantity",
                violation_error_message=_("An addition has between 1 and 1,000,000 seats."),
            ),
            models.CheckConstraint(
                condition=Q(added_at__gte="2000-01-01T00:00:00+00:00")
                & Q(added_at__lt="2101-01-01T00:00:00+00:00")
                & _within("cancellation_allowed_until", maybe=True),
                name="requests_app_batch_plausible",
                violation_error_message=_("Dates lie between the years 2000 and 2100. Look for a mistyped year."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} · {self.added_at:%Y-%m-%d}"

"""The rules of cancelling, as rows that staff keep, and their history."""

import datetime
from typing import Self

import pghistory
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from portal.lib.acting import WhoActs
from portal.lib.translated import TranslatedField
from requests_app.models.catalogue import ProductType
from requests_app.policy.rules import Afterwards, CountedFrom, Refund, Rule


class Confidence(models.TextChoices):
    """How sure a rule is."""

    HIGH = "H", _("high: Microsoft's own page, or two independent sources")
    MEDIUM = "M", _("medium: one good secondary source")
    LOW = "L", _("low: inferred, or old")


class CancellationPolicyQuerySet(models.QuerySet["CancellationPolicy"]):
    def in_force(self, on: datetime.date) -> Self:
        """Return the rules that hold for what is bought or renewed on the day ``on``: the latest of each type."""
        begun = self.filter(in_force_from__lte=on)
        later = CancellationPolicy.objects.filter(
            product_type=OuterRef("product_type"), in_force_from__gt=OuterRef("in_force_from"), in_force_from__lte=on
        )
        return begun.filter(~Exists(later))

    def rules(self) -> list[Rule]:
        """Return all rules as values, for ``policy.rule_for``. One statement."""
        return [row.as_rule() for row in self]


class CancellationPolicy(models.Model):  # type: ignore[django-manager-missing]  # of its history, made by a function
    """How products of a type can be cancelled if bought or renewed from a day on. Staff keep these rows.

    A rule is never rewritten when Microsoft changes it: the new one is a row with a later day, because what was bought
    before keeps its own. Rows are edited where they were wrong.
    """

    product_type = models.CharField(_("product type"), max_length=30, choices=ProductType)
    in_force_from = models.DateField(
        _("in force from"), help_text=_("For what is bought or renewed on this day (UTC) or later.")
    )
    window_hours = models.PositiveIntegerField(
        _("window"),
        null=True,
        blank=True,
        help_text=_("In hours; 7 days are 168. Empty: no time within which it can be cancelled and refunded."),
    )
    counted_from = models.CharField(
        _("counted from"), max_length=30, choices=CountedFrom, default=CountedFrom.PURCHASE_OR_RENEWAL
    )
    refund = models.CharField(_("refunded within the window"), max_length=30, choices=Refund, default=Refund.PRORATED)
    partial_reduction = models.BooleanField(
        _("seats can be given back"), default=False, help_text=_("Some of them, within their window.")
    )
    afterwards = models.CharField(
        _("afterwards"), max_length=30, choices=Afterwards, default=Afterwards.WHOLE_TERM_BILLED
    )
    note = TranslatedField(
        _("what happens afterwards"),
        text_max_length=400,
        multiline=True,
        blank=True,
        help_text=_("In words, for customers. Never a sum of money."),
    )
    source = models.TextField(_("source"), max_length=400, help_text=_("An address, or where it was read."))
    confidence = models.CharField(_("confidence"), max_length=1, choices=Confidence, default=Confidence.MEDIUM)
    verified_on = models.DateField(_("verified on"), null=True, blank=True)

    objects = CancellationPolicyQuerySet.as_manager()

    class Meta:
        verbose_name = _("cancellation rule")
        verbose_name_plural = _("cancellation rules")
        ordering = ["product_type", "-in_force_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["product_type", "in_force_from"],
                name="requests_app_policy_once",
                violation_error_message=_("There is a rule for this product type from this day on already."),
            ),
            models.CheckConstraint(
                condition=Q(window_hours__isnull=True) | Q(window_hours__gte=1, window_hours__lte=8784),
                name="requests_app_policy_window",
                violation_error_message=_("A window is between 1 hour and 366 days (8784 hours) long."),
            ),
            models.CheckConstraint(
                condition=Q(window_hours__isnull=False) | Q(refund=Refund.NONE, partial_reduction=False),
                name="requests_app_policy_refund",
                violation_error_message=_("Without a window nothing is refunded and no seats can be given back."),
            ),
            models.CheckConstraint(
                condition=Q(in_force_from__gte=datetime.date(2000, 1, 1), in_force_from__lt=datetime.date(2101, 1, 1)),
                name="requests_app_policy_plausible",
                violation_error_message=_("Dates lie between the years 2000 and 2100. Look for a mistyped year."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_product_type_display()} · {self.in_force_from:%Y-%m-%d}"

    @property
    def window(self) -> datetime.timedelta | None:
        """How long a purchase can be cancelled at once; None: it cannot."""
        return None if self.window_hours is None else datetime.timedelta(hours=self.window_hours)

    def as_rule(self) -> Rule:
        """Return the row as the value that ``requests_app.policy`` reckons with."""
        return Rule(
            product_type=self.product_type,
            in_force_from=self.in_force_from,
            window=self.window,
            counted_from=CountedFrom(self.counted_from),
            refund=Refund(self.refund),
            partial_reduction=self.partial_reduction,
            afterwards=Afterwards(self.afterwards),
        )


class CancellationPolicyEvent(
    pghistory.create_event_model(  # type: ignore[misc]  # a base class made by a function
        CancellationPolicy,
        pghistory.InsertEvent(),
        pghistory.UpdateEvent(),
        pghistory.DeleteEvent(),
        context_field=None,
        obj_field=pghistory.ObjForeignKey(related_name="history", related_query_name="history"),
    )
):
    """A rule as it was left by an insert or update, or as it was when it was deleted; by whom, when.

    Written by triggers of the database, raw SQL included. The application can neither write nor change it.
    """

    acted_by = models.ForeignKey(
        User, verbose_name=_("by"), null=True, on_delete=models.PROTECT, related_name="+", db_default=WhoActs()
    )

    class Meta:
        verbose_name = _("change of a cancellation rule")
        verbose_name_plural = _("changes of cancellation rules")
        ordering = ["pgh_id"]
        indexes = [models.Index(fields=["pgh_obj", "pgh_id"], name="requests_app_policy_history")]

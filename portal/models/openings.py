"""What was opened: so much, and never by whom, is read of it."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Partner, User
from portal.models.content import SelfServiceLink, SupportResource


class ContentOpeningQuerySet(models.QuerySet["ContentOpening"]):
    def visible_to(self, user: User) -> Self:
        """Return what ``user`` has opened: what others have is read by nobody, only counted."""
        return self.filter(user=user)


class ContentOpening(models.Model):
    """Somebody opened a link or a resource in the name of a customer: once a day is counted, however often it was.

    Written once, never edited; it goes with what was opened, and after ``portal.content.openings.KEPT_FOR``.
    """

    # What is deleted takes its openings along: the database sees to it, because the application may delete none.
    link = models.ForeignKey(
        SelfServiceLink,
        null=True,
        blank=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
        verbose_name=_("self-service link"),
    )
    resource = models.ForeignKey(
        SupportResource,
        null=True,
        blank=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
        verbose_name=_("support resource"),
    )
    # Uniqueness and the indexes below begin with what is asked for; an index of each of these alone would be asked nothing.
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("customer")
    )
    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("partner")
    )
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("reader"))
    day = models.DateField(_("day"), help_text="In UTC.")
    opened_at = models.DateTimeField(_("at"), help_text="The first time on that day.")

    objects = ContentOpeningQuerySet.as_manager()

    class Meta:
        verbose_name = _("opening")
        verbose_name_plural = _("openings")
        constraints = [
            models.CheckConstraint(
                condition=Q(link__isnull=False, resource__isnull=True) | Q(link__isnull=True, resource__isnull=False),
                name="portal_opening_of_one",
            ),
            models.UniqueConstraint(
                fields=["user", "customer", "day", "link", "resource"],
                name="portal_opening_once_a_day",
                nulls_distinct=False,
            ),
        ]
        indexes = [
            # Each holds what is counted, so that counting a month looks at the index alone.
            models.Index(fields=["day"], include=["link", "resource"], name="portal_opening_day"),
            models.Index(fields=["partner", "day"], include=["link", "resource"], name="portal_opening_partner"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.link_id or self.resource_id}"

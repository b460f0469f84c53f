"""Whether an article has helped its readers."""

import datetime
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Partner, User, within_reach_of
from portal.models.content import SupportResource


class ArticleVerdictQuerySet(models.QuerySet["ArticleVerdict"]):
    def visible_to(self, user: User) -> Self:
        """Return the verdicts at the customers that ``user`` may know of."""
        return self.filter(within_reach_of(user))

    def said(self, *, helped: bool) -> Self:
        """Return those that say so."""
        return self.filter(helped=helped)

    def between(self, start: datetime.datetime, end: datetime.datetime) -> Self:
        """Return those last said from ``start`` (included) until ``end`` (not included)."""
        return self.filter(said_at__gte=start, said_at__lt=end)


class ArticleVerdict(models.Model):
    """What a person has said last about an article: it helped, or it did not. One for each person and article.

    ``HelpAnswer`` is something else: who answered there was about to ask, and asked nothing.
    """

    resource = models.ForeignKey(
        SupportResource,
        verbose_name=_("support resource"),
        on_delete=models.PROTECT,
        related_name="verdicts",
    )
    user = models.ForeignKey(User, verbose_name=_("reader"), on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, verbose_name=_("customer"), on_delete=models.PROTECT, related_name="+")
    partner = models.ForeignKey(Partner, verbose_name=_("partner"), on_delete=models.PROTECT, related_name="+")
    helped = models.BooleanField(_("helped"))
    said_at = models.DateTimeField(_("at"))

    objects = ArticleVerdictQuerySet.as_manager()

    class Meta:
        verbose_name = _("verdict on an article")
        verbose_name_plural = _("verdicts on articles")
        ordering = ["-said_at", "-pk"]
        indexes = [
            models.Index(fields=["resource", "said_at"], name="portal_verdict_resource"),
            models.Index(fields=["partner", "said_at"], include=["customer"], name="portal_verdict_partner"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["user", "resource"], name="portal_verdict_once"),
        ]

    def __str__(self) -> str:
        return f"{self.said_at:%Y-%m-%d %H:%M} {'+' if self.helped else '-'}"

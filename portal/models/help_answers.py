"""What has helped, so that nothing had to be asked."""

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Partner, User, within_reach_of
from portal.models.content import SupportResource
from requests_app.models import Kind, Subscription


class HelpAnswerQuerySet(models.QuerySet["HelpAnswer"]):
    def visible_to(self, user: User) -> Self:
        """Return the answers at the customers that ``user`` may know of."""
        return self.filter(within_reach_of(user))


class HelpAnswer(models.Model):
    """Somebody found their answer before the form and asked nothing: written once, never edited."""

    resource = models.ForeignKey(
        SupportResource,
        verbose_name=_("support resource"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="answers",
        help_text=_("Empty: the page as a whole."),
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, help_text=_("What would have been asked for."))
    customer = models.ForeignKey(Customer, verbose_name=_("customer"), on_delete=models.PROTECT, related_name="+")
    partner = models.ForeignKey(Partner, verbose_name=_("partner"), on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, verbose_name=_("reader"), on_delete=models.PROTECT, related_name="+")
    subscription = models.ForeignKey(
        Subscription,
        verbose_name=_("subscription"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    submission_key = models.UUIDField(
        null=True, unique=True, editable=False, help_text="Of the page that it was said on: the same page answers once."
    )
    created_at = models.DateTimeField(_("at"))

    objects = HelpAnswerQuerySet.as_manager()

    class Meta:
        verbose_name = _("answer found")
        verbose_name_plural = _("answers found")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["resource", "created_at"], name="portal_answer_resource"),
            models.Index(fields=["partner", "-created_at"], include=["customer"], name="portal_answer_partner"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.created_at:%Y-%m-%d %H:%M}"

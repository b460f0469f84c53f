"""Pictures that articles show."""

from collections.abc import Collection
from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Partner, User
from portal.lib.translated import TranslatedField


class PictureQuerySet(models.QuerySet["Picture"]):
    def visible_to(self, user: User) -> Self:
        """Return what is for all customers, and what is of a partner that ``user`` may know of."""
        return self.filter(Q(partner=None) | Q(partner__in=Partner.objects.visible_to(user)))

    def of_partners(self, partners: Collection[int | None]) -> Self:
        """Return what articles of ``partners`` may show: their own pictures, and those for all. Without the content."""
        own = [one for one in partners if one is not None]
        return self.filter(Q(partner=None) | Q(partner__in=own)).defer("content")

    def named(self, keys: Collection[str]) -> Self:
        """Return those with one of ``keys``."""
        return self.filter(key__in=keys)


class Picture(models.Model):
    """A picture that was made anew from what somebody uploaded; its content is behind the same walls as its row."""

    partner = models.ForeignKey(
        Partner,
        verbose_name=_("partner"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Whose articles may show it. Empty: all."),
    )
    key = models.SlugField(_("key"), max_length=60, help_text=_("By which articles name it. Stays the same."))
    alt = TranslatedField(
        _("what it shows"),
        text_max_length=250,
        help_text=_("In words, for who does not see it; in every language."),
    )
    content = models.BinaryField(editable=False)
    content_type = models.CharField(_("type"), max_length=20, editable=False)
    digest = models.CharField(max_length=64, editable=False, help_text="SHA-256 of the content, its address.")
    width = models.PositiveSmallIntegerField(_("width"), editable=False)
    height = models.PositiveSmallIntegerField(_("height"), editable=False)
    size = models.PositiveIntegerField(_("size"), editable=False, help_text="Bytes.")
    added_at = models.DateTimeField(_("added at"), editable=False)

    objects = PictureQuerySet.as_manager()

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        ordering = ["key", "pk"]
        indexes = [models.Index(fields=["digest"], name="portal_picture_digest")]
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "key"],
                name="portal_picture_key",
                nulls_distinct=False,
                violation_error_message=_("There is one with this key already."),
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def address(self) -> str:
        """Where its content is; another content has another address."""
        return reverse("picture", args=[self.digest])

    @property
    def snippet(self) -> str:
        """What an editor writes into an article to show it."""
        return f"![](image:{self.key})"

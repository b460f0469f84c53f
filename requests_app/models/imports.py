"""Imports of customers, subscriptions and offers: the file, what its columns mean, and what each line would change."""

import uuid
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Partner, User
from accounts.permissions import Capability, partners_where


class ImportKind(models.TextChoices):
    """What the lines of a file are."""

    CUSTOMERS = "customers", _("Customers")
    SUBSCRIPTIONS = "subscriptions", _("Subscriptions")
    OFFERS = "offers", _("Offers")


CAPABILITIES = {
    ImportKind.CUSTOMERS: Capability.MANAGE_CUSTOMERS,
    ImportKind.SUBSCRIPTIONS: Capability.MANAGE_CUSTOMERS,
    ImportKind.OFFERS: Capability.MANAGE_CATALOGUE,
}
"""What somebody must be able to do at a partner to import, and to export, a kind: the same as to edit it."""


class ImportStatus(models.TextChoices):
    """Where an import stands."""

    MAPPING = "mapping", _("columns to be matched")
    CHECKING = "checking", _("being checked")
    CHECKED = "checked", _("to be confirmed")
    WRITING = "writing", _("being written")
    DONE = "done", pgettext_lazy("import", "done")


class LineState(models.TextChoices):
    """What a line would do, or has done."""

    NEW = "new", pgettext_lazy("line", "New")
    CHANGED = "changed", pgettext_lazy("line", "Changed")
    UNCHANGED = "unchanged", pgettext_lazy("line", "Unchanged")
    WRONG = "wrong", pgettext_lazy("line", "Wrong")


class OfPartnerQuerySet[Row: models.Model](models.QuerySet[Row]):
    def visible_to(self, user: User) -> Self:
        """Return the rows of the partners whose customers or offers ``user`` looks after; superusers see all."""
        partners = partners_where(user, *CAPABILITIES.values())
        return self if partners is None else self.filter(partner__in=partners)


class ImportRun(models.Model):
    """One file on its way in. Nothing of it is in the partner's data before it is confirmed; then all of it is.

    Its content lies in the storage ``attachments`` (settings) under a random name, until the run is removed.
    """

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    partner = models.ForeignKey(Partner, verbose_name=_("partner"), on_delete=models.PROTECT, related_name="imports")
    kind = models.CharField(_("kind"), max_length=20, choices=ImportKind)
    status = models.CharField(_("status"), max_length=20, choices=ImportStatus, default=ImportStatus.MAPPING)
    started_by = models.ForeignKey(User, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(_("file"), max_length=150)
    how = models.JSONField(
        default=dict, blank=True, help_text="How the file is read: encoding, delimiter, sheet, dates."
    )
    headings = models.JSONField(default=list, blank=True, help_text="As they stand in the file, by column.")
    samples = models.JSONField(default=list, blank=True, help_text="The first values of each column.")
    columns = models.JSONField(default=dict, blank=True, help_text="In which column each field stands.")
    problem = models.JSONField(
        default=dict, blank=True, help_text="What kept the run from getting on: a code and its details."
    )
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    wrong = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True, help_text="Of what was previewed; it is confirmed as a whole.")
    only_right = models.BooleanField(default=False, help_text="Lines that are wrong are left out.")
    created_at = models.DateTimeField(_("started"))
    checked_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(pgettext_lazy("import", "done"), null=True, blank=True)

    objects = OfPartnerQuerySet["ImportRun"].as_manager()

    class Meta:
        verbose_name = pgettext_lazy("noun", "import")
        verbose_name_plural = _("imports")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["partner", "-id"], name="requests_app_import_partner")]
        constraints = [
            models.UniqueConstraint(fields=["id", "partner"], name="requests_app_import_of_partner"),
            models.CheckConstraint(
                condition=Q(status=ImportStatus.DONE, done_at__isnull=False)
                | (~Q(status=ImportStatus.DONE) & Q(done_at__isnull=True)),
                name="requests_app_import_done",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[ImportStatus.CHECKED, ImportStatus.WRITING, ImportStatus.DONE])
                | (~Q(digest="") & Q(checked_at__isnull=False)),
                name="requests_app_import_checked",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def path(self) -> str:
        """Where the file lies in the storage: deeper than attachments, whose sweep leaves it alone."""
        return f"imports/{self.key.hex[:2]}/{self.key.hex}"

    @property
    def is_working(self) -> bool:
        """Whether a job has it."""
        return self.status in (ImportStatus.CHECKING, ImportStatus.WRITING)

    @property
    def lines(self) -> int:
        return self.new + self.changed + self.unchanged + self.wrong

    @property
    def counts(self) -> dict[str, int]:
        return {state.value: getattr(self, state.value) for state in LineState}


class ImportMapping(models.Model):
    """What a manager has said that the columns of such a file mean; suggested for the next one with the same headings."""

    partner = models.ForeignKey(Partner, verbose_name=_("partner"), on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(_("kind"), max_length=20, choices=ImportKind)
    headings_digest = models.CharField(max_length=64)
    columns = models.JSONField(
        default=dict, blank=True, help_text="The heading of each field, and which one of several."
    )
    how = models.JSONField(default=dict, blank=True, help_text="How dates are read.")
    changed_at = models.DateTimeField()

    objects = OfPartnerQuerySet["ImportMapping"].as_manager()

    class Meta:
        verbose_name = _("meaning of columns")
        verbose_name_plural = _("meanings of columns")
        constraints = [
            models.UniqueConstraint(fields=["partner", "kind", "headings_digest"], name="requests_app_mapping_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.headings_digest[:8]}"


class ImportLine(models.Model):
    """What one line of a file would do: for the preview, and afterwards for the record."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="preview")
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField(_("line"))
    state = models.CharField(max_length=10, choices=LineState)
    name = models.CharField(max_length=200, blank=True, help_text="What the line is about, as the file says it.")
    changes = models.JSONField(default=list, blank=True, help_text="Field, what it is now, what it becomes.")
    problems = models.JSONField(default=list, blank=True, help_text="Column, code, value and details of what is wrong.")

    objects = OfPartnerQuerySet["ImportLine"].as_manager()

    class Meta:
        verbose_name = _("line of an import")
        verbose_name_plural = _("lines of imports")
        ordering = ["number"]
        indexes = [models.Index(fields=["run", "state", "number"], name="requests_app_line_state")]
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="requests_app_importline_once")]

    def __str__(self) -> str:
        return f"{self.number}"

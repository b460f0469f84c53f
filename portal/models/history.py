"""Every version of the content: who changed what, kept by the database's own triggers.

Written by triggers alone, so that bulk updates and raw SQL leave their mark, too; the application can neither change
nor delete it (docs/decisions/0012). What is written in one transaction is one version.
"""

from typing import Any

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from portal.lib.acting import ClockTimestamp, WhoActs
from portal.models.addresses import ContentAddress
from portal.models.announcements import Announcement
from portal.models.content import SelfServiceLink, SupportResource


class Noted(models.Model):
    """Who made a change, and its place in the order of all of them."""

    acted_by = models.ForeignKey(
        User, verbose_name=_("by"), null=True, on_delete=models.PROTECT, related_name="+", db_default=WhoActs()
    )
    written_at = models.DateTimeField(_("written at"), db_default=ClockTimestamp())

    class Meta:
        abstract = True
        ordering = ["written_at", "pgh_id"]

    def __str__(self) -> str:
        return f"{self.pgh_label} · {self.written_at:%Y-%m-%d %H:%M}"  # type: ignore[attr-defined]  # of the event


def _events(model: type[models.Model], *untold: str) -> Any:
    """Return the base class of a model's history; ``untold`` columns are not part of it."""
    return pghistory.create_event_model(
        model,
        pghistory.InsertEvent(),
        pghistory.UpdateEvent(),
        pghistory.DeleteEvent(),
        context_field=None,  # type: ignore[arg-type]  # as docs/decisions/0012 says
        exclude=list(untold),
        obj_field=pghistory.ObjForeignKey(related_name="history", related_query_name="history"),
    )


class SelfServiceLinkEvent(Noted, _events(SelfServiceLink, "position")):  # type: ignore[misc, django-manager-missing]
    """A link as an insert or update left it, or as it was when it was deleted. Its place among others is not told."""

    class Meta(Noted.Meta):
        verbose_name = _("change of a self-service link")
        verbose_name_plural = _("changes of self-service links")
        indexes = [models.Index(fields=["pgh_obj", "written_at"], name="portal_link_history")]


class SupportResourceEvent(Noted, _events(SupportResource, "position")):  # type: ignore[misc, django-manager-missing]
    """A resource as an insert or update left it, or as it was when it was deleted. Its place is not told."""

    class Meta(Noted.Meta):
        verbose_name = _("change of a support resource")
        verbose_name_plural = _("changes of support resources")
        indexes = [models.Index(fields=["pgh_obj", "written_at"], name="portal_resource_history")]


FOUND = ("checked_at", "check_result", "check_reason", "check_status", "leads_to")
"""What checks write into an address: no version of it."""


class ContentAddressEvent(Noted, _events(ContentAddress, *FOUND)):  # type: ignore[misc, django-manager-missing]
    """An address as an insert or update left it, or as it was when it was deleted. What checks found is not told."""

    class Meta(Noted.Meta):
        verbose_name = _("change of an address")
        verbose_name_plural = _("changes of addresses")
        indexes = [
            models.Index(fields=["link", "written_at"], name="portal_link_address_history"),
            models.Index(fields=["resource", "written_at"], name="portal_res_address_history"),
        ]


class AnnouncementEvent(Noted, _events(Announcement, "mailed_at", "created_at")):  # type: ignore[misc, django-manager-missing]
    """An announcement as an insert or update left it, or as it was when it was deleted."""

    class Meta(Noted.Meta):
        verbose_name = _("change of an announcement")
        verbose_name_plural = _("changes of announcements")
        indexes = [models.Index(fields=["pgh_obj", "written_at"], name="portal_announcement_history")]

"""What customers are told: by staff those of all partners, by a manager the partner's own."""

import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.db import models
from django.db.models import F, Func
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.http import person
from accounts.models import Customer, Partner
from accounts.permissions import Capability, can
from portal.content import announcements
from portal.content.admin.announcement_form import AnnouncementForm
from portal.content.admin.base import KeptAdmin, in_every_language, without
from portal.content.admin.filters import LanguageFilter, NeedsFilter, StateFilter
from portal.lib.clouds import Cloud
from portal.lib.display import icon, moment
from portal.models import Announcement, Level

SHAPES = {Level.INFORMATION: "info", Level.WARNING: "triangle-alert", Level.URGENT: "circle-alert"}
COLOURS = {Level.INFORMATION: "info", Level.WARNING: "warning", Level.URGENT: "danger"}

AUDIENCE: list[Any] = ["clouds", "to_owners_only", "customers", "partners"]
"""The fields that say for whom it is."""


class TranslationFilter(NeedsFilter):
    """Facts of an announcement do not age: it ends."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("translation", _("Untranslated"))]


@admin.register(Announcement)
class AnnouncementAdmin(KeptAdmin):
    """Messages, newest first, with how many have read each."""

    form = AnnouncementForm
    change_list_template = "admin/portal/announcement_list.html"
    view_on_site = False  # its page is for customers
    list_display = ["name", "shown_level", "shown_audience", "readers", "shown_state"]
    list_filter = ["level", StateFilter, LanguageFilter, TranslationFilter]
    search_fields = ["title", "body"]
    search_help_text = _("Title or text")
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "partner",
                    "title",
                    "body",
                    "level",
                    "services",
                    ("happens_from", "happens_until"),
                    "address",
                ]
            },
        ),
        (
            _("Who gets it"),
            {
                "description": _("Where nothing is chosen, everybody does. What is chosen has to fit all at once."),
                "fields": AUDIENCE,
            },
        ),
        (
            _("Publishing"),
            {"fields": ["is_draft", ("publish_from", "publish_until"), "by_mail", "mailed", "note", "as_shown"]},
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Add how many have read each, counted by the database: who keeps it sees how many, not who."""
        count = Func(F("pk"), function="portal_announcement_readers", output_field=models.BigIntegerField())
        return super().get_queryset(request).annotate(read_by=count)

    def publish_rows(self, rows: Any, now: datetime.datetime) -> int:
        return announcements.publish(rows, now)

    # --- The form ---

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Offer the customers and partners that the person may address."""
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        asked = set(flatten_fieldsets(self.get_fieldsets(request, obj)))
        form.reach = {
            name: reachable(request, obj)
            for name, reachable in (("customers", self._customers), ("partners", self._partners))
            if name in asked and (obj is None or self.has_change_permission(request, obj))
        }
        return form

    @admin.display(description=_("also by mail"))
    def shown_by_mail(self, obj: Announcement) -> str:
        return gettext("Yes") if obj.by_mail else gettext("No")

    def _partners(self, request: HttpRequest, obj: Any) -> list[tuple[int, str]]:
        return list(Partner.objects.visible_to(person(request)).order_by("name", "pk").values_list("pk", "name"))

    def _customers(self, request: HttpRequest, obj: Any) -> list[tuple[int, str]]:
        rows = self.scoped(Customer, person(request), Capability.MANAGE_OWN_CONTENT).order_by("name", "pk")
        if obj is not None:
            return list(rows.filter(partner=obj.partner_id).values_list("pk", "name"))
        found = list(rows.values_list("pk", "name", "partner__name"))
        several = len({partner for _pk, _name, partner in found}) > 1
        return [(pk, f"{name} ({partner})" if several else name) for pk, name, partner in found]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*super().get_readonly_fields(request, obj), "mailed"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for partners where it is the site's, for customers where it is a partner's; for both until that is said."""
        entries = super().get_fieldsets(request, obj)
        of_the_site = can(request.user, Capability.MANAGE_CONTENT) if obj is None else obj.partner_id is None
        of_a_partner = any("partner" in options["fields"] for _title, options in entries)
        for name, asked in (
            ("partners", of_the_site),
            ("customers", of_a_partner and (obj is None or obj.partner_id is not None)),
            ("mailed", obj is not None and obj.by_mail),
        ):
            if not asked:
                entries = without(entries, name)
        return entries

    def _shown(self, fields: Any) -> list[Any]:
        """Return what a reader sees in place of inputs."""
        if fields == AUDIENCE:
            return ["shown_audience"]
        return ["about" if one == "services" else one for one in super()._shown(fields)]

    @admin.display(description=_("text"))
    def shown_body(self, obj: Announcement) -> SafeString:
        return in_every_language(obj.body)

    @admin.display(description=_("services"))
    def about(self, obj: Announcement) -> str:
        return ", ".join(obj.service_labels) or "–"

    @admin.display(description=_("mailed"))
    def mailed(self, obj: Announcement) -> str:
        if obj.mailed_at:
            return moment(obj.mailed_at)
        return gettext("not yet: mails go out within a minute or two of its publication")

    # --- The list ---

    @admin.display(description=_("level"), ordering="level")
    def shown_level(self, obj: Announcement) -> SafeString:
        level = Level(obj.level)
        return format_html(
            '<span class="badge badge-{}">{}{}</span>', COLOURS[level], icon(SHAPES[level]), str(level.label)
        )

    @admin.display(description=_("who gets it"))
    def shown_audience(self, obj: Announcement) -> str:
        return audience_in_words(obj)

    @admin.display(description=_("read by"), ordering="-read_by")
    def readers(self, obj: Any) -> int:
        return int(obj.read_by)


def audience_in_words(announcement: Announcement) -> str:
    """Return for whom an announcement is; organisations are counted, not named."""
    parts = []
    if announcement.partners:
        count = len(announcement.partners)
        parts.append(
            ngettext("customers of %(count)d partner", "customers of %(count)d partners", count) % {"count": count}
        )
    if announcement.customers:
        count = len(announcement.customers)
        parts.append(ngettext("%(count)d customer", "%(count)d customers", count) % {"count": count})
    if announcement.clouds:
        clouds = ", ".join(str(Cloud(cloud).label) for cloud in announcement.clouds)
        parts.append(gettext("in %(clouds)s") % {"clouds": clouds})
    if announcement.to_owners_only:
        parts.append(gettext("owners of %(services)s") % {"services": ", ".join(announcement.service_labels)})
    if not parts:
        return gettext("All customers of the partner") if announcement.partner_id else gettext("All customers")
    return str(capfirst(gettext("; ").join(parts)))

"""The site's content, for staff."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db import models
from django.db.models import Q
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import ScopedModelAdmin
from accounts.permissions import Capability
from portal.lib.clouds import Cloud
from portal.lib.display import day, icon
from portal.models import SelfServiceLink


class NeedsFilter(admin.SimpleListFilter):
    """What an editor should look at."""

    title = _("to look at")
    parameter_name = "needs"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("verification", _("Never verified")), ("translation", _("Untranslated"))]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        if self.value() == "verification":
            return queryset.filter(verified_on__isnull=True)
        if self.value() == "translation":
            missing = Q()
            for code, _name in settings.LANGUAGES:
                missing |= ~Q(title__has_key=code) | Q(**{f"title__{code}": ""})
            return queryset.filter(missing)
        return queryset


@admin.register(SelfServiceLink)
class SelfServiceLinkAdmin(ScopedModelAdmin):
    """Where customers manage their own services: one address for each cloud."""

    view_capabilities = edit_capabilities = (Capability.MANAGE_CONTENT,)
    may_be_deleted = True
    list_display = ["name", "category", "service", "known_in", "published", "verified"]
    list_filter = ["category", "is_published", "service", NeedsFilter]
    search_fields = ["key", "title", "address_commercial", "address_gcc_high"]
    search_help_text = _("Title, key or address")
    formfield_overrides = {
        models.DateField: {"widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")},
    }
    fieldsets = [
        (None, {"fields": ["key", "title", "description", "category", "service"]}),
        (
            _("Addresses"),
            {
                "description": _("A cloud without an address does not show the link. {tenant} is the tenant prefix."),
                "fields": ["address_commercial", "address_gcc", "address_gcc_high", "address_dod"],
            },
        ),
        (_("Publishing"), {"fields": ["is_published", "position", "verified_on", "source"]}),
    ]

    @admin.display(description=_("title"))
    def name(self, obj: SelfServiceLink) -> str:
        return str(obj)

    @admin.display(description=_("known in"))
    def known_in(self, obj: SelfServiceLink) -> str:
        return ", ".join(str(cloud.label) for cloud in Cloud if getattr(obj, f"address_{cloud}"))

    @admin.display(description=_("published"), ordering="is_published")
    def published(self, obj: SelfServiceLink) -> SafeString:
        if obj.is_published:
            return format_html('<span class="badge badge-success">{}{}</span>', icon("check"), _("published"))
        return format_html('<span class="badge">{}{}</span>', icon("minus"), _("hidden"))

    @admin.display(description=_("verified"), ordering="verified_on")
    def verified(self, obj: SelfServiceLink) -> SafeString:
        if obj.verified_on:
            return format_html('<span class="nowrap">{}</span>', day(obj.verified_on))
        return format_html('<span class="badge badge-warning">{}{}</span>', icon("circle-alert"), _("never"))

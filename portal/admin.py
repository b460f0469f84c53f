"""The site's content, for staff."""

import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db import models
from django.db.models import F, Func, Q, Value
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import ScopedModelAdmin, WholeRowForm
from accounts.permissions import Capability
from portal.lib.clouds import Cloud, Service
from portal.lib.display import day, icon
from portal.models import Content, SelfServiceLink, SupportResource
from requests_app.models import Kind

RECENTLY = datetime.timedelta(days=90)
"""How far back answers count."""

EVER = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)

MANY = 3
"""More services than that are counted in a list, not named."""

ADDRESSES = ("address_commercial", "address_gcc", "address_gcc_high", "address_dod")


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


class ContentAdmin(ScopedModelAdmin):
    """What staff keep for customers to read, with an address for each cloud."""

    view_capabilities = edit_capabilities = (Capability.MANAGE_CONTENT,)
    may_be_deleted = True
    formfield_overrides = {
        models.DateField: {"widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")},
    }

    @admin.display(description=_("title"))
    def name(self, obj: Content) -> str:
        return str(obj)

    @admin.display(description=_("known in"))
    def known_in(self, obj: Content) -> str:
        return ", ".join(str(cloud.label) for cloud in Cloud if obj.address_in(cloud))

    @admin.display(description=_("published"), ordering="is_published")
    def published(self, obj: Content) -> SafeString:
        if obj.is_published:
            return format_html('<span class="badge badge-success">{}{}</span>', icon("check"), _("published"))
        return format_html('<span class="badge">{}{}</span>', icon("minus"), _("hidden"))

    @admin.display(description=_("verified"), ordering="verified_on")
    def verified(self, obj: Content) -> SafeString:
        if obj.verified_on:
            return format_html('<span class="nowrap">{}</span>', day(obj.verified_on))
        return format_html('<span class="badge badge-warning">{}{}</span>', icon("circle-alert"), _("never"))


@admin.register(SelfServiceLink)
class SelfServiceLinkAdmin(ContentAdmin):
    """Where customers manage their own services: one address for each cloud."""

    list_display = ["name", "category", "service", "known_in", "published", "verified"]
    list_filter = ["category", "is_published", "service", NeedsFilter]
    search_fields = ["key", "title", "address_commercial", "address_gcc_high"]
    search_help_text = _("Title, key or address")
    fieldsets = [
        (None, {"fields": ["key", "title", "description", "category", "service"]}),
        (
            _("Addresses"),
            {
                "description": _("A cloud without an address does not show the link. {tenant} is the tenant prefix."),
                "fields": ADDRESSES,
            },
        ),
        (_("Publishing"), {"fields": ["is_published", "position", "verified_on", "source"]}),
    ]


def _answers(since: datetime.datetime) -> Func:
    return Func(F("pk"), Value(since), function="portal_help_answers", output_field=models.BigIntegerField())


class SupportResourceForm(WholeRowForm):
    """Services and kinds of requests as boxes to tick."""

    services = forms.MultipleChoiceField(
        label=_("Services"),
        choices=Service,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("What it is about. None: about all of them."),
    )
    kinds = forms.MultipleChoiceField(
        label=_("Before which requests"),
        choices=Kind,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None: before each."),
    )


class KindFilter(admin.SimpleListFilter):
    """Before which form a resource stands."""

    title = _("before")
    parameter_name = "before"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(Kind.choices)

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        if self.value() in Kind:
            return queryset.filter(Q(kinds=[]) | Q(kinds__contains=[self.value()]))
        return queryset


@admin.register(SupportResource)
class SupportResourceAdmin(ContentAdmin):
    """What customers read before they ask, and how often it answered them."""

    form = SupportResourceForm
    list_display = ["name", "before", "about", "known_in", "answers", "published", "verified"]
    list_filter = [KindFilter, "is_published", NeedsFilter]
    search_fields = ["key", "title", "summary", "body"]
    search_help_text = _("Title, text or key")
    fieldsets = [
        (None, {"fields": ["key", "title", "summary", "body"]}),
        (_("Where it belongs"), {"fields": ["kinds", "services"]}),
        (
            _("Addresses"),
            {
                "description": _(
                    "Where it has no address, customers of that cloud read the text alone; without a text they do not "
                    "see it. {tenant} is the tenant prefix."
                ),
                "fields": ADDRESSES,
            },
        ),
        (
            _("Publishing"),
            {
                "description": _("What has answered somebody cannot be deleted: hide it instead."),
                "fields": ["is_published", "position", "verified_on", "source"],
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Add how often each has answered, lately and ever, counted by the database: staff see how many, not whose."""
        counts = {"answers_found": timezone.now() - RECENTLY, "answers_ever": EVER}
        return super().get_queryset(request).annotate(**{name: _answers(since) for name, since in counts.items()})

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What has answered somebody is hidden rather than deleted: it would take along what it has been good for."""
        return super().has_delete_permission(request, obj) and not getattr(obj, "answers_ever", 0)

    def view_on_site(self, obj: SupportResource) -> str | None:
        """Lead to the page as customers read it; a hidden one has none."""
        return obj.get_absolute_url() if obj.is_published else None

    @admin.display(description=_("answered in 90 days"), ordering="-answers_found")
    def answers(self, obj: Any) -> int:
        return int(obj.answers_found)

    @admin.display(description=_("before"))
    def before(self, obj: SupportResource) -> str:
        return ", ".join(str(Kind(kind).label) for kind in obj.kinds) or gettext("each request")

    @admin.display(description=_("about"))
    def about(self, obj: SupportResource) -> str:
        if len(obj.services) > MANY:
            names = len(obj.services)
            return ngettext("%(number)d service", "%(number)d services", names) % {"number": names}
        return ", ".join(str(Service(service).label) for service in obj.services) or gettext("all services")

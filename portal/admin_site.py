"""The admin: the partner's desk and the staff's workroom, behind the site's own sign-in."""

import datetime
from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import second_factor
from accounts.http import person
from accounts.models import Delivery
from accounts.permissions import Capability, can_anywhere, may_enter_desk, partners_where
from accounts.views import safe_next
from portal.content import needs
from portal.content.article_preview import show_article
from portal.content.effects_page import LOOKS_AFTER, export_effects, show_effects
from portal.content.preview_page import show_preview
from portal.content.verification_page import show_addresses
from portal.figures.views import show_figures
from portal.models import Announcement, Published, SelfServiceLink, SupportResource
from requests_app import queue, waiting

MOST_URGENT = 8

ROOMS = [
    (
        gettext_lazy("Desk"),
        ["SubscriptionRequest", "Subscription", "Customer", "CustomerMembership", "ImportRun"],
    ),
    (gettext_lazy("Catalogue"), ["Offer", "Product", "CancellationPolicy"]),
    (gettext_lazy("Content"), ["SelfServiceLink", "SupportResource", "Announcement", "Picture"]),
    (
        gettext_lazy("Partners and people"),
        ["Partner", "PartnerHoliday", "PartnerMembership", "Invitation", "User", "Delivery"],
    ),
]
"""How the admin is laid out for its readers: rooms and what is in them, whatever Django app it belongs to."""

CONTENT = 2
"""The room of what is kept for customers to read."""

ICONS = {
    "SubscriptionRequest": "inbox",
    "Subscription": "calendar-clock",
    "Customer": "building-2",
    "CustomerMembership": "users",
    "ImportRun": "upload",
    "Offer": "tag",
    "Product": "package",
    "CancellationPolicy": "hourglass",
    "SelfServiceLink": "link",
    "SupportResource": "life-buoy",
    "Picture": "image",
    "Announcement": "message-square",
    "Partner": "handshake",
    "PartnerHoliday": "sun",
    "PartnerMembership": "headset",
    "Invitation": "user-plus",
    "User": "circle-user",
    "Delivery": "mail",
}

NAMES = {"SubscriptionRequest": gettext_lazy("Queue")}
"""What the navigation calls something that has another name on the desk than its model."""


class PortalAdminSite(admin.AdminSite):
    """Opens to partner people, staff and superusers with a second factor; they sign in and out where customers do."""

    site_title = gettext_lazy("Desk")
    site_header = gettext_lazy("Desk")
    index_title = gettext_lazy("Desk")
    site_url = None
    enable_nav_sidebar = False  # templates/admin/base_site.html has its own, which works without a script
    empty_value_display = "–"

    def has_permission(self, request: HttpRequest) -> bool:
        return may_enter_desk(request.user) and not second_factor.is_missing(request)

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Lead to what is missing: a sign-in, a second factor. Who has no place here is told so."""
        if self.has_permission(request):
            return redirect("admin:index")
        if may_enter_desk(request.user):
            return redirect(second_factor.setup_address(safe_next(request, "admin:index")))
        if request.user.is_authenticated:
            raise PermissionDenied(_("The desk is for partners and staff. Your account has no place there."))
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("account_logout")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("account_change_password")

    def get_urls(self) -> list[Any]:
        """Leave out two addresses of Django's that no page here uses and that know nothing of whose rows are whose."""
        own = [
            path("figures/", self.admin_view(show_figures), name="figures"),
            path("content/article/", self.admin_view(show_article), name="content_article"),
            path("content/effects/", self.admin_view(show_effects), name="content_effects"),
            path("content/effects/export/", self.admin_view(export_effects), name="content_effects_export"),
            path("content/preview/", self.admin_view(show_preview), name="content_preview"),
            path("content/addresses/", self.admin_view(show_addresses), name="content_addresses"),
        ]
        django = super().get_urls()
        return own + [one for one in django if getattr(one, "name", None) not in ("autocomplete", "view_on_site")]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Return what the person may open, by room rather than by Django app."""
        apps = super().get_app_list(request, app_label)
        if app_label:
            return apps
        models = {
            model["object_name"]: model
            | {
                "name": NAMES.get(model["object_name"], model["name"]),
                "icon": ICONS.get(model["object_name"], "file-text"),
            }
            for app in apps
            for model in app["models"]
        }
        if "Partner" in models and (own := self._own_partner(request)):
            address = reverse("admin:accounts_partner_change", args=[own])
            models["Partner"] |= {"name": _("Your partner's page"), "admin_url": address, "add_url": None}
        rooms: list[dict[str, Any]] = [
            {
                "name": name,
                "app_label": "",
                "app_url": "",
                "has_module_perms": True,
                "models": [models[one] for one in names if one in models],
            }
            for name, names in ROOMS
        ]
        if can_anywhere(request.user, Capability.VIEW_FIGURES):
            figures = {"object_name": "Figures", "name": _("Figures"), "admin_url": reverse("admin:figures")}
            rooms[0]["models"].append(figures | {"icon": "chart-column", "perms": {"view": True}, "view_only": True})
        if any(can_anywhere(request.user, one) for one in (Capability.MANAGE_CONTENT, Capability.MANAGE_OWN_CONTENT)):
            addresses = {"name": _("Addresses to verify"), "admin_url": reverse("admin:content_addresses")}
            also = {"object_name": "Addresses", "icon": "circle-check", "perms": {"view": True}, "view_only": True}
            rooms[CONTENT]["models"].append(addresses | also)
        if any(can_anywhere(request.user, one) for one in LOOKS_AFTER):
            effects = {
                "object_name": "Effects",
                "name": _("What content does"),
                "admin_url": reverse("admin:content_effects"),
            }
            rooms[CONTENT]["models"].append(
                effects | {"icon": "chart-column", "perms": {"view": True}, "view_only": True}
            )
        return [room for room in rooms if room["models"]]

    def _own_partner(self, request: HttpRequest) -> int | None:
        """Return the one partner that somebody works for: then there is no list to choose from."""
        partners = partners_where(person(request), Capability.WORK_REQUESTS, Capability.MANAGE_PARTNERS)
        return partners[0] if partners is not None and len(partners) == 1 else None

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Show each role its own first page: partner people the queue's head, staff the state of the content."""
        now = timezone.now()
        user = person(request)
        context: dict[str, Any] = {"now": now, "title": _("Desk")}
        if can_anywhere(user, Capability.WORK_REQUESTS):
            context["counts"] = figures = queue.figures(user, now)
            context["most_urgent"] = queue.most_urgent(queue.View(show="open"), user, now, MOST_URGENT)
            waiting.know(request, figures.mine + figures.unassigned)
        if can_anywhere(user, Capability.MANAGE_CONTENT) or can_anywhere(user, Capability.MANAGE_OWN_CONTENT):
            kinds = (SelfServiceLink, SupportResource, Announcement)
            context["content"] = self._standing(request, kinds, now)
        if can_anywhere(user, Capability.MANAGE_PARTNERS):
            context["mails"] = Delivery.objects.counts(now)
        return super().index(request, context | (extra_context or {}))

    def _standing(
        self, request: HttpRequest, kinds: Sequence[type[Published]], now: datetime.datetime
    ) -> list[tuple[str, str, needs.Counts]]:
        """Return what each kind of content is called, where its list is, and how it stands."""
        pages: list[Any] = [self._registry[model] for model in kinds]
        rows = [one.scoped(one.model, person(request), *one.view_capabilities) for one in pages]
        return [
            (
                str(model._meta.verbose_name_plural),
                reverse(f"admin:portal_{model._meta.model_name}_changelist"),
                counts,
            )
            for model, counts in zip(kinds, needs.count(rows, now, timezone.localdate(now)), strict=True)
        ]

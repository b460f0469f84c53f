"""Products for staff; offers and customers' subscriptions for the partner's people."""

import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.admin_base import ScopedModelAdmin
from accounts.permissions import Capability
from portal.lib.clouds import Cloud, Service
from portal.lib.display import day, deadline, duration, icon, status_badge
from requests_app.models import Offer, Product, Subscription


class UtcDateTimeField(forms.DateTimeField):
    """Asks for a moment in UTC, as Partner Center shows it, whatever the reader's own time zone is."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S")

    def prepare_value(self, value: Any) -> Any:
        with timezone.override(datetime.UTC):
            return super().prepare_value(value)

    def to_python(self, value: Any) -> Any:
        with timezone.override(datetime.UTC):
            return super().to_python(value)


class ProductForm(forms.ModelForm):
    """Services and clouds as boxes to tick."""

    services = forms.MultipleChoiceField(
        label=gettext_lazy("Services in it"),
        choices=Service,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    clouds = forms.MultipleChoiceField(
        label=gettext_lazy("Sold in"), choices=Cloud, required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Product
        fields = ["name", "description", "catalog_item_id", "category", "product_type", "services", "clouds"]


@admin.register(Product)
class ProductAdmin(ScopedModelAdmin):
    """Microsoft's products, kept by staff; partners read them."""

    form = ProductForm
    view_capabilities = (Capability.MANAGE_CONTENT, Capability.WORK_REQUESTS)
    edit_capabilities = (Capability.MANAGE_CONTENT,)
    list_display = ["shown_name", "catalog_item_id", "category", "product_type", "sold_in"]
    list_filter = ["category", "product_type"]
    search_fields = ["catalog_item_id", "name"]
    search_help_text = gettext_lazy("Name or catalog item ID")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show readers the words; only who edits sees what they are kept as."""
        fields: Any = super().get_fields(request, obj)
        if self.has_change_permission(request, obj):
            return fields
        words = {
            "name": "shown_name",
            "description": "shown_description",
            "services": "services_in_it",
            "clouds": "sold_in",
        }
        return [words.get(field, field) for field in fields]

    @admin.display(description=gettext_lazy("name"))
    def shown_name(self, obj: Product) -> str:
        return str(obj)

    @admin.display(description=gettext_lazy("description"))
    def shown_description(self, obj: Product) -> str:
        return str(obj.description)

    @admin.display(description=gettext_lazy("services in it"))
    def services_in_it(self, obj: Product) -> str:
        return ", ".join(str(Service(service).label) for service in obj.services)

    @admin.display(description=gettext_lazy("sold in"))
    def sold_in(self, obj: Product) -> str:
        return ", ".join(str(Cloud(cloud).label) for cloud in obj.clouds)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The catalogue is the same for everybody at the desk: no place to look the capability up at."""
        return super().has_view_permission(request)


@admin.register(Offer)
class OfferAdmin(ScopedModelAdmin):
    """What the partner sells, and for how much. What an offer is stays; its price and whether it is sold change."""

    view_capabilities = (Capability.WORK_REQUESTS,)
    edit_capabilities = (Capability.MANAGE_CATALOGUE,)
    partner_path = "partner"
    list_display = ["product", "term_duration", "billing_cycle", "price", "on_sale"]
    list_filter = ["is_active", "term_duration", "billing_cycle"]
    list_select_related = ["product", "partner"]
    search_fields = ["product__catalog_item_id", "product__name"]
    search_help_text = gettext_lazy("Product or catalog item ID")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show readers words where there is nothing to tick."""
        fields = super().get_fields(request, obj)
        if self.has_change_permission(request, obj):
            return fields
        return ["on_sale" if field == "is_active" else field for field in fields]

    @admin.display(description=gettext_lazy("price per seat"), ordering="unit_price")
    def price(self, obj: Offer) -> str:
        return f"{obj.currency} {obj.unit_price}"

    @admin.display(description=gettext_lazy("on sale"), ordering="is_active")
    def on_sale(self, obj: Offer) -> SafeString:
        if obj.is_active:
            return format_html('<span class="badge badge-success">{}{}</span>', icon("check"), _("on sale"))
        return format_html('<span class="badge">{}{}</span>', icon("minus"), _("no longer sold"))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["partner", "product", "term_duration", "billing_cycle", "currency"] if obj else []


@admin.register(Subscription)
class SubscriptionAdmin(ScopedModelAdmin):
    """What the partner's customers have, as Partner Center shows it."""

    view_capabilities = (Capability.WORK_REQUESTS,)
    edit_capabilities = (Capability.MANAGE_CUSTOMERS,)
    partner_path = "partner"
    list_display = [
        "name",
        "customer",
        "quantity",
        "state",
        "end_of_term",
        "window",
    ]
    list_filter = ["status", "auto_renew_enabled", "term_duration"]
    list_select_related = ["product", "customer"]
    ordering = ["commitment_end_date", "pk"]
    search_fields = ["customer__name", "external_id__startswith", "order_id__startswith", "friendly_name"]
    search_help_text = gettext_lazy("Customer, name or ID in Partner Center")
    formfield_overrides = {
        models.DateField: {"widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")},
        models.DateTimeField: {"form_class": UtcDateTimeField, "widget": UtcDateTimeField.widget},
    }
    fieldsets = [
        (None, {"fields": ["customer", "product", "friendly_name", "quantity", "status"]}),
        (
            gettext_lazy("Term"),
            {
                "fields": [
                    "term_duration",
                    "billing_cycle",
                    "effective_start_date",
                    "commitment_end_date",
                    "auto_renew_enabled",
                    "cancellation_allowed_until",
                    "ends_on",
                ]
            },
        ),
        ("Partner Center", {"fields": ["external_id", "order_id"]}),
    ]

    @admin.display(description=gettext_lazy("subscription"))
    def name(self, obj: Subscription) -> str:
        return str(obj)

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def state(self, obj: Subscription) -> SafeString:
        return status_badge(obj)

    @admin.display(description=gettext_lazy("end of term"), ordering="commitment_end_date")
    def end_of_term(self, obj: Subscription) -> SafeString:
        """The last day, and what comes after it."""
        if obj.ends_on and obj.is_running:
            after = _("ends on %(date)s") % {"date": day(obj.ends_on)}
        elif obj.ends_on:
            after = _("ended on %(date)s") % {"date": day(obj.ends_on)}
        elif not obj.is_running:
            after = ""
        else:
            after = _("renews by itself") if obj.auto_renew_enabled else _("then month to month")
        return format_html(
            '<span class="cell-line nowrap">{}</span><span class="cell-line small muted nowrap">{}</span>',
            day(obj.commitment_end_date) or pgettext("end of term", "none"),
            after,
        )

    @admin.display(description=gettext_lazy("cancellation window"), ordering="cancellation_allowed_until")
    def window(self, obj: Subscription) -> SafeString:
        now = timezone.now()
        if obj.cancellation_allowed_until and obj.window_is_open(now):
            left = _("%(time)s left") % {"time": duration(obj.cancellation_allowed_until - now, 1)}
            return format_html('<span class="badge badge-accent">{}{}</span>', icon("clock"), left)
        return format_html(
            '<span class="muted">{}</span>',
            pgettext("window", "closed") if obj.cancellation_allowed_until else pgettext("window", "none"),
        )

    @admin.display(description=gettext_lazy("renews by itself"))
    def renews(self, obj: Subscription) -> str:
        return _("Yes") if obj.auto_renew_enabled else _("No")

    @admin.display(description=gettext_lazy("cancellation allowed until"))
    def allowed_until(self, obj: Subscription) -> SafeString | str:
        return deadline(obj.cancellation_allowed_until) if obj.cancellation_allowed_until else "–"

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show readers words, and a moment with its zone; where it is edited, it is written in UTC."""
        if self.has_change_permission(request, obj):
            return self.fieldsets
        shown: dict[Any, Any] = {"cancellation_allowed_until": "allowed_until", "auto_renew_enabled": "renews"}
        return [
            (name, options | {"fields": [shown.get(field, field) for field in options["fields"]]})
            for name, options in self.fieldsets
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["customer"] if obj else []

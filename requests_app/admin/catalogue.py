"""Products for staff; offers and customers' subscriptions for the partner's people."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin_base import ScopedModelAdmin
from accounts.permissions import Capability
from portal.lib.clouds import Cloud, Service
from requests_app.models import Offer, Product, Subscription


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
    list_display = ["name", "catalog_item_id", "category", "product_type", "sold_in"]
    list_filter = ["category", "product_type"]
    search_fields = ["catalog_item_id", "name"]

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
    list_display = ["product", "term_duration", "billing_cycle", "unit_price", "currency", "is_active"]
    list_filter = ["is_active", "term_duration", "billing_cycle"]
    list_select_related = ["product", "partner"]
    search_fields = ["product__catalog_item_id", "product__name"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["partner", "product", "term_duration", "billing_cycle", "currency"] if obj else []


@admin.register(Subscription)
class SubscriptionAdmin(ScopedModelAdmin):
    """What the partner's customers have, as Partner Center shows it."""

    view_capabilities = (Capability.WORK_REQUESTS,)
    edit_capabilities = (Capability.MANAGE_CUSTOMERS,)
    partner_path = "customer__partner"
    list_display = [
        "name",
        "customer",
        "quantity",
        "status",
        "commitment_end_date",
        "window",
        "auto_renew_enabled",
    ]
    list_filter = ["status", "auto_renew_enabled", "term_duration"]
    list_select_related = ["product", "customer"]
    ordering = ["commitment_end_date", "pk"]
    search_fields = ["customer__name", "external_id__startswith", "order_id__startswith", "friendly_name"]
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

    @admin.display(description=gettext_lazy("cancellation window"), ordering="cancellation_allowed_until")
    def window(self, obj: Subscription) -> SafeString | str:
        if obj.window_is_open(timezone.now()):
            return format_html('<span class="badge badge-warning">{}</span>', _("open"))
        return _("closed")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["customer"] if obj else []

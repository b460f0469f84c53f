"""Products for staff, and the partner's offers."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin_base import ScopedModelAdmin
from accounts.permissions import Capability
from portal.lib.clouds import Cloud, Service
from portal.lib.display import icon
from requests_app.models import Offer, Product


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

"""The site's content, for staff."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import ScopedModelAdmin
from accounts.permissions import Capability
from portal.lib.clouds import Cloud
from portal.models import SelfServiceLink


@admin.register(SelfServiceLink)
class SelfServiceLinkAdmin(ScopedModelAdmin):
    """Where customers manage their own services: one address for each cloud."""

    view_capabilities = edit_capabilities = (Capability.MANAGE_CONTENT,)
    may_be_deleted = True
    list_display = ["title", "category", "service", "known_in", "is_published", "verified_on"]
    list_filter = ["category", "is_published", "service"]
    search_fields = ["key", "title", "address_commercial", "address_gcc_high"]
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

    @admin.display(description=_("known in"))
    def known_in(self, obj: SelfServiceLink) -> str:
        return ", ".join(str(cloud.label) for cloud in Cloud if getattr(obj, f"address_{cloud}"))

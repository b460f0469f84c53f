"""Where customers manage their own services: one address for each cloud."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from portal.content.admin.base import ADDRESSES, PUBLISHING, ContentAdmin
from portal.content.admin.link_table import LinkTablePages
from portal.models import SelfServiceLink


@admin.register(SelfServiceLink)
class SelfServiceLinkAdmin(LinkTablePages, ContentAdmin):
    """The link table of the site."""

    change_list_template = "admin/portal/selfservicelink_change_list.html"
    grouped_by = "category"
    list_display = ["name", "category", "service", "known_in", "shown_state", "verified"]
    list_filter = ["category", "service", *ContentAdmin.shared_filters]
    search_fields = ["key", "title", "addresses__address"]
    search_help_text = _("Title, key or address")
    fieldsets = [
        (None, {"fields": ["partner", "title", "description", "category", "service", "key"]}),
        (
            _("Addresses"),
            {
                "description": _("A cloud without an address does not show the link. {tenant} is the tenant prefix."),
                "fields": ADDRESSES,
            },
        ),
        (_("Publishing"), {"fields": PUBLISHING}),
    ]

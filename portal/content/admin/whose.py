"""Whose a row of the content is: staff keep what is for all customers, a partner's managers what is for its own."""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import pgettext

from accounts.admin_base import ScopedModelAdmin
from accounts.http import person
from accounts.models import Partner
from accounts.permissions import Capability, can, partners_where


class KeptForReaders(ScopedModelAdmin):
    """A page whose rows are for all customers (no partner), or for those of one partner."""

    view_capabilities = edit_capabilities = (Capability.MANAGE_CONTENT, Capability.MANAGE_OWN_CONTENT)
    partner_path = "partner"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is None:
            return super().has_change_permission(request)
        capability = Capability.MANAGE_OWN_CONTENT if obj.partner_id else Capability.MANAGE_CONTENT
        return can(request.user, capability, obj.partner)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_be_deleted and self.has_change_permission(request, obj)

    def editable(self, request: HttpRequest, rows: Any) -> Any:
        """Return those of ``rows`` that the person keeps; others are only shown to them."""
        partners = partners_where(person(request), Capability.MANAGE_OWN_CONTENT)
        if partners is None:
            return rows
        kept = Q(partner__in=partners)
        return rows.filter(kept | Q(partner=None) if can(request.user, Capability.MANAGE_CONTENT) else kept)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the partners that the person keeps content for; none at all only to who keeps what is for everybody."""
        if db_field.name == "partner":
            kwargs["queryset"] = self.scoped(Partner, person(request), Capability.MANAGE_OWN_CONTENT)
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "partner":
            field.required = not can(request.user, Capability.MANAGE_CONTENT)
            field.empty_label = None if field.initial else pgettext("of partners", "all")
        return field

"""People and organisations, for partners' managers and for staff."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import memberships
from accounts.admin_base import ScopedModelAdmin, WholeRowForm
from accounts.http import person
from accounts.invitation_admin import InvitationAdmin
from accounts.mail_admin import DeliveryAdmin
from accounts.models import Customer, CustomerMembership, Delivery, Invitation, PartnerMembership, User
from accounts.partner_admin import PartnerAdmin, PartnerHolidayAdmin
from accounts.permissions import Capability
from accounts.reauthentication import require_recent
from portal.lib.display import icon

__all__ = [
    "CustomerAdmin",
    "CustomerMembershipAdmin",
    "PartnerAdmin",
    "PartnerHolidayAdmin",
    "PartnerMembershipAdmin",
    "UserAdmin",
]


@admin.register(User)
class UserAdmin(ScopedModelAdmin):
    """Everybody's account, for staff. Passwords are nobody's business but their owner's."""

    view_capabilities = edit_capabilities = (Capability.MANAGE_PARTNERS,)
    may_be_added = False  # people come with a membership
    list_display = ["email", "name", "may_sign_in", "staff", "date_joined"]
    list_filter = ["is_active", "is_staff"]
    search_fields = ["email", "name"]
    search_help_text = _("Name or e-mail address")
    ordering = ["email"]
    fields = ["email", "name", "language", "time_zone", "is_active", "is_staff", "date_joined", "last_login"]

    @admin.display(description=_("may sign in"), ordering="is_active")
    def may_sign_in(self, obj: User) -> SafeString:
        if obj.is_active:
            return format_html('<span class="badge badge-success">{}{}</span>', icon("check"), _("may sign in"))
        return format_html('<span class="badge">{}{}</span>', icon("lock"), _("locked out"))

    @admin.display(description=_("works for the site"), ordering="is_staff")
    def staff(self, obj: User) -> str:
        if obj.is_superuser:
            return gettext("superuser")
        return gettext("staff") if obj.is_staff else "–"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show words where there is nothing to tick."""
        words: dict[Any, str] = {} if person(request).is_superuser else {"is_staff": "staff"}
        if not self.has_change_permission(request, obj):
            words["is_active"] = "may_sign_in"
        return [words.get(field, field) for field in self.fields]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        always = ["email", "date_joined", "last_login"]
        if obj is not None and obj.pk == person(request).pk:
            always = [*always, "is_active", "is_staff"]  # nobody locks themselves out
        return always if person(request).is_superuser else [*always, "staff"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only a superuser changes a superuser's account."""
        if obj is not None and obj.is_superuser and not person(request).is_superuser:
            return False
        return super().has_change_permission(request, obj)


@admin.register(Customer)
class CustomerAdmin(ScopedModelAdmin):
    """A partner's customers: its manager edits what an agent reads."""

    view_capabilities = (Capability.WORK_REQUESTS,)
    edit_capabilities = (Capability.MANAGE_CUSTOMERS,)
    partner_path = "partner"
    list_display = ["name", "domain", "cloud", "tenant_prefix"]
    list_filter = ["cloud"]
    search_fields = ["name", "domain"]
    search_help_text = _("Name or domain")
    fields = ["partner", "name", "domain", "tenant_id", "tenant_prefix", "cloud"]

    def place_of(self, obj: Customer) -> Customer:
        return obj

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["partner"] if obj else []

    def save_model(self, request: HttpRequest, obj: Customer, form: Any, change: bool) -> None:
        """Close the door for people of another tenant than the one that the customer's admin opened it to."""
        obj.close_door_to_another_tenant(form.changed_data)
        super().save_model(request, obj, form, change)


class RoleForm(WholeRowForm):
    """Changes a role, but leaves nobody without somebody in charge."""

    def clean_role(self) -> str:
        role: str = self.cleaned_data["role"]
        before = type(self.instance)._default_manager.get(pk=self.instance.pk)
        if role != before.role and memberships.is_last_in_charge(before):
            raise forms.ValidationError(LAST_IN_CHARGE, code="last")
        return role


LAST_IN_CHARGE = _("Nobody else is in charge there. Put somebody else in charge first.")


class MembershipAdmin(ScopedModelAdmin):
    """Who belongs to an organisation, and as what. People come by invitation; ``accounts.memberships`` does the rest."""

    may_be_added = False
    may_be_deleted = True
    form = RoleForm
    organisation = ""
    search_fields = ["user__email", "user__name"]
    search_help_text = _("Name or e-mail address")
    list_filter = ["role"]
    ordering = ["user__name", "pk"]

    def get_list_display(self, request: HttpRequest) -> Any:
        return ["user", "email", self.organisation, "role"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("user", self.organisation)

    @admin.display(description=_("person"))
    def member(self, obj: Any) -> str:
        """The name alone: a link to the account would lead managers to a page that is closed to them."""
        return str(obj.user)

    @admin.display(description=_("e-mail address"), ordering="user__email")
    def email(self, obj: Any) -> str:
        return obj.user.email

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["member", "email", self.organisation, "role"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["member", "email", self.organisation]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody removes the last one in charge of an organisation by mistake."""
        if obj is not None and memberships.is_last_in_charge(obj):
            return False
        return super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        memberships.change_role(obj, form.cleaned_data["role"], actor=person(request))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        memberships.remove(obj, actor=person(request))

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for membership in queryset:
            memberships.remove(membership, actor=person(request))

    # --- All or nothing; what was refused is told where it was asked for ---

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return _telling(request, super().changeform_view, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return _telling(request, super().delete_view, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return _telling(request, super().changelist_view, *args, **kwargs)


def _telling(request: HttpRequest, view: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    if request.method != "POST":
        return view(request, *args, **kwargs)
    require_recent(request)
    try:
        with transaction.atomic():
            return view(request, *args, **kwargs)
    except memberships.MembershipError as error:
        messages.error(request, str(error))
        return redirect(request.get_full_path())


@admin.register(CustomerMembership)
class CustomerMembershipAdmin(MembershipAdmin):
    view_capabilities = edit_capabilities = (Capability.MANAGE_CUSTOMERS,)
    partner_path = "customer__partner"
    organisation = "customer"


@admin.register(PartnerMembership)
class PartnerMembershipAdmin(MembershipAdmin):
    view_capabilities = edit_capabilities = (Capability.MANAGE_COLLEAGUES, Capability.MANAGE_PARTNERS)
    partner_path = "partner"
    organisation = "partner"


admin.site.register(Invitation, InvitationAdmin)
admin.site.register(Delivery, DeliveryAdmin)

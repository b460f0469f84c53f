"""People and organisations, for partners' managers and for staff."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts import memberships
from accounts.admin_base import ScopedModelAdmin, WholeRowForm
from accounts.http import person
from accounts.models import Customer, CustomerMembership, Partner, PartnerMembership, User
from accounts.permissions import Capability
from portal.lib.display import icon


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


@admin.register(Partner)
class PartnerAdmin(ScopedModelAdmin):
    """Partners: staff look after all of them, the partner's people read their own."""

    view_capabilities = (Capability.MANAGE_PARTNERS, Capability.WORK_REQUESTS)
    edit_capabilities = (Capability.MANAGE_PARTNERS,)
    partner_path = "pk"
    list_display = ["name", "edition", "contact_email", "phone", "lead_time_days"]
    list_filter = ["edition"]
    search_fields = ["name"]
    search_help_text = _("Name")

    def place_of(self, obj: Partner) -> Partner:
        return obj


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


class NewMemberForm(forms.ModelForm):
    """Asks for the person by e-mail address: who they are elsewhere is not shown, and need not be known."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    name = forms.CharField(
        label=pgettext_lazy("person", "Name"),
        max_length=150,
        help_text=_("Kept as it is for somebody who is here already."),
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=[("", _("The same as their browser")), *settings.LANGUAGES], required=False
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a second membership before anything is written."""
        cleaned = super().clean() or {}
        organisation = cleaned.get("customer") or cleaned.get("partner")
        email = cleaned.get("email", "").strip().lower()
        if organisation is not None and organisation.memberships.filter(user__email=email).exists():
            self.add_error("email", _("This person belongs to the organisation already."))
        return cleaned


class RoleForm(WholeRowForm):
    """Changes a role, but leaves nobody without somebody in charge."""

    def clean_role(self) -> str:
        role: str = self.cleaned_data["role"]
        before = type(self.instance)._default_manager.get(pk=self.instance.pk)
        if role != before.role and memberships.is_last_in_charge(before):
            raise forms.ValidationError(LAST_IN_CHARGE, code="last")
        return role


LAST_IN_CHARGE = _("Nobody else is in charge there. Give somebody else this role first.")


class MembershipAdmin(ScopedModelAdmin):
    """Who belongs to an organisation, and as what. Adding goes through ``accounts.memberships``."""

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

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = NewMemberForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return [self.organisation, "email", "name", "language", "role"]
        return ["member", "email", self.organisation, "role"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["member", "email", self.organisation] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody removes the last one in charge of an organisation by mistake."""
        if obj is not None and memberships.is_last_in_charge(obj):
            return False
        return super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        details = {key: form.cleaned_data[key] for key in ("email", "name", "language", "role")}
        saved = self.add_member(form.cleaned_data[self.organisation], actor=person(request), **details)
        obj.pk, obj.user = saved.pk, saved.user

    def add_member(self, organisation: Any, **details: Any) -> Any:
        raise NotImplementedError


@admin.register(CustomerMembership)
class CustomerMembershipAdmin(MembershipAdmin):
    view_capabilities = edit_capabilities = (Capability.MANAGE_CUSTOMERS,)
    partner_path = "customer__partner"
    organisation = "customer"

    def add_member(self, organisation: Any, **details: Any) -> CustomerMembership:
        return memberships.add_to_customer(organisation, **details)


@admin.register(PartnerMembership)
class PartnerMembershipAdmin(MembershipAdmin):
    view_capabilities = edit_capabilities = (Capability.MANAGE_COLLEAGUES, Capability.MANAGE_PARTNERS)
    partner_path = "partner"
    organisation = "partner"

    def add_member(self, organisation: Any, **details: Any) -> PartnerMembership:
        return memberships.add_to_partner(organisation, **details)

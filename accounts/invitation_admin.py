"""Invitations in the admin: a partner's managers invite customers' people and colleagues, staff invite managers."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts import invitations
from accounts.admin_base import ScopedModelAdmin
from accounts.http import person
from accounts.models import UNANSWERED, Customer, CustomerMembership, Invitation, Partner, PartnerMembership, User
from accounts.permissions import (
    Capability,
    can_anywhere,
    may_manage_people,
    not_included,
    partners_where,
    roles_to_invite,
)
from accounts.reauthentication import require_recent
from portal.lib.display import icon
from portal.lib.languages import languages

BADGES = {
    Invitation.State.OPEN: ("info", "mail"),
    Invitation.State.EXPIRED: ("warning", "hourglass"),
    Invitation.State.ACCEPTED: ("success", "check"),
    Invitation.State.REVOKED: ("neutral", "undo"),
}


class StateFilter(admin.SimpleListFilter):
    """Where invitations stand. Without a choice: those that wait for an answer, expired ones included."""

    title = _("show")
    parameter_name = "show"
    template = "admin/filter_tabs.html"
    as_tabs = True

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("accepted", pgettext_lazy("invitations", "Accepted")),
            ("revoked", pgettext_lazy("invitations", "Withdrawn")),
            ("all", _("All")),
        ]

    def choices(self, changelist: Any) -> Any:
        default, *others = super().choices(changelist)
        yield default | {"display": gettext("Waiting for an answer")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        conditions = {
            "accepted": models.Q(accepted_at__isnull=False),
            "revoked": models.Q(revoked_at__isnull=False),
            "all": models.Q(),
        }
        return queryset.filter(conditions.get(self.value() or "", UNANSWERED))


class NewInvitationForm(forms.ModelForm):
    """Whom to invite, to which organisation, as what."""

    actor: User
    organisation = forms.ChoiceField(label=_("Organisation"))
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("The invitation goes there, and only this address can accept it."),
    )
    role = forms.ChoiceField(
        label=_("Role"), help_text=_("A customer needs one admin: they invite their colleagues themselves.")
    )
    language = forms.ChoiceField(
        label=_("Language of the mail"), choices=lambda: [("", _("The same as mine")), *languages()], required=False
    )

    class Meta:
        model = Invitation
        fields = ["email", "name", "role", "language"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        customers, partners = customers_to_invite_to(self.actor), partners_to_invite_to(self.actor)
        everywhere: list[Customer | Partner] = [*customers, *partners]
        self.organisations = {_key(one): one for one in everywhere}
        given = {role for one in self.organisations.values() for role in roles_to_invite(self.actor, one)}
        kinds: list[tuple[Any, Sequence[Customer | Partner], Any]] = [
            (_("Customers"), customers, CustomerMembership.Role),
            (_("Partners"), partners, PartnerMembership.Role),
        ]
        kinds = [kind for kind in kinds if kind[1]]
        self._offer(
            "organisation", [(title, [(_key(one), _name(one)) for one in rows]) for title, rows, _roles in kinds]
        )
        if not customers:
            self.fields["role"].help_text = ""  # it speaks of customers
        self._offer(
            "role", [(title, [(one, one.label) for one in roles if one in given]) for title, _rows, roles in kinds]
        )

    def _offer(self, name: str, groups: list[tuple[Any, list[tuple[str, Any]]]]) -> None:
        """Offer the choices, by kind where there are two; where there is a single one, nobody has to choose it."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        choices: list[Any] = groups[0][1] if len(groups) == 1 else groups
        single = len(groups) == 1 and len(choices) == 1
        field.choices = choices if single else [("", "---------"), *choices]

    def clean_email(self) -> str:
        """Addresses are kept in lower case."""
        email: str = self.cleaned_data["email"]
        return email.lower()

    def clean(self) -> dict[str, Any]:
        """Say kindly what would be refused."""
        cleaned: dict[str, Any] = super().clean() or {}
        organisation = self.organisations.get(cleaned.get("organisation", ""))
        if organisation is None or not cleaned.get("role") or not cleaned.get("email"):
            return cleaned
        if cleaned["role"] not in roles_to_invite(self.actor, organisation):
            self.add_error(
                "role", _("This role does not exist there. Choose one of the same kind as the organisation.")
            )
            return cleaned
        try:
            invitations.check(organisation, email=cleaned["email"], role=cleaned["role"], actor=self.actor)
        except invitations.InvitationError as error:
            self.add_error("email", str(error))
        return cleaned | {"organisation": organisation}


def partners_to_invite_to(user: User) -> list[Partner]:
    """Return the partners whose people ``user`` may invite."""
    found = partners_where(user, Capability.MANAGE_COLLEAGUES, Capability.MANAGE_PARTNERS)
    rows = Partner.objects.visible_to(user)
    return list(rows if found is None else rows.filter(pk__in=found))


def customers_to_invite_to(user: User) -> list[Customer]:
    """Return the customers whose people ``user`` may invite for their partner."""
    found = partners_where(user, Capability.MANAGE_CUSTOMERS)
    rows = Customer.objects.visible_to(user).select_related("partner")
    return list(rows if found is None else rows.filter(partner__in=found))


def _key(organisation: Customer | Partner) -> str:
    return f"{organisation._meta.model_name}-{organisation.pk}"


def _name(organisation: Customer | Partner) -> str:
    return f"{organisation} · {organisation.partner}" if isinstance(organisation, Customer) else str(organisation)


class InvitationAdmin(ScopedModelAdmin):
    """Who has been invited. Nothing is edited: an invitation is sent again, or withdrawn."""

    view_capabilities = (Capability.MANAGE_CUSTOMERS, Capability.MANAGE_COLLEAGUES, Capability.MANAGE_PARTNERS)
    edit_capabilities = ()
    partner_path = "partner"
    list_display = ["email", "to", "as_what", "where_it_stands", "inviter", "created_at"]
    list_select_related = ["customer", "invited_by"]
    list_filter = [StateFilter]
    search_fields = ["email", "name", "customer__name"]
    search_help_text = _("Name, e-mail address or customer")
    ordering = ["-created_at", "-pk"]
    fields = ["email", "name", "to", "as_what", "where_it_stands", "inviter", "created_at", "expires_at",
              "last_sent_at", "times_sent", "newcomer", "accepted_at", "revoked_at"]  # fmt: skip

    # --- Rows ---

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related("customer__partner", "partner", "invited_by", "accepted_by")

    def place_of(self, obj: Invitation) -> Customer | Partner:
        return obj.organisation

    def has_add_permission(self, request: HttpRequest) -> bool:
        return any(can_anywhere(request.user, one) for one in self.view_capabilities)

    @admin.display(description=_("invited to"))
    def to(self, obj: Invitation) -> str:
        return str(obj.organisation)

    @admin.display(description=_("role"), ordering="role")
    def as_what(self, obj: Invitation) -> str:
        return obj.get_role_display()

    @admin.display(description=_("status"))
    def where_it_stands(self, obj: Invitation) -> SafeString:
        state = obj.state(timezone.now())
        kind, sign = BADGES[state]
        return format_html('<span class="badge badge-{}">{}{}</span>', kind, icon(sign), state.label)

    @admin.display(description=_("invited by"), ordering="invited_by__name")
    def inviter(self, obj: Invitation) -> str:
        """The name alone: Django would link to an account's page, which only staff may open."""
        return str(obj.invited_by or "–")

    @admin.display(description=_("accepted by"))
    def newcomer(self, obj: Invitation) -> str:
        return str(obj.accepted_by or "–")

    # --- Inviting ---

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = type("NewInvitationForm", (NewInvitationForm,), {"actor": person(request)})
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["organisation", "email", "name", "role", "language"] if obj is None else self.fields

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> Any:
        """Ask whom to invite. What is refused only when it is sent (two people at once) is told on the same page."""
        require_recent(request)
        words = {"title": gettext("Invite somebody"), "save_label": gettext("Send the invitation")}
        try:
            return super().add_view(
                request, form_url, {**words, "show_save_and_continue": False, "show_save_and_add_another": False}
            )
        except invitations.InvitationError as error:
            messages.error(request, str(error))
            return redirect(request.get_full_path())

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        asked = {name: form.cleaned_data[name] for name in ("email", "name", "role", "language")}
        sent = invitations.invite(form.cleaned_data["organisation"], actor=person(request), **asked)
        obj.pk, obj.email = sent.pk, sent.email
        obj.customer, obj.partner = sent.customer, sent.partner

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        messages.success(request, gettext("An invitation is on its way to %(email)s.") % {"email": obj.email})
        return redirect("admin:accounts_invitation_changelist")

    # --- Steps ---

    def get_urls(self) -> list[URLPattern]:
        steps: dict[str, Callable[..., Any]] = {"resend": self.resend_view, "revoke": self.revoke_view}
        return [
            *(
                path(f"<int:object_id>/{name}/", self.admin_site.admin_view(view), name=f"accounts_invitation_{name}")
                for name, view in steps.items()
            ),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Show an invitation, and what can be done about it."""
        found = self.get_object(request, object_id)
        waits = found is not None and not found.accepted_at and not found.revoked_at
        steps = {
            "may_resend": waits and found.role in roles_to_invite(request.user, found.organisation),
            "may_revoke": waits and may_manage_people(request.user, found.organisation),
        }
        return super().change_view(request, object_id, form_url, steps | (extra_context or {}))

    def resend_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """GET says what happens, POST sends the invitation again with a new link."""
        return self._step(request, object_id, "resend", invitations.resend)

    def revoke_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """GET says what happens, POST withdraws the invitation."""
        return self._step(request, object_id, "revoke", invitations.revoke)

    def _step(self, request: HttpRequest, object_id: int, name: str, take: Callable[..., Invitation]) -> HttpResponse:
        found: Invitation | None = self.get_object(request, str(object_id))
        if found is None:
            raise Http404
        if not may_manage_people(request.user, found.organisation):
            raise not_included()
        if request.method != "POST":
            context = self.admin_site.each_context(request) | {"invitation": found, "step": name, "opts": self.opts}
            return TemplateResponse(request, "admin/accounts/invitation/step.html", context)
        require_recent(request)
        try:
            take(found, actor=person(request))
        except invitations.InvitationError as error:
            messages.error(request, str(error))
        else:
            texts = {
                "resend": _(
                    "The invitation is on its way to %(email)s again. The link of the mail before works no longer."
                ),
                "revoke": _("The invitation to %(email)s is withdrawn. Its link works no longer."),
            }
            messages.success(request, texts[name] % {"email": found.email})
        return redirect("admin:accounts_invitation_change", object_id)

"""The people of a customer, on the customer's own pages: everybody sees who belongs, admins invite and change."""

from typing import Any

from django.contrib import messages
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import invitations, memberships
from accounts.active_customer import customer_named, customer_page, show_as
from accounts.forms import InviteForm, RoleForm
from accounts.http import PersonRequest
from accounts.memberships import MembershipError
from accounts.models import Customer, CustomerMembership, Invitation, User
from accounts.permissions import Capability, can, require, roles_to_invite
from accounts.reauthentication import reauthentication_required
from accounts.roles import label_of
from portal.lib import resume
from portal.lib.paging import page_of

RANK = Case(
    *(When(role=role, then=Value(rank)) for rank, role in enumerate(reversed(CustomerMembership.Role))),
    default=Value(len(CustomerMembership.Role)),
    output_field=IntegerField(),
)
"""Admins first: whom to turn to is on the first page, however many people there are."""


def my_colleagues(user: User) -> QuerySet[CustomerMembership]:
    """Return who belongs to the customers that ``user`` belongs to."""
    return (
        CustomerMembership.objects.visible_to(user)
        .filter(customer__in=Customer.objects.with_member(user))
        .select_related("user", "customer__partner")
    )


@require_safe
@customer_page
def people(request: PersonRequest, customer: Customer) -> HttpResponse:
    """List who belongs to the customer; to admins also who has been invited."""
    may_manage = can(request.user, Capability.MANAGE_PEOPLE, customer)
    members = my_colleagues(request.user).filter(customer=customer).annotate(rank=RANK)
    waiting: list[Invitation] = []
    now = timezone.now()
    if may_manage:
        found = Invitation.objects.visible_to(request.user).to(customer).unanswered().select_related("invited_by")
        waiting = list(found.order_by("-created_at", "-pk")[: invitations.MOST_OPEN])
    context = {
        "page": page_of(members, ["rank", "pk"], request.GET.get("page", "")),
        "invitations": [
            {"invitation": one, "role": one.get_role_display(), "open": one.state(now) == Invitation.State.OPEN}
            for one in waiting
        ],
        "may_manage": may_manage,
        "now": now,
    }
    return render(request, "accounts/people.html", context)


# --- Inviting --------------------------------------------------------------------------------------------------


@resume.keeps_form
@reauthentication_required
@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def invite(request: PersonRequest, customer: Customer) -> HttpResponse:
    """Invite a colleague to the customer whom the form names."""
    data = resume.posted_or_put_aside(request)
    if data is not None and "customer" in data:
        customer = customer_named(request, str(data["customer"]))
    require(request.user, Capability.MANAGE_PEOPLE, customer)
    form = InviteForm(data, organisation=customer, roles=roles_to_invite(request.user, customer))
    if request.method == "POST" and form.is_valid():
        try:
            sent = invitations.invite(customer, actor=request.user, **form.cleaned_data)
        except invitations.InvitationError as error:
            form.add_error("email", str(error))
        else:
            messages.success(request, _("An invitation is on its way to %(email)s.") % {"email": sent.email})
            return redirect("accounts:people")
    context = {"form": form, "resume_token": resume.token_for(request.user.pk)}
    return render(request, "accounts/invite.html", context)


def _my_invitation(request: PersonRequest, pk: int) -> Invitation:
    """Return an invitation to a customer of the person's, provided that they look after its people."""
    rows = Invitation.objects.visible_to(request.user).filter(customer__in=Customer.objects.with_member(request.user))
    found = get_object_or_404(rows.select_related("customer__partner"), pk=pk)
    assert found.customer is not None
    require(request.user, Capability.MANAGE_PEOPLE, found.customer)
    return found


@reauthentication_required
@require_POST
@customer_page
def resend(request: PersonRequest, customer: Customer, pk: int) -> HttpResponse:
    """Send an invitation again, with a new link."""
    invitation = _my_invitation(request, pk)
    try:
        invitations.resend(invitation, actor=request.user)
    except invitations.InvitationError as error:
        messages.error(request, str(error))
    else:
        text = _("The invitation is on its way to %(email)s again. The link of the mail before works no longer.")
        messages.success(request, text % {"email": invitation.email})
    return redirect("accounts:people")


@require_POST
@customer_page
def revoke(request: PersonRequest, customer: Customer, pk: int) -> HttpResponse:
    """Withdraw an invitation."""
    invitation = _my_invitation(request, pk)
    try:
        invitations.revoke(invitation, actor=request.user)
    except invitations.InvitationError as error:
        messages.error(request, str(error))
    else:
        text = _("The invitation to %(email)s is withdrawn. Its link works no longer.")
        messages.success(request, text % {"email": invitation.email})
    return redirect("accounts:people")


# --- Roles -----------------------------------------------------------------------------------------------------


def _colleague(request: PersonRequest, pk: int) -> CustomerMembership:
    """Return the place of a colleague at one of the person's customers, provided that they look after its people."""
    membership = get_object_or_404(my_colleagues(request.user), pk=pk)
    show_as(request, membership.customer_id)
    require(request.user, Capability.MANAGE_PEOPLE, membership.customer)
    return membership


@reauthentication_required
@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def change_role(request: PersonRequest, customer: Customer, pk: int) -> HttpResponse:
    """Give a colleague, or oneself, another role."""
    membership = _colleague(request, pk)
    form = RoleForm(
        request.POST or None,
        organisation=membership.customer,
        roles=roles_to_invite(request.user, membership.customer),
        initial={"role": membership.role},
    )
    if request.method == "POST" and form.is_valid():
        try:
            memberships.change_role(membership, form.cleaned_data["role"], actor=request.user)
        except MembershipError as error:
            form.add_error("role", str(error))
        else:
            texts = {"person": membership.user, "role": label_of(membership.customer, form.cleaned_data["role"])}
            messages.success(request, _("The role of %(person)s: %(role)s.") % texts)
            return redirect("accounts:people")
    return render(request, "accounts/change_role.html", _about(membership, request.user) | {"form": form})


@reauthentication_required
@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def remove(request: PersonRequest, customer: Customer, pk: int) -> HttpResponse:
    """Remove a colleague, or oneself. GET says what that means, POST does it."""
    membership = _colleague(request, pk)
    if request.method == "POST":
        try:
            memberships.remove(membership, actor=request.user)
        except MembershipError as error:
            messages.error(request, str(error))
            return redirect("accounts:people")
        texts = {"person": membership.user, "customer": membership.customer}
        if membership.user_id == request.user.pk:
            messages.success(request, _("You do not belong to %(customer)s any more.") % texts)
            return redirect("home")
        messages.success(request, _("%(person)s does not belong to %(customer)s any more.") % texts)
        return redirect("accounts:people")
    return render(request, "accounts/remove.html", _about(membership, request.user))


def _about(membership: CustomerMembership, user: User) -> dict[str, Any]:
    return {
        "membership": membership,
        "myself": membership.user_id == user.pk,
        "is_last": memberships.is_last_in_charge(membership),
    }


# --- Joining ---------------------------------------------------------------------------------------------------


@reauthentication_required
@require_POST
@customer_page
def joining(request: PersonRequest, customer: Customer) -> HttpResponse:
    """Switch on or off that people of the customer's Microsoft tenant join without an invitation."""
    customer = customer_named(request, request.POST.get("customer", ""))
    allowed = request.POST.get("allowed") == "yes"
    try:
        memberships.let_tenant_join(customer, allowed, actor=request.user)
    except MembershipError as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request,
            _("People of your company join by signing in with Microsoft now.")
            if allowed
            else _("People join by invitation only now."),
        )
    return redirect("accounts:people")

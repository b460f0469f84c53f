"""What becomes of people who belong to an organisation: their role, and how they leave. How they come: ``invitations``."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts import mail
from accounts.models import Customer, CustomerMembership, Partner, PartnerMembership, User
from accounts.permissions import Capability, may_manage_people, not_included, require
from accounts.roles import roles_at
from portal.lib.acting import SITE, acting_as

type Membership = CustomerMembership | PartnerMembership

IN_CHARGE = frozenset({CustomerMembership.Role.ADMIN, PartnerMembership.Role.MANAGER})
"""The roles that no organisation may be left without."""


class MembershipError(Exception):
    """Something about people that cannot be done; its text is a sentence for the reader, in their language."""


class LastInCharge(MembershipError):
    """Nobody else would be in charge of the organisation."""


class NoLongerMember(MembershipError):
    """Somebody else was quicker: the person has left already."""


class OwnRole(MembershipError):
    """Nobody gives themselves a higher role."""


class TenantUnknown(MembershipError):
    """Without a tenant ID nobody can be recognised as the customer's."""


def organisation_of(membership: Membership) -> Customer | Partner:
    """Return where somebody belongs."""
    return membership.customer if isinstance(membership, CustomerMembership) else membership.partner


def lock[Organisation: Customer | Partner](organisation: Organisation) -> Organisation:
    """Return ``organisation`` as it is now; one transaction at a time changes who belongs to it.

    Rows that refer to it can be written meanwhile: nobody's request waits for somebody's new role. Raises
    PermissionDenied where whoever is acting does not see it (any more).
    """
    rows: Any = type(organisation)._default_manager
    locked: Organisation | None = rows.select_for_update(no_key=True).filter(pk=organisation.pk).first()
    if locked is None:
        raise not_included()
    return locked


def is_last_in_charge(membership: Membership) -> bool:
    """Return whether an organisation would be left without an admin or a manager if this person ceased to be it.

    Whoever is locked out is in charge of nothing.
    """
    if membership.role not in IN_CHARGE:
        return False
    others = organisation_of(membership).memberships.filter(role=membership.role).exclude(pk=membership.pk)
    return not others.filter(user__is_active=True).exists()


@transaction.atomic
def change_role(membership: Membership, role: str, *, actor: User) -> Membership:
    """Give somebody another role; it holds from their next request on. Managers of a partner hear of a new one.

    Raises PermissionDenied, LastInCharge, NoLongerMember, and OwnRole for a higher role than one's own has been.
    """
    current = _locked(membership, actor)
    organisation = organisation_of(current)
    order = roles_at(organisation).values
    if role not in order:
        raise ValueError(f"{role!r} is no role at {organisation}")
    if role == current.role:
        return current
    if current.user_id == actor.pk and order.index(role) > order.index(current.role):
        raise OwnRole(_("Nobody gives themselves a higher role. Ask somebody else who is in charge."))
    if is_last_in_charge(current):
        raise LastInCharge(_("Nobody else is in charge there. Put somebody else in charge first."))
    current.role = role
    current.save(update_fields=["role"])
    if isinstance(organisation, Partner) and role == PartnerMembership.Role.MANAGER:
        tell_managers(organisation, str(current.user), actor=actor, but=current.user)
    return current


@transaction.atomic
def remove(membership: Membership, *, actor: User) -> None:
    """Let somebody belong to an organisation no longer, from their next request on. What they asked for stays.

    Raises PermissionDenied, LastInCharge, NoLongerMember.
    """
    current = _locked(membership, actor)
    if is_last_in_charge(current):
        raise LastInCharge(_("Nobody else is in charge there. Put somebody else in charge first."))
    current.delete()


@transaction.atomic
def let_tenant_join(customer: Customer, allowed: bool, *, actor: User) -> None:
    """Say whether people of the customer's Microsoft tenant become viewers without an invitation.

    Raises PermissionDenied, TenantUnknown.
    """
    customer = lock(customer)
    require(actor, Capability.MANAGE_PEOPLE, customer)
    if allowed and customer.tenant_id is None:
        raise TenantUnknown(_("Your partner has to note your company's Microsoft tenant ID first."))
    customer.tenant_may_join = allowed
    customer.save(update_fields=["tenant_may_join"])


@acting_as(SITE)
def tell_managers(partner: Partner, who: str, *, actor: User, but: User | None = None, invited: bool = False) -> None:
    """Queue a mail to each of a partner's managers that ``who`` is to be one of them, except to whoever did it."""
    managers = User.objects.filter(
        partner_memberships__partner=partner, partner_memberships__role=PartnerMembership.Role.MANAGER, is_active=True
    ).exclude(pk__in=[actor.pk, but.pk if but else None])
    for manager in managers.order_by("pk"):
        context = {
            "partner": partner,
            "who": who,
            "actor": actor,
            "invited": invited,
            "link": settings.SITE_URL
            + reverse(f"admin:accounts_{'invitation' if invited else 'partnermembership'}_changelist"),
            "site_url": settings.SITE_URL,
        }
        with translation.override(mail.language_of(manager)), timezone.override(manager.zone):
            mail.queue(mail.render("emails/new_manager", context), recipient=manager.email)


def _locked(membership: Membership, actor: User) -> Membership:
    """Return the membership as it is now, the only one of its organisation that can change until the transaction ends."""
    organisation = organisation_of(membership)
    lock(organisation)
    if not may_manage_people(actor, organisation):
        raise not_included()
    current: Membership | None = (
        type(membership)._default_manager.select_related("user").filter(pk=membership.pk).first()
    )
    if current is None:
        raise NoLongerMember(_("This person does not belong to the organisation any more."))
    return current

"""What each role may do. The only module that turns a role into an answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from accounts.models import Customer, CustomerMembership, Partner, PartnerMembership, User


class Capability(StrEnum):
    """One thing a person may do, at a customer, at a partner or on the site."""

    VIEW_CUSTOMER = "view_customer"  # the customer's pages: subscriptions and requests
    ASK = "ask"  # file requests, and withdraw them
    MANAGE_PEOPLE = "manage_people"  # the customer's own people: invite, change roles, remove
    WORK_REQUESTS = "work_requests"  # the partner's desk
    MANAGE_CUSTOMERS = "manage_customers"  # customers, their people and subscriptions
    MANAGE_CATALOGUE = "manage_catalogue"  # the partner's offers
    MANAGE_COLLEAGUES = "manage_colleagues"  # the partner's own people
    MANAGE_OWN_PARTNER = "manage_own_partner"  # how the partner is reached, and when
    VIEW_FIGURES = "view_figures"  # how much comes in and how quickly it is done, by person too
    MANAGE_OWN_CONTENT = "manage_own_content"  # links and texts for the partner's own customers
    MANAGE_CONTENT = "manage_content"  # links and texts for everybody's customers, the product catalogue
    MANAGE_PARTNERS = "manage_partners"  # partners and everybody's accounts


CUSTOMER_CAPABILITIES: dict[str, frozenset[Capability]] = {
    CustomerMembership.Role.VIEWER: frozenset({Capability.VIEW_CUSTOMER}),
    CustomerMembership.Role.REQUESTER: frozenset({Capability.VIEW_CUSTOMER, Capability.ASK}),
    CustomerMembership.Role.ADMIN: frozenset({Capability.VIEW_CUSTOMER, Capability.ASK, Capability.MANAGE_PEOPLE}),
}
OWN_PEOPLE_ONLY = frozenset().union(*CUSTOMER_CAPABILITIES.values())
"""What nobody does for a customer who does not belong to it, superusers included."""
PARTNER_CAPABILITIES: dict[str, frozenset[Capability]] = {
    PartnerMembership.Role.AGENT: frozenset({Capability.WORK_REQUESTS}),
    PartnerMembership.Role.MANAGER: frozenset(
        {
            Capability.WORK_REQUESTS,
            Capability.MANAGE_CUSTOMERS,
            Capability.MANAGE_CATALOGUE,
            Capability.MANAGE_COLLEAGUES,
            Capability.MANAGE_OWN_PARTNER,
            Capability.VIEW_FIGURES,
            Capability.MANAGE_OWN_CONTENT,
        }
    ),
}
STAFF_CAPABILITIES = frozenset({Capability.MANAGE_CONTENT, Capability.MANAGE_PARTNERS})


@dataclass(frozen=True)
class Roles:
    """A person's roles: by the customer's and by the partner's primary key."""

    at_customers: dict[int, str]
    at_partners: dict[int, str]


def roles_of(user: User) -> Roles:
    """Return the roles of ``user``; read from the database once for each user object, that is once per request."""
    cached: Roles | None = getattr(user, "_roles", None)
    if cached is None:
        found = User.objects.filter(pk=user.pk).values(**roles_along()).first()
        cached = know_roles(user, found or {name: [] for name in roles_along()})
    return cached


def person_with_roles(pk: int) -> User | None:
    """Return a person who knows their roles, both read in one statement; None: there is nobody with this key."""
    user = _people_with_roles().filter(pk=pk).first()
    if user is not None:
        know_roles(user, vars(user))
    return user


@cache
def _people_with_roles() -> QuerySet[User]:
    """Return everybody with their roles, built once for the process: nearly every page asks for one of them."""
    return User.objects.annotate(**roles_along()).order_by()


def roles_along(person: str = "pk") -> dict[str, ArraySubquery]:
    """Return annotations that read the roles of whom the column ``person`` names; :func:`know_roles` takes them."""
    of = {"user": OuterRef(person)}
    at_customers = CustomerMembership.objects.filter(**of).values(one=JSONObject(at="customer_id", role="role"))
    at_partners = PartnerMembership.objects.filter(**of).values(one=JSONObject(at="partner_id", role="role"))
    return {"roles_at_customers": ArraySubquery(at_customers), "roles_at_partners": ArraySubquery(at_partners)}


def know_roles(user: User, row: Mapping[str, Any]) -> Roles:
    """Let ``user`` have the roles that ``row`` was annotated with, so that nobody asks for them again; return them."""
    roles = Roles(
        at_customers={one["at"]: one["role"] for one in row["roles_at_customers"]},
        at_partners={one["at"]: one["role"] for one in row["roles_at_partners"]},
    )
    user._roles = roles  # type: ignore[attr-defined]
    return roles


def _capabilities_at(user: User, where: Customer | Partner | None) -> Iterable[Capability]:
    roles = roles_of(user)
    if isinstance(where, Customer):
        yield from CUSTOMER_CAPABILITIES.get(roles.at_customers.get(where.pk, ""), ())
        yield from PARTNER_CAPABILITIES.get(roles.at_partners.get(where.partner_id, ""), ())
    elif isinstance(where, Partner):
        yield from PARTNER_CAPABILITIES.get(roles.at_partners.get(where.pk, ""), ())
    elif user.is_staff:
        yield from STAFF_CAPABILITIES


def can(user: User | AnonymousUser, capability: Capability, where: Customer | Partner | None = None) -> bool:
    """Return whether ``user`` has ``capability`` at ``where``: a customer, a partner, or the site itself (None).

    A superuser has every capability everywhere except those of a customer's own people: nobody asks in a
    customer's name who does not belong to it.
    """
    if not isinstance(user, User) or not user.is_active:
        return False
    if user.is_superuser and capability not in OWN_PEOPLE_ONLY:
        return True
    return capability in _capabilities_at(user, where)


def require(user: User, capability: Capability, where: Customer | Partner | None = None) -> None:
    """Raise PermissionDenied, with a sentence for the reader, unless ``user`` has ``capability`` at ``where``."""
    if not can(user, capability, where):
        raise not_included()


def not_included() -> PermissionDenied:
    """Return the refusal of whoever is in the right place and lacks the role, with a sentence for the reader."""
    return PermissionDenied(_("Your role does not include this. Ask an admin of your company or your partner."))


def can_anywhere(user: User | AnonymousUser, capability: Capability) -> bool:
    """Return whether ``user`` has ``capability`` on the site or at any partner or customer."""
    if can(user, capability):
        return True
    if not isinstance(user, User) or not user.is_active:
        return False
    roles = roles_of(user)
    return any(capability in CUSTOMER_CAPABILITIES.get(role, ()) for role in roles.at_customers.values()) or any(
        capability in PARTNER_CAPABILITIES.get(role, ()) for role in roles.at_partners.values()
    )


def partners_where(user: User, *capabilities: Capability) -> list[int] | None:
    """Return the primary keys of the partners where ``user`` has one of ``capabilities``; None: at every partner."""
    if not user.is_active:
        return []
    if any(can(user, capability) for capability in capabilities):
        return None
    wanted = set(capabilities)
    return [
        pk for pk, role in roles_of(user).at_partners.items() if wanted & PARTNER_CAPABILITIES.get(role, frozenset())
    ]


def customer_roles_with(capability: Capability) -> list[str]:
    """Return the roles at a customer that include ``capability``."""
    return [role for role, capabilities in CUSTOMER_CAPABILITIES.items() if capability in capabilities]


def people_who(capability: Capability, partner_id: int) -> QuerySet[User]:
    """Return the people of a partner's team who have ``capability`` there and may sign in, by name."""
    roles = [role for role, capabilities in PARTNER_CAPABILITIES.items() if capability in capabilities]
    team = PartnerMembership.objects.filter(partner_id=partner_id, role__in=roles).values("user_id")
    return User.objects.filter(pk__in=team, is_active=True).order_by("name", "pk")


def may_enter_desk(user: User | AnonymousUser) -> bool:
    """Return whether the admin is open to ``user``: partner people, staff and superusers."""
    if not isinstance(user, User) or not user.is_active:
        return False
    return user.is_staff or user.is_superuser or bool(roles_of(user).at_partners)


def may_manage_people(user: User | AnonymousUser, organisation: Customer | Partner) -> bool:
    """Return whether ``user`` looks after the people of ``organisation``: changes roles, removes, withdraws invitations.

    A customer's admins and its partner's managers do so for the customer, a partner's managers and staff for the partner.
    """
    if isinstance(organisation, Customer):
        return can(user, Capability.MANAGE_PEOPLE, organisation) or can(user, Capability.MANAGE_CUSTOMERS, organisation)
    return can(user, Capability.MANAGE_COLLEAGUES, organisation) or can(user, Capability.MANAGE_PARTNERS)


def roles_to_invite(user: User | AnonymousUser, organisation: Customer | Partner) -> list[str]:
    """Return the roles that ``user`` may invite people to at ``organisation``. Staff invite partners' managers only."""
    if not may_manage_people(user, organisation):
        return []
    if isinstance(organisation, Customer):
        return list(CustomerMembership.Role)
    if can(user, Capability.MANAGE_COLLEAGUES, organisation):
        return list(PartnerMembership.Role)
    return [PartnerMembership.Role.MANAGER]

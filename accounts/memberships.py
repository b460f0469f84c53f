"""How people come to belong to an organisation, and cease to."""

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import mail
from accounts.models import Customer, CustomerMembership, Partner, PartnerMembership, User
from accounts.permissions import Capability, can, require
from portal.lib.acting import SITE, acting_as


class AlreadyMember(Exception):
    """The person belongs to the organisation already; the text is a sentence for the reader."""


@transaction.atomic
def add_to_customer(
    customer: Customer,
    *,
    email: str,
    name: str,
    role: CustomerMembership.Role,
    actor: User,
    language: str = "",
) -> CustomerMembership:
    """Let a person belong to a customer; an address nobody has used before becomes a new person.

    Queues a mail that leads to setting a password. Raises PermissionDenied, AlreadyMember.
    """
    require(actor, Capability.MANAGE_CUSTOMERS, customer)
    user = _person(email, name, language, actor)
    membership, created = CustomerMembership.objects.get_or_create(
        user=user, customer=customer, defaults={"role": role}
    )
    if not created:
        raise AlreadyMember(_("%(person)s belongs to %(organisation)s already.") % _names(user, customer))
    _welcome(user, customer)
    return membership


@transaction.atomic
def add_to_partner(
    partner: Partner, *, email: str, name: str, role: PartnerMembership.Role, actor: User, language: str = ""
) -> PartnerMembership:
    """Let a person work for a partner; otherwise as :func:`add_to_customer`."""
    if not can(actor, Capability.MANAGE_PARTNERS):
        require(actor, Capability.MANAGE_COLLEAGUES, partner)
    user = _person(email, name, language, actor)
    membership, created = PartnerMembership.objects.get_or_create(user=user, partner=partner, defaults={"role": role})
    if not created:
        raise AlreadyMember(_("%(person)s belongs to %(organisation)s already.") % _names(user, partner))
    _welcome(user, partner)
    return membership


def is_last_in_charge(membership: CustomerMembership | PartnerMembership) -> bool:
    """Return whether an organisation would be left without an admin or a manager if this person ceased to be it."""
    in_charge = {CustomerMembership.Role.ADMIN, PartnerMembership.Role.MANAGER}
    organisation = membership.customer if isinstance(membership, CustomerMembership) else membership.partner
    if membership.role not in in_charge:
        return False
    return not organisation.memberships.filter(role=membership.role).exclude(pk=membership.pk).exists()


@acting_as(SITE)
def _person(email: str, name: str, language: str, actor: User) -> User:
    """Return who has this address, else a new person: in the time zone of whoever adds them, until they say."""
    address = email.strip().lower()
    known = User.objects.filter(email=address).first()
    # Whoever wanted to change to this address and never proved that it is theirs has no claim to it any more.
    EmailAddress.objects.filter(email__iexact=address, verified=False).exclude(user=known).delete()
    return known or User.objects.create_user(
        address, name=name.strip(), language=language, last_language=actor.language, time_zone=actor.time_zone
    )


def _names(user: User, organisation: Customer | Partner) -> dict[str, str]:
    return {"person": user.email, "organisation": str(organisation)}


def _welcome(user: User, organisation: Customer | Partner) -> None:
    context = {
        "user": user,
        "organisation": organisation,
        "is_new": not user.has_usable_password(),
        "link": settings.SITE_URL + reverse("account_reset_password" if not user.has_usable_password() else "home"),
        "site_url": settings.SITE_URL,
    }
    with translation.override(mail.language_of(user)):
        mail.queue(mail.render("emails/welcome", context), recipient=user.email)

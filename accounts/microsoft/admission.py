"""Who gets in with Microsoft (docs/decisions/0010-microsoft-sign-in.md). Everybody else is a stranger."""

import logging

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.db import IntegrityError, connection
from django.http import HttpRequest

from accounts.microsoft.id_token import Identity
from accounts.microsoft.problems import Kind, Problem
from accounts.models import Customer, CustomerMembership, CustomerQuerySet, User
from portal.lib.acting import SITE, acting_as

logger = logging.getLogger("accounts.microsoft")


def admit(request: HttpRequest, login: SocialLogin, identity: Identity) -> None:
    """Find or make the person behind a sign-in, connect their Microsoft account, let them join their company.

    Raises Problem, and writes nothing then. Somebody who may not sign in joins nothing; allauth turns them away.
    """
    try:
        with acting_as(SITE):  # looks beyond what a visitor may see: people by address, customers by tenant
            _wait_for_other_windows(identity)
            if not login.is_existing:
                login.lookup()
            if not login.is_existing:
                login.connect(request, _known_by_address(identity) or _newcomer(identity))
            if login.user.is_active:
                _join(login.user, identity)
    except IntegrityError:  # somebody was given this address at the same moment, and the next try finds them
        raise Problem(Kind.EXPIRED, "somebody was faster") from None


def _wait_for_other_windows(identity: Identity) -> None:
    """Let one sign-in with a Microsoft account wait for another one's transaction: the first makes the person."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"microsoft {identity.uid}"])


def _stranger(identity: Identity, reason: str) -> Problem:
    return Problem(Kind.NO_ACCESS, f"{reason}, tenant {identity.tenant}", username=identity.username)


def _known_by_address(identity: Identity) -> User | None:
    """Return the person whose address Microsoft vouches for, None where nobody here has it. Raises Problem.

    The company that runs the tenant can give any of its addresses to anybody. So it opens only accounts that reach
    no further than this company, and only until a Microsoft account is connected.
    """
    if not identity.email:
        raise _stranger(identity, "address not vouched for")
    user = User.objects.filter(email__iexact=identity.email).first()
    if user is None:
        return None
    tenants = set(user.customer_memberships.values_list("customer__tenant_id", "customer__cloud"))
    theirs = {(identity.tenant, cloud.value) for cloud in identity.registration.clouds}
    reaches_further = user.is_staff or user.is_superuser or user.partner_memberships.exists() or not tenants <= theirs
    if not user.is_active or not tenants or reaches_further or identity.is_guest:
        raise _stranger(identity, "somebody has this address")
    if SocialAccount.objects.filter(user=user).exists():
        raise _stranger(identity, "another account is connected")
    _vouch(user)
    return user


def _newcomer(identity: Identity) -> User:
    """Make a person out of somebody whose company lets its people join. Raises Problem."""
    if identity.is_guest or not _open_customers(identity).exists():
        raise _stranger(identity, "nobody here")
    # Whoever wanted to change to this address and never proved that it is theirs has no claim to it any more.
    EmailAddress.objects.filter(email__iexact=identity.email, verified=False).delete()
    name = identity.name or identity.email.partition("@")[0]
    user = User.objects.create_user(identity.email, name=name)
    _vouch(user)
    return user


def _vouch(user: User) -> None:
    """Take Microsoft's word for a person's address instead of a mail."""
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})


def _open_customers(identity: Identity) -> CustomerQuerySet:
    return Customer.objects.filter(
        tenant_may_join=True, tenant_id=identity.tenant, cloud__in=identity.registration.clouds
    )


def _join(user: User, identity: Identity) -> None:
    """Make a person a viewer of their company, unless they belong to it or were removed from it."""
    if identity.is_guest:
        return
    for customer in _open_customers(identity).exclude(memberships__user=user).exclude(former_members__user=user):
        CustomerMembership.objects.create(user=user, customer=customer, role=CustomerMembership.Role.VIEWER)
        logger.info("Person %s joined customer %s by its tenant", user.pk, customer.pk)

"""How people come to belong to an organisation: somebody invites an address, and whoever reads its mail accepts.

A link works for seven days, once, for the person of that address, at that organisation. Only its digest is kept.
"""

import datetime
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts import mail
from accounts.memberships import Membership, MembershipError, lock, tell_managers
from accounts.models import Customer, CustomerMembership, Invitation, Partner, PartnerMembership, User
from accounts.permissions import may_manage_people, not_included, roles_to_invite
from accounts.roles import YOU_MAY, label_of
from portal.lib.acting import SITE, acting_as
from portal.lib.display import duration

VALID_FOR = datetime.timedelta(days=7)
MOST_OPEN = 100
"""Invitations of one organisation that wait for an answer at the same time, expired ones included."""
MOST_A_DAY = 200
"""Invitations of one organisation in 24 hours: nobody makes this site a source of unwanted mail."""
MOST_TO_ONE_ADDRESS = 5
"""Invitations of one organisation to one address in 24 hours, withdrawn ones included."""
MOST_SENDINGS = 10
PAUSE = datetime.timedelta(minutes=5)
"""How long an invitation is not sent again after it was sent."""
DAY = datetime.timedelta(days=1)


class InvitationError(MembershipError):
    """An invitation that cannot be made, sent or accepted; its text is a sentence for the reader."""


class AlreadyMember(InvitationError):
    """The person belongs to the organisation already."""


class AlreadyInvited(InvitationError):
    """An invitation to this address is waiting for an answer."""


class OwnAddress(InvitationError):
    """Nobody invites themselves."""


class TooMany(InvitationError):
    """Too many invitations are open, or were sent lately."""


class NotOpen(InvitationError):
    """The invitation was accepted, withdrawn or has expired, or there never was one; ``state`` says which."""

    def __init__(self, state: Invitation.State | None) -> None:
        super().__init__(_("This invitation is not open any more."))
        self.state = state


class WrongPerson(InvitationError):
    """The invitation was sent to another address than this person's."""


class SignInFirst(InvitationError):
    """Somebody signs in with this address already: they accept after they have."""


@dataclass(frozen=True)
class Accepted:
    """What came of an invitation; ``was_member`` where the person belonged to the organisation before, as before."""

    membership: Membership
    invitation: Invitation
    was_member: bool


# --- Inviting --------------------------------------------------------------------------------------------------


@transaction.atomic
def invite(
    organisation: Customer | Partner, *, email: str, role: str, actor: User, name: str = "", language: str = ""
) -> Invitation:
    """Ask whoever reads the mail of ``email`` to belong to ``organisation``; queues that mail.

    An invitation to the same address that has expired is withdrawn. A partner's managers hear of a new manager.
    Raises PermissionDenied where ``actor`` may not give this role there, OwnAddress, AlreadyMember, AlreadyInvited,
    TooMany.
    """
    now = timezone.now()
    address = email.strip().lower()
    lock(organisation)
    check(organisation, email=address, role=role, actor=actor)
    Invitation.objects.to(organisation).unanswered().filter(email=address).update(revoked_at=now)  # it has expired
    invitation = Invitation(
        email=address,
        name=name.strip(),
        language=language,
        partner=organisation.partner if isinstance(organisation, Customer) else organisation,
        customer=organisation if isinstance(organisation, Customer) else None,
        role=role,
        invited_by=actor,
        created_at=now,
    )
    _send(invitation, actor, now)
    if role == PartnerMembership.Role.MANAGER and isinstance(organisation, Partner):
        tell_managers(organisation, address, actor=actor, invited=True)
    return invitation


def check(organisation: Customer | Partner, *, email: str, role: str, actor: User) -> None:
    """Raise what :func:`invite` would refuse with, and change nothing: for forms that say so kindly."""
    now = timezone.now()
    address = email.strip().lower()
    if role not in roles_to_invite(actor, organisation):
        raise not_included()
    if is_address_of(actor, address):
        if organisation.memberships.filter(user=actor).exists():
            raise OwnAddress(_("This is your own address, and you belong here already."))
        raise OwnAddress(_("This is your own address. Somebody else who is in charge has to invite you."))
    if organisation.memberships.filter(user__email=address).exists():
        raise AlreadyMember(_("This person belongs to the organisation already."))
    invitations = Invitation.objects.to(organisation)
    waiting = invitations.unanswered().filter(email=address).first()
    if waiting is not None and waiting.state(now) == Invitation.State.OPEN:
        raise AlreadyInvited(_("This address has been invited already. You can send the invitation again."))
    lately = invitations.filter(created_at__gt=now - DAY)
    if lately.filter(email=address).count() >= MOST_TO_ONE_ADDRESS:
        raise TooMany(_("This address has been invited too often today. Try again tomorrow."))
    if invitations.unanswered().exclude(email=address).count() >= MOST_OPEN:
        raise TooMany(
            _("%(count)d invitations are waiting for an answer. Withdraw some before you invite more people.")
            % {"count": MOST_OPEN}
        )
    if lately.count() >= MOST_A_DAY:
        raise TooMany(_("%(count)d people have been invited today. Try again tomorrow.") % {"count": MOST_A_DAY})


@transaction.atomic
def resend(invitation: Invitation, *, actor: User) -> Invitation:
    """Send an invitation again, with a new link that works for seven days; the old link dies.

    Raises PermissionDenied, NotOpen once it was accepted or withdrawn, TooMany within five minutes or after ten times.
    """
    now = timezone.now()
    current = _locked(invitation)
    if current.role not in roles_to_invite(actor, current.organisation):
        raise not_included()
    if current.accepted_at or current.revoked_at:
        raise NotOpen(current.state(now))
    if now < current.last_sent_at + PAUSE:
        raise TooMany(
            _("This invitation was sent %(time)s ago. Give it a few minutes, and have them look into the spam folder.")
            % {"time": duration(now - current.last_sent_at, 1)}
        )
    if current.times_sent >= MOST_SENDINGS:
        raise TooMany(_("This invitation was sent too often. Withdraw it, and ask the person for another address."))
    current.times_sent += 1
    _send(current, actor, now)
    return current


@transaction.atomic
def revoke(invitation: Invitation, *, actor: User) -> Invitation:
    """Withdraw an invitation: its link dies. Withdrawing twice is no error.

    Raises PermissionDenied, NotOpen once it was accepted.
    """
    now = timezone.now()
    current = _locked(invitation)
    if not may_manage_people(actor, current.organisation):
        raise not_included()
    if current.accepted_at:
        raise NotOpen(Invitation.State.ACCEPTED)
    if current.revoked_at is None:
        current.revoked_at = now
        current.save(update_fields=["revoked_at"])
    return current


def _locked(invitation: Invitation) -> Invitation:
    rows = Invitation.objects.select_for_update(of=("self",)).select_related("customer__partner", "partner")
    return rows.get(pk=invitation.pk)


def _send(invitation: Invitation, actor: User, now: datetime.datetime) -> None:
    """Keep the invitation with the digest of a new token, and queue the mail that carries the token."""
    token = secrets.token_urlsafe(32)
    invitation.token_digest = digest(token)
    invitation.last_sent_at, invitation.expires_at = now, now + VALID_FOR
    invitation.save()
    known = person_with(invitation.email)
    chosen = (known and known.language) or invitation.language or (known and known.last_language)
    language = chosen or mail.language_of(actor)
    context: dict[str, Any] = {
        "invitation": invitation,
        "organisation": invitation.organisation,
        "actor": actor,
        "you_may": YOU_MAY[invitation.role],
        "link": settings.SITE_URL + reverse("accounts:invitation", args=[token]),
        "site_url": settings.SITE_URL,
    }
    with translation.override(language), timezone.override((known or actor).zone):
        context["role"] = label_of(invitation.organisation, invitation.role)
        mail.queue(mail.render("emails/invitation", context), recipient=invitation.email)


# --- Accepting -------------------------------------------------------------------------------------------------


def digest(token: str) -> str:
    """Return what is kept of a token: enough to know it again, useless to whoever reads the table."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


@acting_as(SITE)
def find(token: str) -> Invitation | None:
    """Return the invitation that a link stands for, whoever follows it."""
    rows = Invitation.objects.select_related("customer__partner", "partner", "invited_by")
    return rows.filter(token_digest=digest(token)).first()


@acting_as(SITE)
def person_with(address: str) -> User | None:
    """Return who signs in with this address, at whatever organisation, locked out or not."""
    proved = EmailAddress.objects.filter(email=address, verified=True).values("user_id")
    return User.objects.filter(Q(email=address) | Q(pk__in=proved)).order_by("pk").first()


def is_address_of(user: User, address: str) -> bool:
    """Return whether ``address`` is one of the person's own."""
    return user.email == address or EmailAddress.objects.filter(user=user, email=address, verified=True).exists()


@acting_as(SITE)
def accept(token: str, *, actor: User) -> Accepted:
    """Let the person who is signed in belong to where they were invited; whoever did before keeps their role.

    Raises NotOpen, and WrongPerson where the invitation went to somebody else or the person is locked out.
    """
    now = timezone.now()
    invitation = _claim(token, now)
    if not actor.is_active or not is_address_of(actor, invitation.email):
        raise WrongPerson(_("This invitation was sent to another address than yours."))
    return _join(invitation, actor, now)


def accept_as_new_person(token: str, *, name: str, password: str) -> Accepted:
    """Make an account for the invited address, which the mailed link proves, and let it belong to where it was invited.

    Starts in the time zone of whoever invited. Raises NotOpen, and SignInFirst where the address has an account.
    """
    now = timezone.now()
    try:
        with acting_as(SITE):
            invitation = _claim(token, now)
            if person_with(invitation.email) is not None:
                raise SignInFirst(_("Sign in first: this address has an account."))
            return _join(invitation, _new_person(invitation, name, password), now)
    except IntegrityError as error:  # two invitations of one address, accepted at the same moment
        raise SignInFirst(_("Sign in first: this address has an account.")) from error


def _claim(token: str, now: datetime.datetime) -> Invitation:
    """Return the open invitation of this link; nobody else can answer it until the transaction ends."""
    rows = Invitation.objects.select_for_update(of=("self",)).select_related("customer", "partner", "invited_by")
    invitation = rows.filter(token_digest=digest(token)).first()
    if invitation is None:
        raise NotOpen(None)
    if (state := invitation.state(now)) != Invitation.State.OPEN:
        raise NotOpen(state)
    return invitation


def _new_person(invitation: Invitation, name: str, password: str) -> User:
    # Whoever wanted to change to this address and never proved that it is theirs has no claim to it any more.
    EmailAddress.objects.filter(email__iexact=invitation.email, verified=False).delete()
    zone = {"time_zone": invitation.invited_by.time_zone} if invitation.invited_by else {}
    user = User.objects.create_user(invitation.email, password, name=name.strip(), **zone)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def _join(invitation: Invitation, user: User, now: datetime.datetime) -> Accepted:
    membership: Membership
    if invitation.customer is not None:
        membership, created = CustomerMembership.objects.get_or_create(
            user=user, customer=invitation.customer, defaults={"role": invitation.role}
        )
    else:
        membership, created = PartnerMembership.objects.get_or_create(
            user=user, partner=invitation.partner, defaults={"role": invitation.role}
        )
    invitation.accepted_at, invitation.accepted_by = now, user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    return Accepted(membership, invitation, was_member=not created)

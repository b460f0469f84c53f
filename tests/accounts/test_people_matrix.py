"""Everybody of the cast, everything that is done with people, every organisation: in the code, and over HTTP."""

import datetime
import re

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts import invitations, memberships
from accounts.models import Customer, CustomerMembership, Invitation, PartnerMembership, User
from tests import factories

PLACES = ["customer", "sibling", "foreign_customer", "partner", "other_partner"]
MAY = {
    "alice": {"customer"},
    "bob": set(),
    "carol": set(),
    "charlie": {"sibling"},
    "dana": set(),
    "max": {"customer", "sibling", "partner"},
    "erin": {"foreign_customer", "other_partner"},
    "frank": {"foreign_customer"},
    "sam": {"partner", "other_partner"},
    "root": set(PLACES),
}
"""Where each of the cast looks after people, written down by hand."""

INVITES_AGENTS = {"max": {"partner"}, "erin": {"other_partner"}, "root": {"partner", "other_partner"}}
"""Who invites agents: staff do not."""


def lowest(organisation):
    return "viewer" if isinstance(organisation, Customer) else "agent"


def highest(organisation):
    return "admin" if isinstance(organisation, Customer) else "manager"


def somebody_at(organisation):
    """Return the place of a further person, in the lowest role."""
    person = factories.person(f"somebody{User.objects.count()}")
    if isinstance(organisation, Customer):
        return CustomerMembership.objects.create(user=person, customer=organisation, role="viewer")
    return PartnerMembership.objects.create(user=person, partner=organisation, role="agent")


def invited_to(organisation):
    """Return an invitation to the highest role, sent a while ago."""
    now = timezone.now() - datetime.timedelta(hours=1)
    is_customer = isinstance(organisation, Customer)
    return Invitation.objects.create(
        email="invited@example.com",
        partner=organisation.partner if is_customer else organisation,
        customer=organisation if is_customer else None,
        role=highest(organisation),
        token_digest=f"{Invitation.objects.count()}",
        created_at=now,
        last_sent_at=now,
        expires_at=now + invitations.VALID_FOR,
    )


ACTIONS = {
    "invite": lambda where, actor: invitations.invite(where, email="x@example.com", role=highest(where), actor=actor),
    "resend": lambda where, actor: invitations.resend(invited_to(where), actor=actor),
    "revoke": lambda where, actor: invitations.revoke(invited_to(where), actor=actor),
    "change_role": lambda where, actor: memberships.change_role(somebody_at(where), highest(where), actor=actor),
    "remove": lambda where, actor: memberships.remove(somebody_at(where), actor=actor),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("name", MAY)
def test_who_may_do_what_where(cast, name, action, place):
    where, actor = getattr(cast, place), getattr(cast, name)
    if place in MAY[name]:
        ACTIONS[action](where, actor)
    else:
        with pytest.raises(PermissionDenied):
            ACTIONS[action](where, actor)


@pytest.mark.parametrize("place", ["partner", "other_partner"])
@pytest.mark.parametrize("name", MAY)
def test_who_invites_agents(cast, name, place):
    def invite():
        return invitations.invite(getattr(cast, place), email="x@example.com", role="agent", actor=getattr(cast, name))

    if place in INVITES_AGENTS.get(name, ()):
        assert invite().role == "agent"
    else:
        with pytest.raises(PermissionDenied):
            invite()


@pytest.mark.parametrize("place", ["customer", "partner"])
@pytest.mark.parametrize("action", ACTIONS)
def test_who_is_locked_out_does_nothing(cast, place, action):
    User.objects.filter(pk=cast.max.pk).update(is_active=False)
    with pytest.raises(PermissionDenied):
        ACTIONS[action](getattr(cast, place), User.objects.get(pk=cast.max.pk))


def test_nobody_gives_themselves_a_higher_role(cast):
    staff_agent = PartnerMembership.objects.create(user=cast.sam, partner=cast.partner, role="agent")
    viewer = CustomerMembership.objects.create(user=cast.max, customer=cast.customer, role="viewer")
    own = [(staff_agent, "manager", cast.sam), (viewer, "requester", cast.max), (viewer, "admin", cast.max)]
    for membership, role, actor in own:
        with pytest.raises(memberships.OwnRole):
            memberships.change_role(membership, role, actor=User.objects.get(pk=actor.pk))
    staff_agent.refresh_from_db()
    assert staff_agent.role == "agent"


@pytest.mark.parametrize(("place", "role"), [("customer", "manager"), ("partner", "admin"), ("customer", "nonsense")])
def test_role_of_another_kind_of_organisation_is_none(cast, place, role):
    with pytest.raises(ValueError, match="is no role at"):
        memberships.change_role(somebody_at(getattr(cast, place)), role, actor=cast.max)
    with pytest.raises(PermissionDenied):
        invitations.invite(getattr(cast, place), email="x@example.com", role=role, actor=cast.max)


# --- Over HTTP -------------------------------------------------------------------------------------------------


def state_of(where):
    """Return everything that the actions could change."""
    return (
        list(Invitation.objects.to(where).order_by("pk").values()),
        list(where.memberships.order_by("pk").values("pk", "role", "user")),
    )


ANSWERS = {"alice": {"customer": 302}, "charlie": {"sibling": 302}, "frank": {"foreign_customer": 302},
           "bob": {"customer": 403}, "carol": {"customer": 403}}  # fmt: skip
"""What the customer's pages answer; everything else is 404, as for a row that does not exist."""


@pytest.mark.parametrize("place", ["customer", "sibling", "foreign_customer"])
@pytest.mark.parametrize("name", MAY)
def test_customers_pages_answer_outsiders_as_if_nothing_were_there(client, cast, name, place):
    where = getattr(cast, place)
    somebody, invited = somebody_at(where).pk, invited_to(where).pk
    client.force_login(getattr(cast, name))
    posts = {
        "invite": ("/people/invite/", {"customer": where.pk, "email": "x@example.com", "role": "admin"}),
        "resend": (f"/people/invitations/{invited}/resend/", {}),
        "revoke": (f"/people/invitations/{invited}/revoke/", {}),
        "change_role": (f"/people/{somebody}/role/", {"role": "admin"}),
        "remove": (f"/people/{somebody}/remove/", {}),
    }
    assert list(posts) == list(ACTIONS)
    at_desk = name in ("dana", "max", "erin", "sam", "root")
    for action, (address, form) in posts.items():
        before = state_of(where)
        answer = client.post(address, form)
        expected = 302 if at_desk else ANSWERS[name].get(place, 404)
        assert answer.status_code == expected, action
        if at_desk:
            assert answer.url == "/admin/"
        changed = state_of(where) != before
        assert changed is (expected == 302 and not at_desk), action


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", MAY)
def test_desk_answers_outsiders_as_if_nothing_were_there(client, cast, name, place):
    where = getattr(cast, place)
    kind = "customer" if isinstance(where, Customer) else "partner"
    somebody, invited = somebody_at(where).pk, invited_to(where).pk
    client.force_login(getattr(cast, name))
    new = {"organisation": f"{kind}-{where.pk}", "email": "x@example.com", "role": highest(where)}
    posts = {
        "invite": ("/admin/accounts/invitation/add/", new),
        "resend": (f"/admin/accounts/invitation/{invited}/resend/", {}),
        "revoke": (f"/admin/accounts/invitation/{invited}/revoke/", {}),
        "change_role": (f"/admin/accounts/{kind}membership/{somebody}/change/", {"role": highest(where)}),
        "remove": (f"/admin/accounts/{kind}membership/{somebody}/delete/", {"post": "yes"}),
    }
    may = place in MAY[name] and name in ("max", "erin", "sam", "root")
    for action, (address, form) in posts.items():
        before = state_of(where)
        answer = client.post(address, form)
        if not may and action != "invite" and name != "dana":  # the same answer as for a row that does not exist
            missing = client.post(
                address.replace(f"/{invited}/", "/999999/").replace(f"/{somebody}/", "/999999/"), form
            )
            here, there = (re.sub(r"/\d+/", "/…/", one.headers.get("location", "")) for one in (answer, missing))
            assert (answer.status_code, here) == (missing.status_code, there), action
        assert (state_of(where) != before) is may, action

"""Several people at the same moment: an organisation keeps somebody in charge, an invitation is accepted once."""

import pytest
from django.core.exceptions import PermissionDenied

from accounts import invitations, memberships
from accounts.models import Customer, CustomerMembership, Invitation, User
from accounts.permissions import roles_of
from portal.lib.acting import NOBODY
from tests.at_once import PEOPLE, at_once
from tests.conftest import make_cast
from tests.jobs import mailed_link

pytestmark = pytest.mark.django_db(transaction=True)


def demote(membership, actor):
    return memberships.change_role(membership, "viewer", actor=actor)


def remove(membership, actor):
    return memberships.remove(membership, actor=actor)


@pytest.mark.parametrize("act", [demote, remove])
@pytest.mark.parametrize("who", ["each other", "their partner's manager"])
def test_one_of_the_two_last_admins_stays(act, who):
    cast = make_cast()
    CustomerMembership.objects.filter(user=cast.bob).update(role="admin")
    both = list(CustomerMembership.objects.filter(customer=cast.customer, role="admin").order_by("pk"))
    actors = [User.objects.get(pk=cast.max.pk if who != "each other" else both[n % 2].user_id) for n in range(PEOPLE)]
    for actor in actors:
        roles_of(actor)  # what they might do when their request began

    results = at_once(
        lambda number: act(CustomerMembership.objects.get(pk=both[(number + 1) % 2].pk), actors[number]),
        [actor.pk for actor in actors],
    )
    assert CustomerMembership.objects.filter(customer=cast.customer, role="admin").count() == 1
    refused = [type(one) for one in results if isinstance(one, Exception)]
    assert len(refused) in (PEOPLE // 2, PEOPLE - 1)  # to demote twice is no error, to remove twice is
    # Whoever was removed a moment ago sees nothing any more; whoever was not meets the last one in charge.
    assert set(refused) <= {
        memberships.LastInCharge, memberships.NoLongerMember, PermissionDenied, Customer.DoesNotExist, CustomerMembership.DoesNotExist}  # fmt: skip


def test_invitation_is_accepted_once_by_somebody_new():
    cast = make_cast()
    invitations.invite(cast.customer, email="new@example.com", role="viewer", actor=cast.alice)
    token = mailed_link().split("/")[2]
    results = at_once(
        lambda number: invitations.accept_as_new_person(token, name=f"N{number}", password="another-horse"), [NOBODY]
    )
    accepted = [one for one in results if isinstance(one, invitations.Accepted)]
    refused = [one for one in results if isinstance(one, invitations.NotOpen)]
    assert (len(accepted), len(refused)) == (1, PEOPLE - 1)
    assert User.objects.filter(email="new@example.com").count() == 1
    assert CustomerMembership.objects.filter(user__email="new@example.com").count() == 1


def test_two_invitations_of_somebody_new_make_one_account():
    cast = make_cast()
    tokens = []
    for where, actor in ((cast.customer, cast.alice), (cast.sibling, cast.charlie)):
        invitations.invite(where, email="new@example.com", role="viewer", actor=actor)
        tokens.append(mailed_link().split("/")[2])
    results = at_once(
        lambda number: invitations.accept_as_new_person(tokens[number % 2], name="N", password="another-horse"),
        [NOBODY],
    )
    assert len([one for one in results if isinstance(one, invitations.Accepted)]) == 1
    assert {type(one) for one in results} <= {invitations.Accepted, invitations.NotOpen, invitations.SignInFirst}
    assert User.objects.filter(email="new@example.com").count() == 1


def test_invitation_is_accepted_once_by_somebody_known():
    cast = make_cast()
    invitations.invite(cast.customer, email=cast.frank.email, role="viewer", actor=cast.alice)
    token = mailed_link().split("/")[2]
    results = at_once(
        lambda number: invitations.accept(token, actor=User.objects.get(pk=cast.frank.pk)), [cast.frank.pk]
    )
    assert len([one for one in results if isinstance(one, invitations.Accepted)]) == 1
    assert CustomerMembership.objects.filter(user=cast.frank, customer=cast.customer).count() == 1


def test_address_is_invited_once():
    cast = make_cast()
    results = at_once(
        lambda number: invitations.invite(
            cast.customer, email="new@example.com", role="viewer", actor=User.objects.get(pk=cast.alice.pk)
        ),
        [cast.alice.pk],
    )
    assert len([one for one in results if isinstance(one, invitations.AlreadyInvited)]) == PEOPLE - 1
    assert Invitation.objects.count() == 1


def test_limit_holds_for_many_at_once(monkeypatch):
    monkeypatch.setattr(invitations, "MOST_OPEN", 3)
    cast = make_cast()
    at_once(
        lambda number: invitations.invite(
            cast.customer, email=f"n{number}@example.com", role="viewer", actor=User.objects.get(pk=cast.alice.pk)
        ),
        [cast.alice.pk],
    )
    assert Invitation.objects.count() == 3

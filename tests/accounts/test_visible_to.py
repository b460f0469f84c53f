"""Who sees which rows: the querysets themselves, and a person with a place on both sides."""

import pytest

from accounts import invitations
from accounts.models import Customer, CustomerMembership, Invitation, Partner, PartnerMembership
from requests_app.models import Offer, Subscription, SubscriptionRequest
from tests import factories
from tests.asking import send
from tests.requests_app.desk import listed

SEES = {
    "alice": {"Victoria Dental"},
    "bob": {"Victoria Dental"},
    "carol": {"Victoria Dental"},
    "charlie": {"Sibling Foods"},
    "dana": {"Victoria Dental", "Sibling Foods"},
    "max": {"Victoria Dental", "Sibling Foods"},
    "erin": {"Foreign Works"},
    "frank": {"Foreign Works"},
    "sam": set(),
    "root": {"Victoria Dental", "Sibling Foods", "Foreign Works"},
}
"""The customers that each of the cast may know of, written down by hand."""


@pytest.fixture
def rows(cast):
    """One of everything for every customer."""
    for customer, author in (
        (cast.customer, cast.alice),
        (cast.sibling, cast.charlie),
        (cast.foreign_customer, cast.frank),
    ):
        factories.cancellation(factories.subscription(customer), author)
        factories.purchase(customer, author)
    return cast


@pytest.mark.parametrize("name", SEES)
def test_visible_to_is_what_a_membership_opens(rows, name):
    person = getattr(rows, name)
    assert {one.name for one in Customer.objects.visible_to(person)} == SEES[name]
    for model in (Subscription, SubscriptionRequest, CustomerMembership):
        assert {one.customer.name for one in model.objects.visible_to(person)} == SEES[name], model
    partners = {one.partner.name for one in Customer.objects.visible_to(person)}
    assert {one.partner.name for one in Offer.objects.visible_to(person)} == partners
    everybody = {"Blue Heron Cloud", "Grey Owl Cloud"}
    assert {one.name for one in Partner.objects.visible_to(person)} == (everybody if name == "sam" else partners)


@pytest.mark.parametrize(
    ("name", "partners"),
    [("alice", 0), ("frank", 0), ("dana", {"Blue Heron Cloud"}), ("erin", {"Grey Owl Cloud"}), ("sam", 2), ("root", 2)],
)
def test_partners_people_are_visible_to_their_colleagues_and_staff(rows, name, partners):
    seen = {one.partner.name for one in PartnerMembership.objects.visible_to(getattr(rows, name))}
    assert (len(seen) if isinstance(partners, int) else seen) == partners


@pytest.mark.parametrize(
    ("name", "organisations"),
    [
        ("alice", {"Victoria Dental"}),
        ("carol", {"Victoria Dental"}),
        ("charlie", {"Sibling Foods"}),
        ("dana", {"Victoria Dental", "Sibling Foods", "Blue Heron Cloud"}),
        ("max", {"Victoria Dental", "Sibling Foods", "Blue Heron Cloud"}),
        ("erin", {"Foreign Works", "Grey Owl Cloud"}),
        ("frank", {"Foreign Works"}),
        ("sam", {"Blue Heron Cloud", "Grey Owl Cloud"}),
        ("root", {"Victoria Dental", "Sibling Foods", "Foreign Works", "Blue Heron Cloud", "Grey Owl Cloud"}),
    ],
)
def test_invitations_are_visible_where_the_organisation_is(rows, name, organisations):
    for place, role in (
        (rows.customer, "viewer"), (rows.sibling, "viewer"), (rows.foreign_customer, "viewer"),
        (rows.partner, "agent"), (rows.other_partner, "agent"),
    ):  # fmt: skip
        invitations.invite(place, email="new@example.com", role=role, actor=rows.root)
    person = getattr(rows, name)
    assert {str(one.organisation) for one in Invitation.objects.visible_to(person)} == organisations
    person.is_active = False
    assert list(Invitation.objects.visible_to(person)) == []


@pytest.fixture
def both(rows):
    """Gil works for one partner and is a requester at another partner's customer."""
    gil = factories.person("gil")
    PartnerMembership.objects.create(user=gil, partner=rows.partner, role="agent")
    CustomerMembership.objects.create(user=gil, customer=rows.foreign_customer, role="requester")
    return gil


def test_desk_of_somebody_on_both_sides_shows_the_partners_rows_alone(client, rows, both):
    client.force_login(both)
    for address, name in (
        ("/admin/requests_app/subscriptionrequest/", "customer"),
        ("/admin/requests_app/subscription/", "customer"),
        ("/admin/requests_app/offer/", None),
        ("/admin/accounts/customer/", None),
    ):
        found = listed(client.get(address))
        assert found
        assert {(getattr(one, name) if name else one).partner for one in found} == {rows.partner}
    own = SubscriptionRequest.objects.filter(customer=rows.foreign_customer).first()
    assert client.get(f"/admin/requests_app/subscriptionrequest/{own.pk}/change/").status_code == 404
    assert client.post(f"/admin/requests_app/subscriptionrequest/{own.pk}/claim/").status_code == 404


def test_customers_pages_of_somebody_on_both_sides_show_the_customers_rows_alone(client, rows, both):
    client.force_login(both)
    assert {one.customer for one in client.get("/requests/").context["page"].rows} == {rows.foreign_customer}
    assert {one.customer for one in client.get("/subscriptions/").context["page"].rows} == {rows.foreign_customer}
    worked = SubscriptionRequest.objects.filter(customer=rows.customer).first()
    assert client.get(f"/requests/{worked.number}/").status_code == 404
    subscription = Subscription.objects.filter(customer=rows.customer).first()
    assert client.get(f"/subscriptions/{subscription.pk}/").status_code == 404
    form = {"subscription": subscription.pk, "when": "now", "reason": "x"}
    send(client, "/requests/new/cancellation/", form)
    assert SubscriptionRequest.objects.filter(author=both).count() == 0

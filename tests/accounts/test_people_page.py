"""The page of a customer's people: who belongs, who is invited, and what admins change."""

import datetime

import pytest
from django.test import Client
from django.utils import timezone

from accounts import invitations
from accounts.models import Customer, CustomerMembership, Invitation, PartnerMembership, User
from portal.lib import resume
from requests_app.models import SubscriptionRequest
from tests import factories
from tests.jobs import mailed_link, run_jobs

PEOPLE = "/people/"
INVITE = "/people/invite/"


def place(cast, name, customer=None):
    return (customer or cast.customer).memberships.get(user=getattr(cast, name))


def form(cast, **fields):
    return {
        "customer": cast.customer.pk,
        "email": "new@example.com",
        "name": "",
        "role": "viewer",
        "language": "",
    } | fields


def waiting(cast, email="new@example.com", actor=None, organisation=None):
    return invitations.invite(organisation or cast.customer, email=email, role="viewer", actor=actor or cast.alice)


# --- Looking ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["alice", "bob", "carol"])
def test_everybody_sees_who_belongs_admins_first(client, cast, name):
    Customer.objects.filter(pk=cast.customer.pk).update(tenant_id="6f9619ff-8b86-d011-b42d-00cf4fc964ff")
    waiting(cast)
    client.force_login(getattr(cast, name))
    answer = client.get(PEOPLE)
    assert [one.user for one in answer.context["page"].rows] == [cast.alice, cast.bob, cast.carol]
    may_manage = name == "alice"
    assert answer.context["may_manage"] is may_manage
    for shown in ("new@example.com", INVITE, "/remove/", "/role/", "/people/joining/"):
        assert (shown in answer.text) is may_manage, shown
    assert f'href="{PEOPLE}" aria-current="page"' in answer.text


def test_people_of_other_customers_are_not_listed(client, cast):
    waiting(cast)
    waiting(cast, "sibling@example.com", cast.charlie, cast.sibling)
    waiting(cast, "foreign@example.com", cast.frank, cast.foreign_customer)
    client.force_login(cast.alice)
    text = client.get(PEOPLE).text
    for canary in ("charlie@", "frank@", "dana@", "max@", "sibling@", "foreign@"):
        assert canary not in text


@pytest.mark.parametrize("name", ["dana", "max", "erin", "sam", "root"])
def test_partners_people_and_staff_go_to_the_desk(client, cast, name):
    client.force_login(getattr(cast, name))
    assert client.get(PEOPLE).url == "/admin/"


@pytest.mark.parametrize("rows", [1, 3])
def test_page_takes_the_same_statements_for_any_number_of_rows(client, cast, rows, assert_statements):
    CustomerMembership.objects.exclude(user=cast.alice).delete()
    for number in range(rows - 1):
        CustomerMembership.objects.create(user=factories.person(f"p{number}"), customer=cast.customer)
    for number in range(rows):
        waiting(cast, f"n{number}@example.com")
    client.force_login(cast.alice)
    client.get(PEOPLE)
    with assert_statements(8):
        answer = client.get(PEOPLE)
    assert (len(answer.context["page"].rows), len(answer.context["invitations"])) == (rows, rows)


def test_many_people_are_paged_and_admins_stay_on_the_first_page(client, cast):
    for number in range(30):
        CustomerMembership.objects.create(user=factories.person(f"p{number}"), customer=cast.customer, role="viewer")
    late = factories.person("late")
    CustomerMembership.objects.create(user=late, customer=cast.customer, role="admin")
    client.force_login(cast.alice)
    first = client.get(PEOPLE).context["page"]
    assert [one.user for one in first.rows[:3]] == [cast.alice, late, cast.bob]
    second = client.get(PEOPLE, {"page": first.older}).context["page"]
    assert (len(first.rows), len(second.rows), second.older) == (25, 9, "")
    assert not {one.pk for one in first.rows} & {one.pk for one in second.rows}


def test_expired_invitation_is_listed_as_such(client, cast):
    old = waiting(cast)
    Invitation.objects.filter(pk=old.pk).update(expires_at=timezone.now() - datetime.timedelta(hours=1))
    waiting(cast, "fresh@example.com")
    client.force_login(cast.alice)
    listed = client.get(PEOPLE).context["invitations"]
    assert [(one["invitation"].email, one["open"]) for one in listed] == [
        ("fresh@example.com", True), ("new@example.com", False),
    ]  # fmt: skip


def test_somebody_on_both_sides_finds_the_customers_people_alone(client, cast):
    """Gil is a manager of one partner and an admin at another one's customer: these pages are the customer's."""
    gil = factories.person("gil")
    PartnerMembership.objects.create(user=gil, partner=cast.partner, role="manager")
    CustomerMembership.objects.create(user=gil, customer=cast.foreign_customer, role="admin")
    sent = waiting(cast)
    client.force_login(gil)
    assert {one.user for one in client.get(PEOPLE).context["page"].rows} == {cast.frank, gil}
    for address in (
        f"{place(cast, 'bob').pk}/role/",
        f"{place(cast, 'bob').pk}/remove/",
        f"invitations/{sent.pk}/revoke/",
    ):
        assert client.post(f"{PEOPLE}{address}", {"role": "viewer"}).status_code == 404
    assert client.post(INVITE, form(cast)).status_code == 404


# --- Inviting --------------------------------------------------------------------------------------------------


def test_admin_invites_a_colleague(client, cast):
    client.force_login(cast.alice)
    assert client.post(INVITE, form(cast, name="Nina", role="admin")).url == PEOPLE
    sent = Invitation.objects.get()
    assert (sent.email, sent.name, sent.role, sent.invited_by) == ("new@example.com", "Nina", "admin", cast.alice)
    page = client.get(PEOPLE)
    assert "An invitation is on its way to new@example.com." in page.text
    assert Client().get(mailed_link()).status_code == 200


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"email": "no address"}, "email"),
        ({"email": "x" * 300 + "@example.com"}, "email"),
        ({"email": "a\0b@example.com"}, "email"),
        ({"email": ""}, "email"),
        ({"email": "bob@example.com"}, "email"),
        ({"email": "Alice@example.com"}, "email"),
        ({"role": "manager"}, "role"),
        ({"role": ""}, "role"),
        ({"name": "x" * 151}, "name"),
        ({"language": "xx"}, "language"),
    ],
    ids=["no address", "long", "NUL", "empty", "member", "own", "partner's role", "no role", "long name", "language"],
)
def test_mistakes_are_told_and_what_was_typed_stays(client, cast, fields, wrong):
    client.force_login(cast.alice)
    answer = client.post(INVITE, form(cast, name="Nina") | fields)
    assert list(answer.context["form"].errors) == [wrong]
    assert answer.context["form"]["email"].value() == form(cast, **fields)["email"]
    assert Invitation.objects.count() == 0


def test_form_invites_to_the_customer_it_was_opened_for(client, cast):
    CustomerMembership.objects.create(user=cast.alice, customer=cast.sibling, role="admin")
    client.force_login(cast.alice)
    client.post("/me/customer/", {"customer": cast.sibling.pk})
    client.post(INVITE, form(cast))
    assert Invitation.objects.get().customer == cast.customer


def test_form_of_somebody_elses_customer_does_not_exist(client, cast):
    client.force_login(cast.alice)
    for customer in (cast.sibling.pk, cast.foreign_customer.pk, 999999, "", "\0", "9" * 40):
        assert client.post(INVITE, form(cast, customer=customer)).status_code == 404
        assert client.post("/people/joining/", {"customer": customer, "allowed": "yes"}).status_code == 404
    assert Invitation.objects.count() == 0


def test_admin_of_one_customer_invites_nobody_to_another_where_they_are_none(client, cast):
    CustomerMembership.objects.create(user=cast.alice, customer=cast.sibling, role="requester")
    client.force_login(cast.alice)
    assert client.post(INVITE, form(cast, customer=cast.sibling.pk)).status_code == 403
    assert client.post(f"/people/{place(cast, 'charlie', cast.sibling).pk}/remove/").status_code == 403


def test_form_survives_the_end_of_a_session(client, cast):
    token = resume.token_for(cast.alice.pk)
    sent = client.post(INVITE, form(cast, email="typed@example.com") | {"resume_token": token})
    assert sent.url.startswith("/accounts/login/")
    back = client.post(sent.url, {"login": cast.alice.email, "password": factories.PASSWORD, "next": INVITE})
    assert client.get(back.url).context["form"]["email"].value() == "typed@example.com"
    assert Invitation.objects.count() == 0


def test_admin_sends_again_and_withdraws(client, cast):
    sent = waiting(cast)
    Invitation.objects.update(last_sent_at=timezone.now() - invitations.PAUSE)
    client.force_login(cast.alice)
    assert client.post(f"/people/invitations/{sent.pk}/resend/").url == PEOPLE
    sent.refresh_from_db()
    assert sent.times_sent == 2
    assert client.post(f"/people/invitations/{sent.pk}/resend/").url == PEOPLE
    assert "Give it a few minutes" in client.get(PEOPLE).text
    assert client.post(f"/people/invitations/{sent.pk}/revoke/").url == PEOPLE
    assert client.get(PEOPLE).context["invitations"] == []


# --- Roles -----------------------------------------------------------------------------------------------------


def test_role_changes_at_the_next_request_of_a_live_session(client, cast):
    bob = Client()
    bob.force_login(cast.bob)
    assert bob.get("/requests/new/purchase/").status_code == 200
    client.force_login(cast.alice)
    assert client.post(f"/people/{place(cast, 'bob').pk}/role/", {"role": "viewer"}).url == PEOPLE
    assert bob.get("/requests/new/purchase/").status_code == 403
    client.post(f"/people/{place(cast, 'bob').pk}/role/", {"role": "admin"})
    assert bob.get(INVITE).status_code == 200


def test_removed_person_sees_nothing_at_the_next_request_and_their_requests_stay(client, cast):
    filed = factories.purchase(cast.customer, cast.bob)
    bob = Client()
    bob.force_login(cast.bob)
    assert bob.get(f"/requests/{filed.number}/").status_code == 200
    client.force_login(cast.alice)
    page = f"/people/{place(cast, 'bob').pk}/remove/"
    assert client.get(page).status_code == 200
    assert place(cast, "bob")
    assert client.post(page).url == PEOPLE
    answer = bob.get(f"/requests/{filed.number}/")
    assert (answer.status_code, filed.note in answer.text, cast.customer.name in answer.text) == (403, False, False)
    assert SubscriptionRequest.objects.get().author == cast.bob
    assert client.get(f"/requests/{filed.number}/").status_code == 200


def test_removed_person_gets_no_more_mails_of_their_requests(cast, client):
    from django.core import mail as outbox

    from requests_app import workflow

    filed = factories.purchase(cast.customer, cast.bob)
    client.force_login(cast.alice)
    client.post(f"/people/{place(cast, 'bob').pk}/remove/")
    run_jobs()
    outbox.outbox.clear()
    workflow.claim(filed, actor=User.objects.get(pk=cast.dana.pk))
    run_jobs()
    assert [message.to for message in outbox.outbox] == [[cast.alice.email]]  # the admin hears of it in their stead


@pytest.mark.parametrize("role", ["requester", "viewer"])
def test_last_admin_stays(client, cast, role):
    client.force_login(cast.alice)
    own = place(cast, "alice")
    assert 'name="role"' not in client.get(f"/people/{own.pk}/role/").text  # nothing that could be saved is offered
    answer = client.post(f"/people/{own.pk}/role/", {"role": role})
    assert list(answer.context["form"].errors) == ["role"]
    assert client.get(f"/people/{own.pk}/remove/").context["is_last"] is True
    assert client.post(f"/people/{own.pk}/remove/").url == PEOPLE
    assert place(cast, "alice").role == "admin"
    assert client.post(f"/people/{own.pk}/role/", {"role": "admin"}).url == PEOPLE


def test_admin_who_is_locked_out_is_not_in_charge(client, cast):
    CustomerMembership.objects.filter(user=cast.bob).update(role="admin")
    User.objects.filter(pk=cast.bob.pk).update(is_active=False)
    client.force_login(cast.alice)
    client.post(f"/people/{place(cast, 'alice').pk}/remove/")
    assert place(cast, "alice").role == "admin"


def test_admin_leaves_where_there_is_another(client, cast):
    CustomerMembership.objects.filter(user=cast.bob).update(role="admin")
    client.force_login(cast.alice)
    assert client.post(f"/people/{place(cast, 'alice').pk}/remove/").url == "/"
    assert client.get(PEOPLE).status_code == 403
    assert User.objects.get(pk=cast.alice.pk).is_active


def test_admin_steps_down_where_there_is_another(client, cast):
    CustomerMembership.objects.filter(user=cast.bob).update(role="admin")
    client.force_login(cast.alice)
    client.post(f"/people/{place(cast, 'alice').pk}/role/", {"role": "viewer"})
    assert place(cast, "alice").role == "viewer"
    assert client.post(f"/people/{place(cast, 'alice').pk}/role/", {"role": "admin"}).status_code == 403


def test_person_who_has_left_meanwhile_is_told_of(client, cast):
    bob = place(cast, "bob")
    client.force_login(cast.alice)
    client.post(f"/people/{bob.pk}/remove/")
    for address in (f"/people/{bob.pk}/remove/", f"/people/{bob.pk}/role/"):
        assert client.post(address, {"role": "admin"}).status_code == 404


# --- Joining ---------------------------------------------------------------------------------------------------


def test_admin_lets_the_tenant_join_and_stops_it(client, cast):
    Customer.objects.filter(pk=cast.customer.pk).update(tenant_id="6f9619ff-8b86-d011-b42d-00cf4fc964ff")
    client.force_login(cast.alice)
    assert "6f9619ff-8b86-d011-b42d-00cf4fc964ff" in client.get(PEOPLE).text
    for answer, allowed in (("yes", True), ("no", False), ("yes", True), ("nonsense", False)):
        client.post("/people/joining/", {"customer": cast.customer.pk, "allowed": answer})
        assert Customer.objects.get(pk=cast.customer.pk).tenant_may_join is allowed
    assert client.get("/people/joining/").status_code == 405


def test_tenant_that_is_not_known_cannot_join(client, cast):
    client.force_login(cast.alice)
    assert 'name="allowed"' not in client.get(PEOPLE).text
    client.post("/people/joining/", {"customer": cast.customer.pk, "allowed": "yes"})
    assert Customer.objects.get(pk=cast.customer.pk).tenant_may_join is False


@pytest.mark.parametrize("name", ["bob", "carol"])
def test_only_admins_let_the_tenant_join(client, cast, name):
    Customer.objects.filter(pk=cast.customer.pk).update(tenant_id="6f9619ff-8b86-d011-b42d-00cf4fc964ff")
    client.force_login(getattr(cast, name))
    answer = client.post("/people/joining/", {"customer": cast.customer.pk, "allowed": "yes"})
    assert answer.status_code == 403
    assert Customer.objects.get(pk=cast.customer.pk).tenant_may_join is False


# --- Addresses that change something ---------------------------------------------------------------------------


def test_looking_changes_nothing(client, cast):
    sent = waiting(cast)
    client.force_login(cast.alice)
    before = (list(CustomerMembership.objects.values()), list(Invitation.objects.values()))
    bob = place(cast, "bob")
    for address in (PEOPLE, INVITE, f"/people/{bob.pk}/role/", f"/people/{bob.pk}/remove/"):
        assert client.get(address).status_code == 200
        assert client.head(address).status_code == 200
    for step in ("resend", "revoke"):
        assert client.get(f"/people/invitations/{sent.pk}/{step}/").status_code == 405
    assert (list(CustomerMembership.objects.values()), list(Invitation.objects.values())) == before


@pytest.mark.parametrize("pk", ["0", "999999", "9223372036854775808", "9" * 30])
def test_numbers_that_are_nobodys_do_not_exist(client, cast, pk):
    client.force_login(cast.alice)
    for address in (f"{pk}/role/", f"{pk}/remove/", f"invitations/{pk}/resend/", f"invitations/{pk}/revoke/"):
        assert client.post(f"{PEOPLE}{address}", {"role": "viewer"}).status_code == 404


def test_agent_loses_the_desk_at_the_next_request_of_a_live_session(client, cast):
    dana = Client()
    dana.force_login(cast.dana)
    assert dana.get("/admin/requests_app/subscriptionrequest/").status_code == 200
    membership = PartnerMembership.objects.get(user=cast.dana)
    client.force_login(cast.max)
    assert client.post(f"/admin/accounts/partnermembership/{membership.pk}/delete/", {"post": "yes"}).status_code == 302
    assert dana.get("/admin/requests_app/subscriptionrequest/").status_code == 302
    assert dana.get("/admin/", follow=True).status_code == 403


# --- Names -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Alice\nYour account is locked", "https://evil.example"])
def test_a_name_brings_no_message_into_a_mail(client, cast, name):
    client.force_login(cast.alice)
    answer = client.post("/me/settings/", {"name": name, "language": "", "time_zone": "UTC"})
    assert list(answer.context["form"].errors) == ["name"]
    asked = {"customer": cast.customer.pk, "email": "new@example.com", "name": name, "role": "viewer", "language": ""}
    assert list(client.post("/people/invite/", asked).context["form"].errors) == ["name"]
    assert Invitation.objects.count() == 0

"""People in the admin: invitations, and what is left of memberships there."""

import datetime

import pytest
from django.contrib.admin.models import LogEntry
from django.core import mail as outbox
from django.utils import timezone

from accounts import invitations
from accounts.models import Customer, CustomerMembership, Invitation, PartnerMembership
from tests import factories
from tests.jobs import mailed_link, run_jobs

ADD = "/admin/accounts/invitation/add/"
LIST = "/admin/accounts/invitation/"


def form(organisation, **fields):
    kind = organisation._meta.model_name
    return {
        "organisation": f"{kind}-{organisation.pk}", "email": "New@Example.com", "name": "New", "language": "zh-hant",
        "role": "viewer" if kind == "customer" else "agent",
    } | fields  # fmt: skip


def offered(field):
    """Return the values that a field offers, through its groups."""
    groups = [value if isinstance(value, (list, tuple)) else [(key, value)] for key, value in field.choices]
    return {key for group in groups for key, _label in group if key}


def test_manager_invites_a_customers_first_admin(client, cast):
    client.force_login(cast.max)
    answer = client.post(ADD, form(cast.customer, role="admin"))
    assert (answer.status_code, answer.url) == (302, LIST)
    sent = Invitation.objects.get()
    assert (sent.email, sent.customer, sent.partner, sent.role, sent.language, sent.invited_by) == (
        "new@example.com", cast.customer, cast.partner, "admin", "zh-hant", cast.max,
    )  # fmt: skip
    assert "An invitation is on its way to new@example.com." in client.get(LIST).text
    assert client.get(mailed_link()).status_code == 200
    assert LogEntry.objects.get().object_id == str(sent.pk)


@pytest.mark.parametrize(
    ("name", "organisations", "roles"),
    [
        ("max", ["customer", "sibling", "partner"], {"viewer", "requester", "admin", "agent", "manager"}),
        ("erin", ["foreign_customer", "other_partner"], {"viewer", "requester", "admin", "agent", "manager"}),
        ("sam", ["partner", "other_partner"], {"manager"}),
        (
            "root", ["customer", "sibling", "foreign_customer", "partner", "other_partner"],
            {"viewer", "requester", "admin", "agent", "manager"},
        ),
    ],
)  # fmt: skip
def test_form_offers_ones_own_organisations_and_roles(client, cast, name, organisations, roles):
    client.force_login(getattr(cast, name))
    fields = client.get(ADD).context["adminform"].form.fields
    expected = {f"{one._meta.model_name}-{one.pk}" for one in (getattr(cast, place) for place in organisations)}
    assert (offered(fields["organisation"]), offered(fields["role"])) == (expected, roles)


@pytest.mark.parametrize("name", ["alice", "bob", "dana"])
def test_who_invites_nobody_has_no_form(client, cast, name):
    client.force_login(getattr(cast, name))
    answer = client.get(ADD)
    assert (answer.status_code, client.get(LIST).status_code) == ((403, 403) if name == "dana" else (302, 302))


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"email": "x" * 300 + "@example.com"}, "email"),
        ({"email": "no address"}, "email"),
        ({"email": "a\0b@example.com"}, "email"),
        ({"email": ""}, "email"),
        ({"email": "bob@example.com"}, "email"),
        ({"email": "MAX@example.com"}, "email"),
        ({"role": "agent"}, "role"),
        ({"role": "nonsense"}, "role"),
        ({"organisation": "customer-999999"}, "organisation"),
        ({"organisation": "\0"}, "organisation"),
        ({"language": "xx"}, "language"),
    ],
)
def test_mistakes_are_told_and_what_was_typed_stays(client, cast, fields, wrong):
    client.force_login(cast.max)
    answer = client.post(ADD, form(cast.customer) | fields)
    assert list(answer.context["adminform"].form.errors) == [wrong]
    assert answer.context["adminform"].form["name"].value() == "New"
    assert Invitation.objects.count() == 0


@pytest.mark.parametrize("place", ["foreign_customer", "other_partner"])
def test_manager_invites_nobody_for_another_partner(client, cast, place):
    client.force_login(cast.max)
    answer = client.post(ADD, form(getattr(cast, place)))
    assert list(answer.context["adminform"].form.errors) == ["organisation"]


def test_staff_invite_no_agent_and_not_themselves(client, cast):
    client.force_login(cast.sam)
    agent = client.post(ADD, form(cast.partner))
    assert list(agent.context["adminform"].form.errors) == ["role"]
    assert "customer" not in agent.context["adminform"].form.fields["role"].help_text
    own = client.post(ADD, form(cast.partner, role="manager", email=cast.sam.email))
    assert list(own.context["adminform"].form.errors) == ["email"]
    client.post(ADD, form(cast.partner, role="manager"))
    run_jobs()
    assert sorted(message.to[0] for message in outbox.outbox) == [cast.max.email, "new@example.com"]


def test_what_is_refused_only_when_it_is_sent_is_told(client, cast, monkeypatch):
    """Two people at once: the form saw nothing, the lock shows that the other was quicker."""
    asked = []

    def quicker(*args, **kwargs):
        asked.append(kwargs["email"])
        if len(asked) > 1:
            raise invitations.AlreadyInvited("Somebody was quicker.")

    monkeypatch.setattr(invitations, "check", quicker)
    client.force_login(cast.max)
    answer = client.post(ADD, form(cast.customer), follow=True)
    assert "Somebody was quicker." in answer.text
    assert (len(asked), Invitation.objects.count(), LogEntry.objects.count()) == (2, 0, 0)


# --- Rows ------------------------------------------------------------------------------------------------------


@pytest.fixture
def sent(cast):
    """One open invitation to each organisation."""
    places = {
        "customer": "alice",
        "sibling": "charlie",
        "foreign_customer": "frank",
        "partner": "max",
        "other_partner": "erin",
    }
    return {
        place: invitations.invite(
            getattr(cast, place), email=f"{place}@example.com", actor=getattr(cast, inviter),
            role="agent" if "partner" in place else "viewer",
        )
        for place, inviter in places.items()
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("max", {"customer", "sibling", "partner"}),
        ("erin", {"foreign_customer", "other_partner"}),
        ("sam", {"partner", "other_partner"}),
        ("root", {"customer", "sibling", "foreign_customer", "partner", "other_partner"}),
    ],
)
def test_invitations_of_others_do_not_exist(client, cast, sent, name, places):
    client.force_login(getattr(cast, name))
    listed = {one.email.split("@")[0] for one in client.get(LIST).context["cl"].result_list}
    assert listed == places
    for place, one in sent.items():
        for page in ("change", "history", "resend", "revoke"):
            answer = client.get(f"{LIST}{one.pk}/{page}/")
            assert answer.status_code == (200 if place in places else 404), (place, page)


@pytest.mark.parametrize("rows", [1, 3])
def test_list_takes_the_same_statements_for_any_number_of_rows(client, cast, rows, assert_statements):
    for number in range(rows):
        invitations.invite(cast.customer, email=f"n{number}@example.com", role="viewer", actor=cast.alice)
    client.force_login(cast.max)
    client.get(LIST)
    with assert_statements(6):
        assert len(client.get(LIST).context["cl"].result_list) == rows


def test_tabs_show_what_waits_what_was_accepted_and_what_was_withdrawn(client, cast, sent):
    invitations.revoke(sent["customer"], actor=cast.alice)
    Invitation.objects.filter(pk=sent["sibling"].pk).update(accepted_at=timezone.now())
    Invitation.objects.filter(pk=sent["partner"].pk).update(expires_at=timezone.now())
    client.force_login(cast.max)
    shown = {
        tab: {one.email.split("@")[0] for one in client.get(LIST, {"show": tab}).context["cl"].result_list}
        for tab in ("", "accepted", "revoked", "all", "nonsense")
    }
    assert shown == {
        "": {"partner"}, "accepted": {"sibling"}, "revoked": {"customer"},
        "all": {"customer", "sibling", "partner"}, "nonsense": {"partner"},
    }  # fmt: skip


def test_manager_sends_again_and_withdraws_after_a_look(client, cast, sent):
    one = sent["customer"]
    Invitation.objects.update(last_sent_at=timezone.now() - datetime.timedelta(hours=1))
    client.force_login(cast.max)
    page = f"{LIST}{one.pk}/change/"
    assert [step for step in ("resend", "revoke") if f"/{one.pk}/{step}/" not in client.get(page).text] == []
    assert "None" not in client.get(page).text
    for step, change in (("resend", {"times_sent": 2}), ("revoke", {})):
        assert client.get(f"{LIST}{one.pk}/{step}/").status_code == 200
        assert client.post(f"{LIST}{one.pk}/{step}/").url == page
        assert Invitation.objects.filter(pk=one.pk, **change).exists()
    one.refresh_from_db()
    assert one.revoked_at is not None
    assert [step for step in ("resend", "revoke") if f"/{one.pk}/{step}/" in client.get(page).text] == []
    assert client.post(f"{LIST}{one.pk}/resend/").url == page
    assert "not open any more" in client.get(page).text


def test_invitation_is_neither_edited_nor_deleted(client, cast, sent):
    client.force_login(cast.root)
    one = sent["customer"]
    assert client.post(f"{LIST}{one.pk}/change/", {"email": "x@example.com", "role": "admin"}).status_code == 403
    assert client.post(f"{LIST}{one.pk}/delete/", {"post": "yes"}).status_code == 403
    client.post(LIST, {"action": "delete_selected", "_selected_action": [one.pk], "post": "yes"})
    one.refresh_from_db()
    assert (one.email, one.role) == ("customer@example.com", "viewer")


# --- Memberships -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["customermembership", "partnermembership"])
def test_membership_is_not_added_without_an_invitation(client, cast, model):
    client.force_login(cast.root)
    assert client.get(f"/admin/accounts/{model}/add/").status_code == 403
    assert ADD in client.get(f"/admin/accounts/{model}/").text


def remove_all(client, model, memberships):
    chosen = {"action": "delete_selected", "_selected_action": [one.pk for one in memberships]}
    return client.post(f"/admin/accounts/{model}/", chosen | {"post": "yes"})


def test_two_last_admins_are_not_removed_together(client, cast):
    CustomerMembership.objects.filter(user=cast.bob).update(role="admin")
    both = CustomerMembership.objects.filter(customer=cast.customer, role="admin")
    client.force_login(cast.max)
    answer = remove_all(client, "customermembership", both)
    assert (answer.status_code, both.count(), LogEntry.objects.count()) == (302, 2, 0)
    assert "Nobody else is in charge there." in client.get("/admin/accounts/customermembership/").text


def test_several_are_removed_at_once(client, cast):
    some = CustomerMembership.objects.filter(user__in=[cast.bob, cast.carol])
    client.force_login(cast.max)
    remove_all(client, "customermembership", some)
    assert list(cast.customer.memberships.values_list("user__name", flat=True)) == ["Alice"]


def test_nobody_removes_people_of_another_partner_in_bulk(client, cast):
    client.force_login(cast.erin)
    remove_all(client, "customermembership", CustomerMembership.objects.filter(user=cast.bob))
    remove_all(client, "partnermembership", PartnerMembership.objects.filter(user=cast.dana))
    assert cast.bob.customer_memberships.exists()
    assert cast.dana.partner_memberships.exists()


def test_managers_hear_of_a_promotion_by_staff(client, cast):
    membership = cast.dana.partner_memberships.get()
    client.force_login(cast.sam)
    client.post(f"/admin/accounts/partnermembership/{membership.pk}/change/", {"role": "manager"})
    run_jobs()
    assert [(message.to, message.subject) for message in outbox.outbox] == [
        ([cast.max.email], "Dana is a manager of Blue Heron Cloud now")
    ]


def test_staff_who_are_agents_do_not_promote_themselves(client, cast):
    membership = PartnerMembership.objects.create(user=cast.sam, partner=cast.partner, role="agent")
    client.force_login(cast.sam)
    page = f"/admin/accounts/partnermembership/{membership.pk}/change/"
    assert "Nobody gives themselves a higher role." in client.post(page, {"role": "manager"}, follow=True).text
    membership.refresh_from_db()
    assert membership.role == "agent"


def test_person_who_comes_by_invitation_is_removed_like_anybody(client, cast):
    nina = factories.person("nina")
    membership = CustomerMembership.objects.create(user=nina, customer=cast.customer, role="viewer")
    client.force_login(cast.max)
    page = f"/admin/accounts/customermembership/{membership.pk}/delete/"
    assert client.get(page).status_code == 200
    assert client.post(page, {"post": "yes"}).status_code == 302
    assert not nina.customer_memberships.exists()


@pytest.mark.parametrize(
    ("change", "stays"),
    [({"name": "Other name"}, True), ({"tenant_id": "11111111-2222-4333-8444-555555555555"}, False), ({"cloud": "gcc"}, False)],
)  # fmt: skip
def test_another_tenant_is_not_let_in_by_what_the_admin_allowed(client, cast, change, stays):
    """The customer's admin opened the door to one tenant; the partner must not move it to people of another."""
    tenant = "6f9619ff-8b86-d011-b42d-00cf4fc964ff"
    Customer.objects.filter(pk=cast.customer.pk).update(tenant_id=tenant, tenant_may_join=True, cloud="commercial")
    client.force_login(cast.max)
    address = f"/admin/accounts/customer/{cast.customer.pk}/change/"
    shown = {"name": cast.customer.name, "domain": "", "tenant_id": tenant, "tenant_prefix": "", "cloud": "commercial"}
    assert client.post(address, shown | change).status_code == 302
    assert Customer.objects.get(pk=cast.customer.pk).tenant_may_join is stays

"""Roles, what becomes of accounts, and one's own settings."""

import pytest

from accounts.models import Customer, CustomerMembership, Partner, PartnerMembership, User


def test_role_changes_at_the_next_request(client, cast):
    client.force_login(cast.bob)
    assert client.get("/requests/new/purchase/").status_code == 200
    CustomerMembership.objects.filter(user=cast.bob).update(role="viewer")
    assert client.get("/requests/new/purchase/").status_code == 403
    CustomerMembership.objects.filter(user=cast.bob).delete()
    answer = client.get("/subscriptions/")
    assert answer.status_code == 403
    assert cast.customer.name not in answer.text


def test_staff_cannot_make_themselves_superuser_or_touch_one(client, cast):
    client.force_login(cast.sam)
    own = f"/admin/accounts/user/{cast.sam.pk}/change/"
    fields = {"name": "Sam", "language": "", "time_zone": "UTC", "is_active": "on", "is_superuser": "on"}
    client.post(own, fields)
    assert User.objects.get(pk=cast.sam.pk).is_superuser is False
    client.post(f"/admin/accounts/user/{cast.alice.pk}/change/", fields | {"is_staff": "on"})
    assert User.objects.get(pk=cast.alice.pk).is_staff is False
    assert client.post(f"/admin/accounts/user/{cast.root.pk}/change/", fields).status_code == 403


@pytest.mark.parametrize("model", [Partner, Customer])
def test_visible_to_somebody_who_may_not_sign_in_is_nothing(cast, model):
    cast.max.is_active = False
    assert list(model.objects.visible_to(cast.max)) == []


def test_settings_are_kept_and_used(client, cast):
    client.force_login(cast.alice)
    client.post("/me/settings/", {"name": "Alice Lin", "language": "zh-hant", "time_zone": "Asia/Taipei"})
    alice = User.objects.get(pk=cast.alice.pk)
    assert (alice.name, alice.language, alice.time_zone) == ("Alice Lin", "zh-hant", "Asia/Taipei")
    assert '<html lang="zh-hant"' in client.get("/").text


@pytest.mark.parametrize(
    ("field", "value"),
    [("time_zone", "Mars/Olympus"), ("language", "xx"), ("name", ""), ("name", "a\0b"), ("time_zone", "../etc/passwd")],
)
def test_settings_refuse_what_makes_no_sense(client, cast, field, value):
    client.force_login(cast.alice)
    fields = {"name": "Alice", "language": "", "time_zone": "UTC"} | {field: value}
    answer = client.post("/me/settings/", fields)
    assert list(answer.context["form"].errors) == [field]


def test_customers_people_choose_whether_urgent_messages_come_by_mail(client, cast):
    fields = {"name": "Name", "language": "", "time_zone": "UTC"}
    for name, said, kept in [
        ("alice", {}, False),
        ("alice", {"urgent_messages_by_mail": "on"}, True),
        ("dana", {}, True),
    ]:
        person = getattr(cast, name)
        client.force_login(person)
        client.post("/me/settings/", fields | said)
        person.refresh_from_db()
        assert (name, person.name, person.urgent_messages_by_mail) == (name, "Name", kept)


def test_time_zone_that_this_machine_does_not_know_is_utc(client, cast):
    User.objects.filter(pk=cast.alice.pk).update(time_zone="Atlantis/Capital")
    client.force_login(cast.alice)
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    ("who", "address", "role"),
    [("max", "/admin/accounts/partnermembership/", "agent"), ("max", "/admin/accounts/customermembership/", "viewer")],
)
def test_last_one_in_charge_stays(client, cast, who, address, role):
    person = cast.max if "partner" in address else cast.alice
    membership = (person.partner_memberships if "partner" in address else person.customer_memberships).get()
    client.force_login(getattr(cast, who))
    answer = client.post(f"{address}{membership.pk}/change/", {"role": role})
    assert list(answer.context["adminform"].form.errors) == ["role"]
    assert client.post(f"{address}{membership.pk}/delete/", {"post": "yes"}).status_code == 403
    membership.refresh_from_db()
    assert membership.role in ("manager", "admin")


def test_role_changes_where_somebody_else_is_in_charge(client, cast):
    PartnerMembership.objects.filter(user=cast.dana).update(role="manager")
    membership = cast.max.partner_memberships.get()
    client.force_login(cast.dana)
    assert (
        client.post(f"/admin/accounts/partnermembership/{membership.pk}/change/", {"role": "agent"}).status_code == 302
    )
    membership.refresh_from_db()
    assert membership.role == "agent"


def test_nobody_locks_themselves_out(client, cast):
    client.force_login(cast.sam)
    client.post(f"/admin/accounts/user/{cast.sam.pk}/change/", {"name": "Sam", "time_zone": "UTC"})
    assert User.objects.get(pk=cast.sam.pk).is_active is True


@pytest.mark.parametrize("domain", ["javascript:alert(1)", "x y z", "https://example.com/"])
def test_customer_with_a_strange_domain_is_refused(client, cast, domain):
    client.force_login(cast.max)
    answer = client.post(
        f"/admin/accounts/customer/{cast.customer.pk}/change/", {"name": "V", "cloud": "commercial", "domain": domain}
    )
    assert list(answer.context["adminform"].form.errors) == ["domain"]

"""Whose rows the desk shows, and who may edit them."""

import pytest

from requests_app.models import Offer, Status, Subscription
from tests import factories
from tests.requests_app.desk import QUEUE, STEPS, listed, page


@pytest.mark.parametrize("name", ["alice", "carol", "charlie", "frank"])
def test_desk_is_closed_to_customers(as_, cast, filed, name):
    for address in ("/admin/", QUEUE, page(filed), page(filed, "claim")):
        assert as_(getattr(cast, name)).get(address, follow=True).status_code == 403


@pytest.mark.parametrize("name", ["erin", "sam"])
def test_desk_shows_nothing_of_another_partner(as_, cast, filed, name):
    browser = as_(getattr(cast, name))
    for step in ("change", "history", *STEPS):
        answer = browser.get(page(filed, step))
        assert answer.status_code == browser.get(f"{QUEUE}999999/{step}/").status_code
        assert answer.status_code in (403, 404)
        assert "CANARY" not in answer.text
    for step in STEPS:
        assert browser.post(
            page(filed, step), {"reason": "x", "external_reference": "x", "text": "x", "question": "x"}
        ).status_code in (403, 404)
    filed.refresh_from_db()
    assert (filed.status, filed.events.count()) == (Status.SUBMITTED, 1)
    assert "CANARY" not in browser.get("/admin/").text
    if name == "erin":
        assert listed(browser.get(QUEUE)) == []


@pytest.mark.parametrize("name", ["dana", "max", "root"])
def test_desk_shows_the_requests_of_ones_own_partner(as_, cast, filed, name):
    foreign = factories.cancellation(factories.subscription(cast.foreign_customer), cast.frank)
    expected = {filed, foreign} if name == "root" else {filed}
    browser = as_(getattr(cast, name))
    assert set(listed(browser.get(QUEUE))) == expected
    text = browser.get(page(filed)).text
    assert "CANARY-reason" in text
    assert "CANARY-sub" in text


LISTS = {
    "/admin/accounts/customer/": lambda cast: cast.customer,
    "/admin/requests_app/subscription/": lambda cast: factories.subscription(cast.customer),
    "/admin/requests_app/offer/": lambda cast: factories.offer(cast.partner),
    "/admin/accounts/customermembership/": lambda cast: cast.customer.memberships.first(),
    "/admin/accounts/partnermembership/": lambda cast: cast.partner.memberships.first(),
    "/admin/accounts/partner/": lambda cast: cast.partner,
}


@pytest.mark.parametrize("address", LISTS)
def test_rows_of_another_partner_do_not_exist(as_, cast, address):
    own = LISTS[address](cast)
    erin, max_ = cast.erin, cast.max
    browser = as_(erin)
    assert own not in listed(browser.get(address))
    for view in ("change", "history", "delete"):
        assert browser.get(f"{address}{own.pk}/{view}/").status_code in (403, 404)
        assert (
            browser.get(f"{address}{own.pk}/{view}/").status_code == browser.get(f"{address}999999/{view}/").status_code
        )
    assert own in listed(as_(max_).get(address))


@pytest.mark.parametrize(
    ("name", "addresses"),
    [
        ("dana", {"subscriptionrequest", "subscription", "customer", "offer", "product", "cancellationpolicy", "partner", "partnerholiday"}),
        (
            "max",
            {"subscriptionrequest", "subscription", "customer", "customermembership", "offer", "product", "cancellationpolicy", "partner",
             "partnerholiday", "partnermembership", "invitation", "importrun", "figures", "selfservicelink", "supportresource", "announcement",
             "picture", "addresses", "effects"},
        ),
        ("sam", {"selfservicelink", "supportresource", "announcement", "picture", "addresses", "effects", "product", "cancellationpolicy", "partner", "partnerholiday", "partnermembership", "invitation", "user", "delivery"}),
        (
            "root",
            {"subscriptionrequest", "subscription", "customer", "customermembership", "offer", "product", "cancellationpolicy", "partner",
             "partnerholiday", "partnermembership", "invitation", "selfservicelink", "supportresource", "announcement", "picture",
             "addresses", "effects", "user", "delivery", "importrun", "figures"},
        ),
    ],
)  # fmt: skip
def test_index_is_each_roles_own(as_, cast, name, addresses):
    rooms = as_(getattr(cast, name)).get("/admin/").context["app_list"]
    assert {model["object_name"].lower() for room in rooms for model in room["models"]} == addresses


EDITABLE = {
    "/admin/accounts/customer/": lambda cast: cast.customer,
    "/admin/requests_app/subscription/": lambda cast: factories.subscription(cast.customer),
    "/admin/requests_app/offer/": lambda cast: factories.offer(cast.partner),
}


@pytest.mark.parametrize("address", EDITABLE)
def test_manager_edits_what_an_agent_reads(as_, cast, address):
    own = EDITABLE[address](cast)
    change = f"{address}{own.pk}/change/"
    for person, may in ((cast.dana, False), (cast.max, True)):
        answer = as_(person).get(change)
        assert answer.status_code == 200
        assert answer.context["has_change_permission"] is may
        assert as_(person).get(f"{address}add/").status_code == (200 if may else 403)
    assert as_(cast.dana).post(change, {}).status_code == 403


def test_manager_cannot_add_rows_for_another_partners_customer(as_, cast):
    product = factories.product()
    form = {
        "customer": cast.foreign_customer.pk, "product": product.pk, "quantity": 1, "status": "active",
        "term_duration": "P1Y", "billing_cycle": "monthly", "effective_start_date": "2026-01-01",
    }  # fmt: skip
    answer = as_(cast.max).post("/admin/requests_app/subscription/add/", form)
    assert list(answer.context["adminform"].form.errors) == ["customer"]
    assert Subscription.objects.count() == 0
    answer = as_(cast.max).post("/admin/requests_app/subscription/add/", form | {"customer": cast.customer.pk})
    assert answer.status_code == 302
    assert Subscription.objects.get().customer == cast.customer


def test_offer_keeps_what_it_is_and_changes_its_price(as_, cast):
    offer = factories.offer(cast.partner)
    form = {"unit_price": "12.50", "partner": cast.other_partner.pk, "term_duration": "P3Y"}
    as_(cast.max).post(f"/admin/requests_app/offer/{offer.pk}/change/", form)
    changed = Offer.objects.get(pk=offer.pk)
    assert (str(changed.unit_price), changed.partner, changed.term_duration, changed.is_active) == (
        "12.50", cast.partner, "P1Y", False,
    )  # fmt: skip

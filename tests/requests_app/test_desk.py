"""The partner's desk: the queue, a request's page and its steps, and whose rows they are."""

import datetime

import pytest
from django.utils import timezone

from requests_app import workflow
from requests_app.models import Action, Offer, Status, Subscription, SubscriptionRequest
from tests import factories
from tests.requests_app.desk import QUEUE, listed, page

STEPS = ["claim", "release", "approve", "decline", "complete"]


# --- Whose rows ---


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
        assert browser.post(page(filed, step), {"reason": "x", "external_reference": "x"}).status_code in (403, 404)
    filed.refresh_from_db()
    assert filed.status == Status.SUBMITTED
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


def test_bulk_claim_of_a_foreign_row_has_no_effect(as_, cast, filed):
    as_(cast.erin).post(QUEUE, {"action": "claim_selected", "_selected_action": [filed.pk], "select_across": "1"})
    filed.refresh_from_db()
    assert filed.status == Status.SUBMITTED


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
        ("dana", {"subscriptionrequest", "subscription", "customer", "offer", "product", "cancellationpolicy", "partner"}),
        (
            "max",
            {"subscriptionrequest", "subscription", "customer", "customermembership", "offer", "product", "cancellationpolicy", "partner",
             "partnermembership", "invitation"},
        ),
        ("sam", {"selfservicelink", "supportresource", "product", "cancellationpolicy", "partner", "partnermembership", "invitation", "user"}),
        (
            "root",
            {"subscriptionrequest", "subscription", "customer", "customermembership", "offer", "product", "cancellationpolicy", "partner",
             "partnermembership", "invitation", "selfservicelink", "supportresource", "user"},
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


# --- The queue ---


def test_queue_opens_on_open_requests_by_deadline(as_, cast):
    now = timezone.now()
    by_days = {}
    for days in (5, 1, 3):
        closes = now + datetime.timedelta(days=days)
        subscription = factories.subscription(cast.customer, cancellation_allowed_until=closes)
        by_days[days] = factories.cancellation(subscription, cast.alice)
    done = factories.cancellation(factories.subscription(cast.customer), cast.alice)
    factories.in_status(done, "declined", agent=cast.dana, author=cast.alice)
    assert listed(as_(cast.dana).get(QUEUE)) == [by_days[1], by_days[3], by_days[5]]


@pytest.mark.parametrize(
    ("show", "statuses"),
    [
        ("", {"submitted", "in_review", "waiting", "approved", "failed"}),
        ("mine", {"waiting", "approved", "failed"}),
        ("unassigned", {"submitted"}),
        ("overdue", {"approved"}),
        ("approved", {"approved"}),
        ("closed", {"completed", "declined", "withdrawn"}),
        ("all", set(Status.values)),
    ],
)
def test_queue_shows_what_is_asked_for(as_, cast, one_of_each, show, statuses):
    assert {one.status for one in listed(as_(cast.dana).get(f"{QUEUE}?show={show}"))} == statuses


def test_counts_of_the_index_match_the_queue(as_, cast, one_of_each):
    browser = as_(cast.dana)
    counts = browser.get("/admin/").context["counts"]
    for show, count in (("", counts.open), ("mine", counts.mine), ("unassigned", counts.unassigned),
                        ("overdue", counts.overdue), ("approved", counts.to_complete)):  # fmt: skip
        assert len(listed(browser.get(f"{QUEUE}?show={show}"))) == count


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("address", "statements"),
    [
        ("/admin/", 9),
        (QUEUE, 9),
        ("/admin/requests_app/subscription/", 7),
        ("/admin/requests_app/offer/", 7),
        ("/admin/requests_app/product/", 7),
        ("/admin/requests_app/cancellationpolicy/", 7),
        ("/admin/accounts/customer/", 7),
        ("/admin/accounts/customermembership/", 7),
        ("/admin/accounts/partnermembership/", 7),
        ("/admin/accounts/partner/", 7),
        ("/admin/accounts/user/", 7),
        ("/admin/portal/selfservicelink/", 7),
    ],
)
def test_list_takes_the_same_statements_for_any_number_of_rows(as_, cast, assert_statements, address, statements, rows):
    from portal.models import SelfServiceLink

    for number in range(rows):
        factories.cancellation(factories.subscription(cast.customer), cast.alice)
        factories.purchase(cast.customer, cast.bob, factories.offer(cast.partner), factories.offer(cast.partner))
        SelfServiceLink.objects.create(key=f"link-{number}", title={"en": "Link"}, category="administer")
    person = cast.max if "user" not in address and "link" not in address else cast.root
    browser = as_(person)
    with assert_statements(statements):
        assert browser.get(address).status_code == 200


def test_request_page_takes_the_same_statements_for_any_history(as_, cast, assert_statements):
    factories.purchase(cast.customer, cast.bob)  # shown beside: what else the customer has open
    for rounds in (0, 2):
        filed = factories.purchase(
            cast.customer, cast.alice, *[factories.offer(cast.partner) for _ in range(rounds + 1)]
        )
        for _ in range(rounds):
            workflow.release(workflow.claim(filed, actor=cast.dana), actor=cast.dana)
        browser = as_(cast.dana)
        with assert_statements(12):
            assert browser.get(page(filed)).status_code == 200


@pytest.mark.parametrize("search", ["R-", "Victoria", "%00", "' OR 1=1 --", "x" * 5000, "維多利亞"])
def test_queue_search_is_no_error(as_, cast, filed, search):
    assert as_(cast.dana).get(f"{QUEUE}?q={search}").status_code in (200, 302)


def test_bulk_claim_reports_what_was_refused(as_, cast, one_of_each):
    second = factories.cancellation(factories.subscription(cast.customer), cast.alice)
    chosen = [one_of_each["submitted"].pk, second.pk, one_of_each["in_review"].pk]
    answer = as_(cast.dana).post(QUEUE, {"action": "claim_selected", "_selected_action": chosen}, follow=True)
    first, refusal = [str(message) for message in answer.context["messages"]]
    assert first == "2 requests are yours now."
    assert refusal.startswith(f"{one_of_each['in_review'].number}: This step is not possible any more")
    assert set(SubscriptionRequest.objects.filter(assignee=cast.dana, status="in_review")) == {
        one_of_each["submitted"], second,
    }  # fmt: skip


# --- The steps ---


def test_page_offers_exactly_the_steps_allowed_now(as_, cast, one_of_each):
    browser = as_(cast.dana)
    for status, subscription_request in one_of_each.items():
        text = browser.get(page(subscription_request)).text
        for step in STEPS:
            allowed = status in workflow.TRANSITIONS[Action(step)].sources
            assert (f'href="{page(subscription_request, step)}"' in text) == allowed, (status, step)


def test_get_of_a_step_asks_and_changes_nothing(as_, cast, one_of_each):
    browser = as_(cast.dana)
    for status, subscription_request in one_of_each.items():
        for step in STEPS:
            allowed = status in workflow.TRANSITIONS[Action(step)].sources
            assert browser.get(page(subscription_request, step)).status_code == (200 if allowed else 302)
        subscription_request.refresh_from_db()
        assert subscription_request.status == status


def test_the_whole_way_through_the_steps(as_, cast, filed):
    browser = as_(cast.dana)
    for step, form, status in (
        ("claim", {}, "in_review"),
        ("release", {"note": "lunch"}, "submitted"),
        ("claim", {}, "in_review"),
        ("approve", {"note": "fine"}, "approved"),
        ("complete", {"external_reference": "ORDER-5"}, "completed"),
    ):
        answer = browser.post(page(filed, step), form)
        assert (answer.status_code, answer.url) == (302, page(filed))
        filed.refresh_from_db()
        assert filed.status == status
    assert (filed.assignee, filed.external_reference) == (cast.dana, "ORDER-5")


@pytest.mark.parametrize(("step", "field"), [("decline", "reason"), ("complete", "external_reference")])
@pytest.mark.parametrize("value", ["", "   ", "\0", "x" * 5000])
def test_step_without_what_it_needs_says_so(as_, cast, filed, step, field, value):
    status = "in_review" if step == "decline" else "approved"
    factories.in_status(filed, status, agent=cast.dana, author=cast.alice)
    answer = as_(cast.dana).post(page(filed, step), {field: value, "note": "kept"})
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]
    filed.refresh_from_db()
    assert filed.status == status


def test_step_that_somebody_has_just_taken_keeps_the_text(as_, cast, filed):
    factories.in_status(filed, "in_review", agent=cast.max, author=cast.alice)
    browser = as_(cast.dana)
    assert browser.get(page(filed, "decline")).status_code == 200
    workflow.decline(filed, actor=cast.max, reason="first")
    answer = browser.post(page(filed, "decline"), {"reason": "my long reason"})
    assert answer.status_code == 200
    assert (
        answer.context["form"]
        .non_field_errors()[0]
        .startswith("This step is not possible any more: the request is “Declined” since")
    )
    assert "(Max)" in answer.context["form"].non_field_errors()[0]
    assert "my long reason" in answer.text
    filed.refresh_from_db()
    assert filed.decline_reason == "first"


def test_status_is_not_editable_as_a_field(as_, cast, filed):
    for person in (cast.dana, cast.max, cast.root):
        assert as_(person).post(page(filed), {"status": "completed", "assignee": cast.dana.pk}).status_code == 403
        assert as_(person).get(f"{QUEUE}add/").status_code == 403
        assert as_(person).post(page(filed, "delete"), {"post": "yes"}).status_code == 403
    filed.refresh_from_db()
    assert (filed.status, filed.assignee) == (Status.SUBMITTED, None)


def test_unknown_step_does_not_exist(as_, cast, filed):
    assert as_(cast.dana).get(page(filed, "explode"), follow=True).status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("address", "statements"), [(QUEUE, 9), ("/admin/requests_app/offer/", 7), ("/admin/accounts/customer/", 7)]
)
def test_partner_of_each_row_is_named_to_those_who_see_several(as_, cast, assert_statements, address, statements, rows):
    for _ in range(rows):
        for customer, author in ((cast.customer, cast.alice), (cast.foreign_customer, cast.frank)):
            factories.purchase(customer, author)
    browser = as_(cast.root)
    with assert_statements(statements):
        text = browser.get(address).text
    assert cast.partner.name in text
    assert cast.other_partner.name in text
    columns = as_(cast.max).get(address).context["cl"].list_display
    assert "partner" not in columns

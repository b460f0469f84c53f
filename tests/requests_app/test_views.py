"""The customer's pages: what each role sees and may do, and what strangers get."""

import pytest

from accounts.models import CustomerMembership
from requests_app import workflow
from requests_app.models import Status, SubscriptionRequest, SubscriptionStatus
from tests import factories

PURCHASE = "/requests/new/purchase/"
CANCELLATION = "/requests/new/cancellation/"


def messages_of(response):
    return [str(message) for message in response.context["messages"]]


# --- Who sees what ---


@pytest.mark.parametrize("stranger", ["charlie", "frank", "dana", "erin", "sam", "root"])
def test_pages_of_a_customer_do_not_exist_for_strangers(as_, cast, stranger):
    subscription = factories.subscription(cast.customer, friendly_name="CANARY-subscription")
    filed = factories.cancellation(subscription, cast.alice, reason="CANARY-reason")
    for person in (cast.charlie, getattr(cast, stranger)):
        browser = as_(person)
        for real, unreal in (
            (f"/subscriptions/{subscription.pk}/", "/subscriptions/999999/"),
            (f"/requests/{filed.number}/", "/requests/R-000000000/"),
        ):
            answer, nothing = browser.get(real), browser.get(unreal)
            assert (answer.status_code, answer.headers.get("Location")) == (
                nothing.status_code,
                nothing.headers.get("Location"),
            )
            assert "CANARY" not in answer.text
        for page in ("/", "/subscriptions/", "/requests/", CANCELLATION):
            assert "CANARY" not in browser.get(page, follow=True).text or person in (cast.dana, cast.root)


@pytest.mark.parametrize("name", ["alice", "bob", "carol"])
def test_pages_of_a_customer_are_open_to_its_people(as_, cast, name):
    subscription = factories.subscription(cast.customer, friendly_name="CANARY-subscription")
    filed = factories.cancellation(subscription, cast.alice, reason="CANARY-reason")
    browser = as_(getattr(cast, name))
    for page in (
        "/",
        "/subscriptions/",
        f"/subscriptions/{subscription.pk}/",
        "/requests/",
        f"/requests/{filed.number}/",
    ):
        answer = browser.get(page)
        assert answer.status_code == 200
        assert "CANARY" in answer.text


@pytest.mark.parametrize("page", ["/subscriptions/", "/requests/", PURCHASE, CANCELLATION, "/me/settings/", "/admin/"])
def test_pages_lead_strangers_to_sign_in(client, db, page):
    answer = client.get(page, follow=True)
    assert answer.redirect_chain[-1] == (f"/accounts/login/?next={page}", 302)


def test_viewer_sees_and_cannot_ask(as_, cast):
    subscription = factories.subscription(cast.customer)
    browser = as_(cast.carol)
    assert "/ask/" not in browser.get("/subscriptions/").text
    for page in (PURCHASE, CANCELLATION):
        assert browser.get(page).status_code == 403
    form = {"subscription": subscription.pk, "when": "now", "reason": "no"}
    assert browser.post(CANCELLATION, form).status_code == 403
    assert SubscriptionRequest.objects.count() == 0


def test_every_page_about_subscriptions_says_who_changes_them(as_, cast):
    subscription = factories.subscription(cast.customer)
    browser = as_(cast.alice)
    for page in ("/subscriptions/", f"/subscriptions/{subscription.pk}/", PURCHASE, CANCELLATION):
        text = browser.get(page).text
        assert 'data-notice="no-direct-change"' in text
        assert cast.partner.name in text


def test_person_of_two_customers_chooses_one(as_, cast):
    CustomerMembership.objects.create(user=cast.alice, customer=cast.foreign_customer, role="viewer")
    mine = factories.subscription(cast.customer, friendly_name="Mine")
    theirs = factories.subscription(cast.foreign_customer, friendly_name="Theirs")
    browser = as_(cast.alice)
    chosen = browser.post("/me/customer/", {"customer": cast.foreign_customer.pk})
    assert (chosen.status_code, chosen.url) == (302, "/")
    listed = browser.get("/subscriptions/").context["page"].rows
    assert listed == [theirs]
    page = browser.get(f"/subscriptions/{mine.pk}/")
    assert page.context["current_customer"]() == cast.customer
    assert browser.get("/subscriptions/").context["page"].rows == [theirs]
    assert browser.post("/me/customer/", {"customer": cast.sibling.pk}).status_code == 404


def test_capability_is_looked_up_at_the_customer_asked_about(as_, cast):
    """Admin at one customer, viewer at another: the viewer's place cannot be asked for with the admin's rights."""
    CustomerMembership.objects.create(user=cast.alice, customer=cast.foreign_customer, role="viewer")
    theirs = factories.subscription(cast.foreign_customer)
    form = {"subscription": theirs.pk, "when": "now", "reason": "no"}
    assert as_(cast.alice).post(CANCELLATION, form).status_code == 403
    assert SubscriptionRequest.objects.count() == 0


# --- Lists ---


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("page", "statements"),
    [("/", 15), ("/subscriptions/", 9), ("/renewals/", 9), ("/requests/", 8)],
    ids=["home", "subscriptions", "renewals", "requests"],
)
def test_list_takes_the_same_statements_for_any_number_of_rows(as_, cast, assert_statements, page, statements, rows):
    for _ in range(rows):
        factories.cancellation(factories.subscription(cast.customer), cast.alice)
        factories.purchase(cast.customer, cast.bob, factories.offer(cast.partner), factories.offer(cast.partner))
    browser = as_(cast.alice)
    with assert_statements(statements):
        assert browser.get(page).status_code == 200


def test_subscriptions_that_have_ended_stay_to_be_found(as_, cast):
    running = factories.subscription(cast.customer)
    ended = factories.subscription(cast.customer, status=SubscriptionStatus.DELETED)
    browser = as_(cast.alice)
    assert browser.get("/subscriptions/").context["page"].rows == [running]
    assert browser.get("/subscriptions/?show=ended").context["page"].rows == [ended]


# --- A request ---


def test_withdraw_takes_the_request_back(as_, cast):
    filed = factories.cancellation(factories.subscription(cast.customer), cast.bob)
    answer = as_(cast.bob).post(f"/requests/{filed.number}/withdraw/", follow=True)
    filed.refresh_from_db()
    assert filed.status == Status.WITHDRAWN
    assert messages_of(answer) == ["You have withdrawn the request. Your partner will not act on it."]


def test_withdraw_after_approval_is_refused_with_a_reason(as_, cast):
    filed = factories.cancellation(factories.subscription(cast.customer), cast.bob)
    factories.in_status(filed, "approved", agent=cast.dana, author=cast.bob)
    answer = as_(cast.bob).post(f"/requests/{filed.number}/withdraw/", follow=True)
    filed.refresh_from_db()
    assert filed.status == Status.APPROVED
    assert [text.startswith("This step is not possible any more") for text in messages_of(answer)] == [True]


@pytest.mark.parametrize(("name", "status"), [("carol", 403), ("charlie", 404), ("frank", 404), ("dana", 302)])
def test_withdraw_by_others_is_refused(as_, cast, name, status):
    filed = factories.cancellation(factories.subscription(cast.customer), cast.bob)
    assert as_(getattr(cast, name)).post(f"/requests/{filed.number}/withdraw/").status_code == status
    filed.refresh_from_db()
    assert filed.status == Status.SUBMITTED


def test_get_of_withdraw_changes_nothing(as_, cast):
    filed = factories.cancellation(factories.subscription(cast.customer), cast.bob)
    answer = as_(cast.bob).get(f"/requests/{filed.number}/withdraw/")
    assert (answer.status_code, answer.url) == (302, f"/requests/{filed.number}/")
    filed.refresh_from_db()
    assert filed.status == Status.SUBMITTED


def test_declined_request_shows_the_reason(as_, cast):
    filed = factories.cancellation(factories.subscription(cast.customer), cast.bob)
    claimed = factories.in_status(filed, "in_review", agent=cast.dana, author=cast.bob)
    workflow.decline(claimed, actor=cast.dana, reason="The window closed on Monday")
    page = as_(cast.bob).get(f"/requests/{filed.number}/")
    assert "The window closed on Monday" in page.text


@pytest.mark.parametrize("number", ["R-%00", "%00", "R-000000000", "x" * 300, "%F0%9F%92%A9"])
def test_request_with_a_strange_number_does_not_exist(as_, cast, number):
    assert as_(cast.bob).get(f"/requests/{number}/").status_code == 404


@pytest.mark.parametrize("query", ["?page=%00", "?page=" + "9" * 600, "?show=%00", "?page=WyJvIiwgMSwgMl0"])
@pytest.mark.parametrize("page", ["/subscriptions/", "/requests/", CANCELLATION, PURCHASE])
def test_strange_query_is_no_error(as_, cast, page, query):
    factories.subscription(cast.customer)
    assert as_(cast.bob).get(page + query).status_code == 200

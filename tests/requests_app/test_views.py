"""The customer's pages: what each role sees and may do, and what strangers get."""

import datetime

import pytest
from django.utils import timezone

from accounts.models import CustomerMembership
from requests_app import workflow
from requests_app.models import Kind, Status, SubscriptionRequest, SubscriptionStatus
from tests import factories

PURCHASE = "/requests/new/purchase/"
CANCELLATION = "/requests/new/cancellation/"


@pytest.fixture
def as_(client):
    """Sign somebody in without the form: ``as_(cast.alice)`` returns the client."""

    def sign_in(person):
        client.force_login(person)
        return client

    return sign_in


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
        for page in ("/", "/subscriptions/", "/requests/", f"{CANCELLATION}?subscription={subscription.pk}"):
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
    assert "/requests/new/" not in browser.get("/subscriptions/").text
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
    [("/", 13), ("/subscriptions/", 7), ("/requests/", 7)],
    ids=["home", "subscriptions", "requests"],
)
def test_list_takes_the_same_statements_for_any_number_of_rows(
    as_, cast, django_assert_num_queries, page, statements, rows
):
    for _ in range(rows):
        factories.cancellation(factories.subscription(cast.customer), cast.alice)
        factories.purchase(cast.customer, cast.bob, factories.offer(cast.partner), factories.offer(cast.partner))
    browser = as_(cast.alice)
    with django_assert_num_queries(statements):
        assert browser.get(page).status_code == 200


def test_subscriptions_that_have_ended_stay_to_be_found(as_, cast):
    running = factories.subscription(cast.customer)
    ended = factories.subscription(cast.customer, status=SubscriptionStatus.DELETED)
    browser = as_(cast.alice)
    assert browser.get("/subscriptions/").context["page"].rows == [running]
    assert browser.get("/subscriptions/?show=ended").context["page"].rows == [ended]


# --- Asking to buy ---


def purchase_form(*lines, **fields):
    values = {"note": "For new colleagues"} | fields
    for number, (offer, quantity) in enumerate(lines):
        values |= {f"lines-{number}-offer": getattr(offer, "pk", offer), f"lines-{number}-quantity": quantity}
    return values


def test_purchase_of_several_lines_becomes_one_request(as_, cast):
    first, second = factories.offer(cast.partner), factories.offer(cast.partner)
    answer = as_(cast.bob).post(PURCHASE, purchase_form((first, 25), (second, 1)))
    filed = SubscriptionRequest.objects.get()
    assert (answer.status_code, answer.url) == (302, f"/requests/{filed.number}/")
    assert (filed.kind, filed.author, filed.customer, filed.partner, filed.status, filed.note) == (
        Kind.PURCHASE, cast.bob, cast.customer, cast.partner, Status.SUBMITTED, "For new colleagues",
    )  # fmt: skip
    assert [(line.offer, line.quantity) for line in filed.lines.all()] == [(first, 25), (second, 1)]


def test_purchase_passes_over_empty_lines(as_, cast):
    offer = factories.offer(cast.partner)
    as_(cast.bob).post(PURCHASE, purchase_form(("", ""), (offer, 2), ("", "")))
    assert [(line.offer, line.quantity) for line in SubscriptionRequest.objects.get().lines.all()] == [(offer, 2)]


@pytest.mark.parametrize("quantity", ["0", "-1", "1000000", "many", "", "1e9", "9" * 30, "1.5"])
def test_purchase_of_a_wrong_quantity_keeps_what_was_typed(as_, cast, quantity):
    offer = factories.offer(cast.partner)
    answer = as_(cast.bob).post(PURCHASE, purchase_form((offer, quantity)))
    assert answer.status_code == 200
    line = answer.context["lines"].forms[0]
    assert list(line.errors) == ["quantity"]
    assert (str(line["offer"].value()), line["quantity"].value()) == (str(offer.pk), quantity)
    assert answer.context["form"]["note"].value() == "For new colleagues"
    assert SubscriptionRequest.objects.count() == 0


@pytest.mark.parametrize("flaw", ["foreign", "withdrawn", "other cloud", "nonsense", "nul", "huge"])
def test_purchase_of_what_is_not_offered_is_refused(as_, cast, flaw):
    offers = {
        "foreign": lambda: factories.offer(cast.other_partner),
        "withdrawn": lambda: factories.offer(cast.partner, is_active=False),
        "other cloud": lambda: factories.offer(cast.partner, factories.product(clouds=["gcc_high"])),
        "nonsense": lambda: "abc",
        "nul": lambda: "1\0",
        "huge": lambda: "9" * 40,
    }
    answer = as_(cast.bob).post(PURCHASE, purchase_form((offers[flaw](), 5)))
    assert answer.status_code == 200
    assert list(answer.context["lines"].forms[0].errors) == ["offer"]
    assert SubscriptionRequest.objects.count() == 0


def test_purchase_of_nothing_says_what_to_do(as_, cast):
    answer = as_(cast.bob).post(PURCHASE, purchase_form(("", "")))
    assert answer.context["lines"].non_form_errors() == ["Say what you would like to buy: choose at least one product."]
    assert "choose at least one product" in answer.text


def test_purchase_of_the_same_offer_twice_is_refused(as_, cast):
    offer = factories.offer(cast.partner)
    answer = as_(cast.bob).post(PURCHASE, purchase_form((offer, 5), (offer, 6)))
    assert len(answer.context["lines"].non_form_errors()) == 1
    assert SubscriptionRequest.objects.count() == 0


def test_purchase_gets_another_line_without_javascript(as_, cast):
    offer = factories.offer(cast.partner)
    answer = as_(cast.bob).post(PURCHASE, purchase_form((offer, 5), add_line="1"))
    forms = answer.context["lines"].forms
    assert [str(form["offer"].value() or "") for form in forms] == [str(offer.pk), ""]
    assert answer.context["form"]["note"].value() == "For new colleagues"
    assert SubscriptionRequest.objects.count() == 0


# --- Asking to cancel ---


def test_cancellation_is_filed_with_its_deadline(as_, cast):
    closes = timezone.now() + datetime.timedelta(days=2)
    subscription = factories.subscription(cast.customer, cancellation_allowed_until=closes)
    answer = as_(cast.bob).post(CANCELLATION, {"subscription": subscription.pk, "when": "now", "reason": "Too many"})
    filed = SubscriptionRequest.objects.get()
    assert (answer.status_code, answer.url) == (302, f"/requests/{filed.number}/")
    assert (filed.kind, filed.subscription, filed.cancel_when, filed.note, filed.deadline) == (
        Kind.CANCELLATION, subscription, "now", "Too many", closes,
    )  # fmt: skip
    subscription.refresh_from_db()
    assert subscription.status == SubscriptionStatus.ACTIVE


def test_cancellation_form_knows_the_subscription_it_was_opened_for(as_, cast):
    subscription = factories.subscription(cast.customer)
    page = as_(cast.bob).get(f"{CANCELLATION}?subscription={subscription.pk}")
    assert page.context["subscription"] == subscription


@pytest.mark.parametrize("field", ["subscription", "when", "reason"])
@pytest.mark.parametrize("value", ["", "nonsense", "9" * 40, "\0"])
def test_cancellation_with_a_wrong_field_keeps_what_was_typed(as_, cast, field, value):
    subscription = factories.subscription(cast.customer)
    form = {"subscription": subscription.pk, "when": "end_of_term", "reason": "Too many, 太多了"} | {field: value}
    answer = as_(cast.bob).post(CANCELLATION, form)
    if field == "reason" and value not in ("", "\0"):
        assert answer.status_code == 302
        return
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]
    for name, typed in form.items():
        assert str(answer.context["form"][name].value()) == str(typed)
    assert SubscriptionRequest.objects.count() == 0


def test_cancellation_of_a_foreign_subscription_answers_as_for_none(as_, cast):
    theirs = factories.subscription(cast.sibling, friendly_name="CANARY")
    answers = [
        as_(cast.bob).post(CANCELLATION, {"subscription": pk, "when": "now", "reason": "x"})
        for pk in (theirs.pk, 999_999)
    ]
    assert [answer.context["form"].errors for answer in answers] == [
        {"subscription": ["This subscription cannot be cancelled (any more). Choose another one."]}
    ] * 2
    assert "CANARY" not in answers[0].text


def test_cancellation_that_is_open_already_is_told_kindly(as_, cast):
    subscription = factories.subscription(cast.customer)
    first = factories.cancellation(subscription, cast.alice)
    answer = as_(cast.bob).post(CANCELLATION, {"subscription": subscription.pk, "when": "now", "reason": "again"})
    assert answer.context["form"].errors["subscription"] == [
        f"A request to cancel this subscription is open already: {first.number}."
    ]
    assert SubscriptionRequest.objects.count() == 1


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
    assert as_(cast.bob).get(f"/requests/{filed.number}/withdraw/").status_code == 405
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


@pytest.mark.parametrize("value", ["%00", "9" * 40, "-1", "abc", "²"])
def test_strange_subscription_in_the_address_is_no_error(as_, cast, value):
    assert as_(cast.bob).get(f"{CANCELLATION}?subscription={value}").status_code == 200


# --- The same form asks once, for the customer it was opened for ---


def hidden(browser, page):
    context = browser.get(page).context
    return {"submission_key": str(context["submission_key"]), "customer": context["current_customer"]().pk}


def test_purchase_form_sent_twice_asks_once(as_, cast):
    offer = factories.offer(cast.partner)
    browser = as_(cast.bob)
    form = purchase_form((offer, 5), **hidden(browser, PURCHASE))
    first, second = browser.post(PURCHASE, form), browser.post(PURCHASE, form, follow=True)
    filed = SubscriptionRequest.objects.get()
    assert first.url == second.redirect_chain[0][0] == f"/requests/{filed.number}/"
    assert "You have sent this form already" in messages_of(second)[-1]
    assert filed.events.count() == 1


def test_cancellation_form_sent_twice_asks_once(as_, cast):
    subscription = factories.subscription(cast.customer)
    browser = as_(cast.bob)
    form = {"subscription": subscription.pk, "when": "now", "reason": "x"} | hidden(browser, CANCELLATION)
    answers = [browser.post(CANCELLATION, form) for _ in range(2)]
    filed = SubscriptionRequest.objects.get()
    assert [answer.url for answer in answers] == [f"/requests/{filed.number}/"] * 2


def test_form_key_of_somebody_else_is_refused_and_shows_nothing(as_, cast):
    offer = factories.offer(cast.partner)
    key = hidden(as_(cast.bob), PURCHASE)["submission_key"]
    as_(cast.bob).post(PURCHASE, purchase_form((offer, 5), submission_key=key))
    filed = SubscriptionRequest.objects.get()
    answer = as_(cast.alice).post(PURCHASE, purchase_form((offer, 6), submission_key=key))
    assert answer.status_code == 200
    assert answer.context["form"].non_field_errors() == ["This form cannot be sent again. Open it anew."]
    assert filed.number not in answer.text


@pytest.mark.parametrize("key", ["", "nonsense", "\0", "0" * 5000])
def test_form_with_a_strange_key_is_a_form_of_its_own(as_, cast, key):
    offer = factories.offer(cast.partner)
    assert as_(cast.bob).post(PURCHASE, purchase_form((offer, 5), submission_key=key)).status_code == 302
    assert SubscriptionRequest.objects.get().submission_key is None


def test_form_keeps_its_key_through_an_error(as_, cast):
    offer = factories.offer(cast.partner)
    browser = as_(cast.bob)
    fields = hidden(browser, PURCHASE)
    answer = browser.post(PURCHASE, purchase_form((offer, 0), **fields))
    assert str(answer.context["submission_key"]) == fields["submission_key"]


def test_purchase_is_for_the_customer_the_form_was_opened_for(as_, cast):
    """In another window the header was switched to another customer meanwhile."""
    CustomerMembership.objects.create(user=cast.alice, customer=cast.sibling, role="admin")
    offer = factories.offer(cast.partner)
    browser = as_(cast.alice)
    browser.post("/me/customer/", {"customer": cast.customer.pk})
    form = purchase_form((offer, 5), **hidden(browser, PURCHASE))
    browser.post("/me/customer/", {"customer": cast.sibling.pk})
    browser.post(PURCHASE, form)
    assert SubscriptionRequest.objects.get().customer == cast.customer


@pytest.mark.parametrize("customer", ["foreign", "999999", "\0", "x"])
def test_purchase_for_a_customer_one_does_not_belong_to_is_none(as_, cast, customer):
    pk = cast.foreign_customer.pk if customer == "foreign" else customer
    form = purchase_form((factories.offer(cast.partner), 5), customer=pk)
    assert as_(cast.bob).post(PURCHASE, form).status_code == 404
    assert SubscriptionRequest.objects.count() == 0


def test_cancellation_at_the_end_of_no_term_says_so(as_, cast):
    subscription = factories.subscription(cast.customer, commitment_end_date=None)
    form = {"subscription": subscription.pk, "when": "end_of_term", "reason": "x"}
    answer = as_(cast.bob).post(CANCELLATION, form)
    assert list(answer.context["form"].errors) == ["when"]


def test_cancellation_form_for_a_subscription_that_cannot_be_cancelled_says_so(as_, cast):
    ended = factories.subscription(cast.customer, status=SubscriptionStatus.DELETED)
    page = as_(cast.bob).get(f"{CANCELLATION}?subscription={ended.pk}")
    assert messages_of(page) == ["This subscription cannot be cancelled (any more). Choose another one."]

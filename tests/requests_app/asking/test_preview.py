"""The live preview: what it answers, to whom, and that it writes nothing."""

import pytest

from requests_app.models import SubscriptionRequest
from tests import factories
from tests.requests_app.asking.test_about_a_subscription import FORMS, address, every_kind, form_about, seen_on


@pytest.fixture
def subscription(cast):
    return factories.subscription(cast.customer, friendly_name="CANARY-sub")


def preview(browser, kind, **query):
    return browser.get(f"{address(kind)}preview/", query)


@every_kind
def test_preview_shows_the_picture_that_the_form_is_sent_with(as_, cast, subscription, kind):
    browser = as_(cast.bob)
    fragment = preview(browser, kind, **form_about(subscription, kind))
    assert "<html" not in fragment.text
    assert f'name="seen" value="{fragment.context["seen"]}"' in fragment.text
    answer = browser.post(address(kind), form_about(subscription, kind) | seen_on(fragment))
    assert answer.status_code == 302


@every_kind
def test_preview_of_an_unfinished_form_says_what_is_missing(as_, cast, subscription, kind):
    fragment = preview(as_(cast.bob), kind, subscription=subscription.pk)
    missing = {
        "cancellation": "Say when it shall end.",
        "end_of_term": "Say what should happen when the term is over.",
    }.get(kind, "Say how many seats.")
    assert fragment.context["missing"] == [missing]
    assert (fragment.context["seen"], missing in fragment.text) == ("", True)


@every_kind
@pytest.mark.parametrize("value", ["\0", "9" * 40, "²", "<script>"])
def test_preview_of_nonsense_is_no_error(as_, cast, subscription, kind, value):
    for query in (dict.fromkeys(FORMS[kind], value), {"subscription": value}):
        fragment = preview(as_(cast.bob), kind, **({"subscription": subscription.pk} | query))
        assert (fragment.status_code, fragment.context["outcome"]) == (200, None)
        assert "<script>" not in fragment.text


@every_kind
def test_preview_of_a_subscription_of_somebody_else_answers_as_for_none(as_, cast, kind):
    theirs = factories.subscription(cast.sibling, friendly_name="CANARY")
    texts = [
        preview(as_(cast.bob), kind, **(form_about(theirs, kind) | {"subscription": pk})).text
        for pk in (theirs.pk, 999_999)
    ]
    assert texts[0] == texts[1]
    assert "CANARY" not in texts[0]


@pytest.mark.parametrize("kind", [*FORMS, "purchase"])
@pytest.mark.parametrize(("name", "status"), [("carol", 403), ("dana", 302), ("sam", 302)])
def test_preview_opens_for_those_who_may_ask(as_, cast, kind, name, status):
    assert preview(as_(getattr(cast, name)), kind).status_code == status


@every_kind
def test_preview_takes_the_same_statements_whatever_there_is(as_, cast, subscription, assert_statements, kind):
    browser = as_(cast.bob)
    for _ in range(3):
        factories.subscription(cast.customer)
        with assert_statements(STATEMENTS[kind]):
            preview(browser, kind, **form_about(subscription, kind))


STATEMENTS = {"cancellation": 11, "more_seats": 10, "fewer_seats": 11, "end_of_term": 11}


@pytest.mark.parametrize("method", ["post", "put", "delete"])
@pytest.mark.parametrize("kind", [*FORMS, "purchase"])
def test_preview_takes_nothing_but_questions(as_, cast, subscription, kind, method):
    answer = getattr(as_(cast.bob), method)(f"{address(kind)}preview/", form_about(subscription, "cancellation"))
    assert (answer.status_code, SubscriptionRequest.objects.count()) == (405, 0)


def test_preview_of_a_purchase_tells_of_each_line(as_, cast):
    offers = [
        factories.offer(cast.partner),
        factories.offer(cast.partner, factories.product("Visio", product_type="azure_usage")),
    ]
    lines = {
        f"lines-{n}-{name}": value
        for n, one in enumerate(offers)
        for name, value in (("offer", one.pk), ("quantity", 3))
    }
    fragment = preview(as_(cast.bob), "purchase", **lines)
    assert [line.product_type for line in fragment.context["outcome"].lines] == ["license_based", "azure_usage"]
    assert fragment.context["names"] == offers
    assert "TWD" not in fragment.text


def test_preview_of_a_purchase_of_foreign_offers_answers_as_for_none(as_, cast):
    theirs = factories.offer(cast.other_partner, factories.product("CANARY"))
    texts = [
        preview(as_(cast.bob), "purchase", **{"lines-0-offer": pk, "lines-0-quantity": 3}).text
        for pk in (theirs.pk, 999_999)
    ]
    assert texts[0] == texts[1]
    assert "CANARY" not in texts[0]


@pytest.mark.parametrize("customer", ["foreign", "999999", "\0", "x"])
def test_preview_of_a_purchase_for_a_customer_one_does_not_belong_to_is_none(as_, cast, customer):
    pk = cast.foreign_customer.pk if customer == "foreign" else customer
    assert preview(as_(cast.bob), "purchase", customer=pk).status_code == 404

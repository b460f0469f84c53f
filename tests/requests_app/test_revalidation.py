"""What has changed since a request was filed: each change by its code, and as a sentence in both languages."""

import datetime

import pytest
from django.utils import timezone, translation

from requests_app import revalidation
from requests_app.models import Offer, SeatBatch, Subscription, SubscriptionRequest
from tests import factories
from tests.requests_app.workflow.steps import ABOUT_A_SUBSCRIPTION, ask

DAY = datetime.timedelta(days=1)


def changes_of(filed, now=None):
    """Return what has changed, from the rows as they are now."""
    return revalidation.changes_since_filing(SubscriptionRequest.objects.get(pk=filed.pk), now or timezone.now())


# --- Purchases ---


@pytest.fixture
def purchase(cast):
    factories.offer(cast.partner, factories.product("Power BI Pro"), unit_price="310.00")
    return ask("purchase", cast)


def test_purchase_that_nothing_has_happened_to_has_no_changes(purchase):
    assert changes_of(purchase) == []


@pytest.mark.parametrize(
    ("fields", "now"), [({"unit_price": "325.50"}, "TWD 325.50"), ({"currency": "USD"}, "USD 310.00")]
)
def test_price_that_has_changed(purchase, fields, now):
    Offer.objects.update(**fields)
    name = {"en": "Power BI Pro", "zh-hant": "Power BI Pro（中）"}
    assert changes_of(purchase) == [{"code": "price_changed", "name": name, "before": "TWD 310.00", "now": now}]


@pytest.mark.parametrize("how", ["off sale", "another cloud"])
def test_offer_that_is_no_longer_sold_to_this_customer(cast, purchase, how):
    if how == "off sale":
        Offer.objects.update(is_active=False)
    else:
        offer = Offer.objects.get()
        offer.product.clouds = ["dod"]
        offer.product.save()
    [change] = changes_of(purchase)
    assert (change["code"], change["name"]["en"]) == ("offer_withdrawn", "Power BI Pro")


def test_what_is_no_longer_sold_comes_before_what_costs_more(cast):
    first, second = factories.offer(cast.partner), factories.offer(cast.partner, term_duration="P3Y")
    filed = ask("purchase", cast)
    Offer.objects.filter(pk=first.pk).update(unit_price="999.00")
    Offer.objects.filter(pk=second.pk).update(is_active=False)
    assert [change["code"] for change in changes_of(filed)] == ["offer_withdrawn", "price_changed"]
    Offer.objects.filter(pk=second.pk).update(unit_price="999.00")  # sold again, it would cost that
    assert [change["code"] for change in changes_of(filed)] == ["offer_withdrawn", "price_changed", "price_changed"]


# --- Subscriptions ---


@pytest.mark.parametrize("name", ABOUT_A_SUBSCRIPTION)
def test_request_that_nothing_has_happened_to_has_no_changes(cast, name):
    subscription = factories.subscription(cast.customer)
    assert changes_of(ask(name, cast, subscription)) == []


@pytest.mark.parametrize(
    ("name", "before", "now"),
    [
        ("quantity", 25, 24),
        ("term_duration", "P1Y", "P3Y"),
        ("billing_cycle", "monthly", "annual"),
        ("commitment_end_date", "2027-11-18", "2028-11-18"),
        ("commitment_end_date", "2027-11-18", None),
        ("auto_renew_enabled", True, False),
        ("ends_on", None, "2027-11-18"),
    ],
)
def test_field_that_has_changed(cast, name, before, now):
    subscription = factories.subscription(cast.customer, commitment_end_date=datetime.date(2027, 11, 18))
    filed = ask("more seats", cast, subscription)
    Subscription.objects.update(**{name: now})
    assert changes_of(filed) == [{"code": f"{name}_changed", "before": before, "now": now}]


def test_status_that_has_changed(cast):
    filed = ask("renew", cast, factories.subscription(cast.customer))
    Subscription.objects.update(status="suspended")
    assert changes_of(filed) == [{"code": "status_changed", "before": "active", "now": "suspended"}]


def test_window_that_has_shut_since(cast):
    until = timezone.now() + DAY
    filed = ask("cancellation", cast, factories.subscription(cast.customer, cancellation_allowed_until=until))
    assert changes_of(filed, until - datetime.timedelta(seconds=1)) == []
    assert changes_of(filed, until) == [{"code": "window_shut", "now": until.isoformat()}]


def test_window_that_was_shut_already_when_it_was_filed_is_no_change(cast):
    past = timezone.now() - DAY
    filed = ask("cancellation", cast, factories.subscription(cast.customer, cancellation_allowed_until=past))
    assert changes_of(filed) == []


def test_window_that_was_moved(cast):
    until = timezone.now() + DAY
    filed = ask("cancellation", cast, factories.subscription(cast.customer, cancellation_allowed_until=until))
    for now, codes in ((until + DAY, ["window_moved"]), (None, ["window_moved", "window_shut"])):
        Subscription.objects.update(cancellation_allowed_until=now)
        assert [change["code"] for change in changes_of(filed)] == codes


def test_window_of_added_seats_that_has_shut_matters_to_fewer_seats_alone(cast):
    until = timezone.now() + DAY
    subscription = factories.subscription(cast.customer)
    SeatBatch.objects.create(
        subscription=subscription, quantity=6, added_at=timezone.now(), cancellation_allowed_until=until
    )
    fewer, more = ask("fewer seats", cast, subscription), ask("more seats", cast, subscription)
    assert changes_of(fewer) == changes_of(more) == changes_of(more, until) == []
    [change] = changes_of(fewer, until)
    assert (change["code"], change["quantity"]) == ("batch_window_shut", 6)
    assert datetime.datetime.fromisoformat(change["now"]) == until


def test_request_from_before_facts_were_kept_has_no_changes(cast):
    filed = ask("cancellation", cast, factories.subscription(cast.customer))
    SubscriptionRequest.objects.update(facts={})
    Subscription.objects.update(quantity=1)
    assert changes_of(filed) == []


def test_changes_are_the_same_after_a_round_through_the_database(cast):
    """The digest of what a page shows is compared with the digest of what is so at the decision."""
    offers = [factories.offer(cast.partner, term_duration=term) for term in ("P1M", "P1Y", "P3Y")]
    filed = ask("purchase", cast)
    Offer.objects.filter(pk__in=[offers[0].pk, offers[2].pk]).update(is_active=False)
    Offer.objects.filter(pk=offers[1].pk).update(unit_price="1.00")
    assert revalidation.digest(changes_of(filed)) == revalidation.digest(changes_of(filed))
    assert revalidation.digest([]) != revalidation.digest(changes_of(filed))


# --- Sentences ---

NAME = {"en": "Power BI Pro", "zh-hant": "Power BI Pro（中）"}
MOMENT = "2026-11-26T08:00:00+00:00"
EXAMPLES = {
    "offer_withdrawn": {"name": NAME},
    "price_changed": {"name": NAME, "before": "TWD 310.00", "now": "TWD 325.00"},
    "status_changed": {"before": "active", "now": "suspended"},
    "window_moved": {"before": MOMENT, "now": None},
    "window_shut": {"now": MOMENT},
    "batch_window_shut": {"quantity": 6, "now": MOMENT},
    "quantity_changed": {"before": 25, "now": 1},
    "term_duration_changed": {"before": "P1Y", "now": "P3Y"},
    "billing_cycle_changed": {"before": "monthly", "now": "annual"},
    "commitment_end_date_changed": {"before": "2027-11-18", "now": None},
    "auto_renew_enabled_changed": {"before": True, "now": False},
    "ends_on_changed": {"before": None, "now": "2027-11-18"},
}
IN_ENGLISH = {
    "offer_withdrawn": "“Power BI Pro” is no longer sold.",
    "price_changed": "The price of “Power BI Pro” was TWD 310.00 a seat and is now TWD 325.00.",
    "status_changed": "The subscription was “Active” and is now “Suspended, still billed”.",
    "quantity_changed": "The subscription had 25 seats and now has 1 seat.",
    "term_duration_changed": "The term was 1 year and is now 3 years.",
    "billing_cycle_changed": "It was billed monthly and is now billed yearly.",
    "auto_renew_enabled_changed": "Auto-renew has been switched off.",
}


def sentence(code, language):
    with translation.override(language):
        [said] = revalidation.sentences([{"code": code} | EXAMPLES[code]])
    return said


def test_every_code_has_an_example():
    watched = {f"{name}_changed" for name in revalidation.WATCHED}
    assert set(EXAMPLES) == set(revalidation.SENTENCES)
    assert watched <= set(EXAMPLES)


@pytest.mark.parametrize("code", sorted(EXAMPLES))
def test_change_is_told_in_both_languages(code):
    english, chinese = sentence(code, "en"), sentence(code, "zh-hant")
    assert english == IN_ENGLISH.get(code, english)
    assert english.endswith(".")
    assert "%(" not in english + chinese
    assert "None" not in english + chinese
    assert chinese != english
    assert chinese.endswith("。")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"code": "auto_renew_enabled_changed", "before": False, "now": True}, "Auto-renew has been switched on."),
        (
            {"code": "ends_on_changed", "before": "2027-11-18", "now": None},
            "The end that was arranged has been taken back.",
        ),
    ],
)
def test_change_that_has_two_ways_is_told_in_both(change, said):
    assert revalidation.sentences([change]) == [said]


def test_code_that_is_not_for_readers_is_passed_over():
    assert revalidation.sentences([{"code": "escalated", "level": 1}]) == []

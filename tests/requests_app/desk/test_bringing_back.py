"""What comes back from Partner Center: asked for by kind, checked, kept where it does not fit."""

import datetime

import pytest
from django.utils import timezone

from requests_app import workflow
from requests_app.models import ProductType, Subscription
from tests import factories
from tests.requests_app.desk import page


def approved(filed, cast):
    return factories.in_status(filed, "approved", agent=cast.dana, author=cast.alice)


def in_(days):
    return (timezone.now() + datetime.timedelta(days=days)).replace(microsecond=0)


def asked_for(browser, filed):
    return list(browser.get(page(filed, "complete")).context["form"].fields)


@pytest.mark.parametrize(
    ("product_type", "expected"),
    [
        (
            ProductType.LICENSE_BASED,
            ["external_id", "effective_start_date", "commitment_end_date", "cancellation_allowed_until"],
        ),
        (ProductType.PERPETUAL_SOFTWARE, ["external_id", "effective_start_date", "cancellation_allowed_until"]),
        (ProductType.AZURE_USAGE, ["external_id", "effective_start_date"]),
    ],
)
def test_purchase_asks_for_what_its_product_has(as_, cast, product_type, expected):
    offer = factories.offer(cast.partner, factories.product(product_type=product_type))
    filed = approved(factories.purchase(cast.customer, cast.alice, offer), cast)
    line = filed.lines.get().pk
    parts = [f"line_{line}_{name}" for name in expected]
    assert asked_for(as_(cast.dana), filed) == ["external_reference", *parts, "note"]


@pytest.mark.parametrize(("on_record", "asked"), [("SUB-1", []), ("", ["external_id"])])
def test_subscription_whose_id_is_missing_is_asked_for_it(as_, cast, on_record, asked):
    subscription = factories.subscription(cast.customer, external_id=on_record)
    filed = approved(workflow.submit_more_seats(subscription, seats=5, actor=cast.alice), cast)
    expected = ["external_reference", *asked, "cancellation_allowed_until", "note"]
    assert asked_for(as_(cast.dana), filed) == expected


def test_purchase_with_everything_brought_back(as_, cast):
    first, second = factories.offer(cast.partner), factories.offer(cast.partner)
    filed = approved(factories.purchase(cast.customer, cast.alice, first, second), cast)
    one, other = filed.lines.order_by("pk")
    today, end, until = in_(0).date(), in_(300).date(), in_(6)
    form = {
        "external_reference": "ORDER-1",
        f"line_{one.pk}_external_id": " SUB-A ",
        f"line_{one.pk}_effective_start_date": today,
        f"line_{one.pk}_commitment_end_date": end,
        f"line_{one.pk}_cancellation_allowed_until": until.strftime("%Y-%m-%dT%H:%M:%S"),
        f"line_{other.pk}_external_id": "SUB-B",
    }
    cast.dana.time_zone = "Asia/Taipei"
    cast.dana.save()
    assert as_(cast.dana).post(page(filed, "complete"), form).status_code == 302
    a, b = Subscription.objects.order_by("pk")
    assert (a.external_id, a.order_id, a.commitment_end_date) == ("SUB-A", "ORDER-1", end)
    assert (a.cancellation_allowed_until, a.cancellation_date_is_estimate) == (until, False)
    assert (b.external_id, b.cancellation_date_is_estimate) == ("SUB-B", True)


@pytest.mark.parametrize(
    ("values", "field", "told"),
    [
        ({"commitment_end_date": -1}, "commitment_end_date", "The term cannot end before it starts."),
        ({"commitment_end_date": 380}, "commitment_end_date", "at the latest. Look for a mistyped year."),
        ({"cancellation_allowed_until": -2}, "cancellation_allowed_until", "before the subscription was bought"),
        ({"cancellation_allowed_until": 380}, "cancellation_allowed_until", "The window closes within the term."),
        (
            {"commitment_end_date": 20, "cancellation_allowed_until": 30},
            "cancellation_allowed_until",
            "The window closes within the term.",
        ),
        ({"effective_start_date": 400}, "effective_start_date", "Give a day within a year from today."),
    ],
    ids=["ends before it starts", "too long a term", "shut before", "shuts after", "shuts after its end", "year"],
)
def test_dates_that_do_not_fit_are_told_and_kept(as_, cast, values, field, told):
    filed = approved(factories.purchase(cast.customer, cast.alice), cast)
    line = filed.lines.get().pk
    typed = {
        f"line_{line}_{name}": in_(days).strftime("%Y-%m-%dT%H:%M:%S" if "until" in name else "%Y-%m-%d")
        for name, days in values.items()
    }
    answer = as_(cast.dana).post(page(filed, "complete"), {"external_reference": "ORDER-1", **typed})
    errors = answer.context["form"].errors
    assert list(errors) == [f"line_{line}_{field}"]
    assert told in errors[f"line_{line}_{field}"][0]
    for value in ("ORDER-1", *typed.values()):
        assert f'value="{value}"' in answer.text
    assert Subscription.objects.count() == 0


def test_id_of_another_subscription_is_told_with_its_name_and_kept(as_, cast):
    factories.subscription(cast.customer, external_id="SUB-A", friendly_name="Sales")
    filed = approved(factories.purchase(cast.customer, cast.alice), cast)
    field = f"line_{filed.lines.get().pk}_external_id"
    answer = as_(cast.dana).post(page(filed, "complete"), {"external_reference": "ORDER-1", field: "SUB-A"})
    assert answer.context["form"].errors == {
        field: ["The subscription “Sales” has the ID SUB-A already. Look which of the two it is."]
    }
    assert 'value="SUB-A"' in answer.text
    assert as_(cast.dana).post(page(filed, "complete"), {"external_reference": "O", field: "SUB-B"}).status_code == 302


def test_one_id_for_two_lines_is_refused(as_, cast):
    filed = factories.purchase(cast.customer, cast.alice, factories.offer(cast.partner), factories.offer(cast.partner))
    filed = approved(filed, cast)
    fields = [f"line_{line.pk}_external_id" for line in filed.lines.order_by("pk")]
    form = {"external_reference": "ORDER-1"} | dict.fromkeys(fields, "SUB-A")
    told = as_(cast.dana).post(page(filed, "complete"), form).context["form"].errors
    assert told == {field: ["You have given this ID to two lines. Look which of them it is."] for field in fields}


@pytest.mark.parametrize(("days", "told"), [(-1, "before the seats were added"), (800, "closes within the term")])
def test_window_of_added_seats_that_does_not_fit(as_, cast, days, told):
    subscription = factories.subscription(cast.customer, external_id="SUB-1")
    filed = approved(workflow.submit_more_seats(subscription, seats=5, actor=cast.alice), cast)
    form = {
        "external_reference": "ORDER-1",
        "cancellation_allowed_until": in_(days).strftime("%Y-%m-%dT%H:%M:%S"),
    }
    errors = as_(cast.dana).post(page(filed, "complete"), form).context["form"].errors
    assert list(errors) == ["cancellation_allowed_until"]
    assert told in errors["cancellation_allowed_until"][0]
    assert subscription.batches.count() == 0


def test_customers_own_id_of_another_customer_is_no_matter(as_, cast):
    factories.subscription(cast.sibling, external_id="SUB-A")
    filed = approved(factories.purchase(cast.customer, cast.alice), cast)
    field = f"line_{filed.lines.get().pk}_external_id"
    form = {"external_reference": "ORDER-1", field: "SUB-A"}
    assert as_(cast.dana).post(page(filed, "complete"), form).status_code == 302
    assert Subscription.objects.get(customer=cast.customer).external_id == "SUB-A"

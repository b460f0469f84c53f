"""The desk on a Monday: slips of the hand, and colleagues who were quicker."""

import pytest

from requests_app import workflow
from requests_app.models import Subscription
from tests import factories
from tests.requests_app.desk import NO_BATCHES, QUEUE, listed, page


@pytest.mark.parametrize("year", ["0001-01-01", "0226-11-23", "9999-12-31", "2190-01-01"])
def test_completing_with_a_mistyped_year_is_refused(as_, cast, year):
    filed = factories.purchase(cast.customer, cast.alice)
    factories.in_status(filed, "approved", agent=cast.dana, author=cast.alice)
    field = f"line_{filed.lines.get().pk}_effective_start_date"
    form = {"external_reference": "ORDER-1", field: year, "note": "kept"}
    answer = as_(cast.dana).post(page(filed, "complete"), form)
    assert list(answer.context["form"].errors) == [field]
    assert answer.context["form"]["note"].value() == "kept"
    assert Subscription.objects.count() == 0


@pytest.mark.parametrize(
    "field", ["effective_start_date", "commitment_end_date", "ends_on", "cancellation_allowed_until"]
)
@pytest.mark.parametrize("year", ["0001", "1999", "2101", "9999"])
def test_subscription_with_a_mistyped_year_is_refused(as_, cast, field, year):
    subscription = factories.subscription(cast.customer)
    form = {
        "product": subscription.product.pk, "quantity": 25, "status": "active", "term_duration": "P1Y",
        "billing_cycle": "monthly", "effective_start_date": "2026-01-01",
        **NO_BATCHES,
    } | {field: f"{year}-12-31T23:59" if field == "cancellation_allowed_until" else f"{year}-12-31"}  # fmt: skip
    address = f"/admin/requests_app/subscription/{subscription.pk}/change/"
    answer = as_(cast.max).post(address, form)
    assert answer.status_code == 200
    told = str(answer.context["errors"])
    assert any(
        text in told for text in ("2000", "start", "before the subscription was bought", "after the end of the term")
    )


def test_ids_that_are_taken_are_told_on_change_too(as_, cast):
    factories.subscription(cast.customer, external_id="SUB-1")
    other = factories.subscription(cast.customer, external_id="SUB-2")
    form = {
        "product": other.product.pk, "quantity": 25, "status": "active", "term_duration": "P1Y",
        "billing_cycle": "monthly", "effective_start_date": "2026-01-01", "external_id": "SUB-1",
        **NO_BATCHES,
    }  # fmt: skip
    answer = as_(cast.max).post(f"/admin/requests_app/subscription/{other.pk}/change/", form)
    assert "This customer has a subscription with this ID already." in answer.text
    cast.customer.tenant_id = "c21ff90f-6c89-5d4b-b57d-7b0c37b64059"
    cast.customer.save()
    form = {"name": "Sibling", "cloud": "commercial", "tenant_id": cast.customer.tenant_id}
    answer = as_(cast.max).post(f"/admin/accounts/customer/{cast.sibling.pk}/change/", form)
    assert "This partner has a customer with this tenant ID already." in answer.text


@pytest.mark.parametrize("query", ["kind__exact=%00", "q=%00", "p=%00", "o=%00", "%00=1", "show=%00"])
def test_strange_filter_leads_back_to_the_list(as_, cast, filed, query):
    assert as_(cast.dana).get(f"{QUEUE}?{query}", follow=True).status_code == 200


@pytest.mark.parametrize(
    "query",
    ["author__password__startswith=a", "deadline__year=9" + "9" * 30, "partner__id__exact=1", "assignee__isnull=1"],
)
def test_filter_that_is_not_offered_leads_back_to_the_list(as_, cast, filed, query):
    assert as_(cast.dana).get(f"{QUEUE}?{query}")["Location"] == QUEUE


def test_search_finds_closed_requests_by_number(as_, cast, one_of_each):
    browser = as_(cast.dana)
    for subscription_request in one_of_each.values():
        for term in (subscription_request.number, subscription_request.number.lower(), subscription_request.number[2:]):
            assert listed(browser.get(f"{QUEUE}?q={term}")) == [subscription_request]


def test_line_breaks_count_as_one_character(as_, cast, filed):
    factories.in_status(filed, "in_review", agent=cast.dana, author=cast.alice)
    reason = "\r\n".join(["x" * 9] * 400)  # 3,999 characters with 399 line breaks
    assert as_(cast.dana).post(page(filed, "decline"), {"reason": reason}).status_code == 302


def test_step_that_is_gone_says_so_beside_a_mistake(as_, cast, filed):
    factories.in_status(filed, "in_review", agent=cast.max, author=cast.alice)
    workflow.approve(filed, actor=cast.max)
    answer = as_(cast.dana).post(page(filed, "decline"), {"reason": "x" * 5000})
    assert list(answer.context["form"].errors) == ["reason", "__all__"]
    assert "(Max)" in answer.context["form"].non_field_errors()[0]

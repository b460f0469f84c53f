"""Asking to cancel: what is filed, what is refused, and that nothing typed is lost."""

import datetime

import pytest
from django.utils import timezone

from requests_app.models import Kind, SubscriptionRequest, SubscriptionStatus
from tests import factories
from tests.asking import send

CANCELLATION = "/requests/new/cancellation/"


def test_cancellation_is_filed_with_its_deadline(as_, cast):
    closes = timezone.now() + datetime.timedelta(days=2)
    subscription = factories.subscription(cast.customer, cancellation_allowed_until=closes)
    answer = send(as_(cast.bob), CANCELLATION, {"subscription": subscription.pk, "when": "now", "reason": "Too many"})
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
    answer = send(as_(cast.bob), CANCELLATION, form)
    if field == "reason" and value not in ("", "\0"):
        assert answer.status_code == 302
        return
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]
    for name, typed in form.items():
        assert str(answer.context["form"][name].value()) == str(typed)
    assert SubscriptionRequest.objects.count() == 0


def test_cancellation_at_the_end_of_no_term_says_so(as_, cast):
    subscription = factories.subscription(cast.customer, commitment_end_date=None)
    form = {"subscription": subscription.pk, "when": "end_of_term", "reason": "x"}
    answer = send(as_(cast.bob), CANCELLATION, form)
    assert list(answer.context["form"].errors) == ["when"]

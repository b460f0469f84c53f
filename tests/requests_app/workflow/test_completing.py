"""Completing: what each kind of request does to subscriptions, and when it cannot be done (any more)."""

import datetime

import pytest
from django.utils import timezone

from requests_app import workflow
from requests_app.models import (
    CancelWhen,
    EndOfTermChoice,
    ProductType,
    SeatBatch,
    Status,
    Subscription,
    SubscriptionRequest,
    SubscriptionStatus,
)
from requests_app.workflow import BroughtBack, CannotSubmit, WorkflowError
from tests import factories
from tests.requests_app.workflow.steps import approved, differences, everything

DAY = datetime.timedelta(days=1)
HOUR = datetime.timedelta(hours=1)


def complete(subscription_request, cast, **given):
    return workflow.complete(subscription_request, actor=cast.dana, external_reference="ORDER-9", **given)


def batch(subscription, quantity, *, added_ago, open_for):
    """``open_for``: days for which the window stays open; negative: since when it is shut; None: there is none."""
    now = timezone.now()
    return SeatBatch.objects.create(
        subscription=subscription,
        quantity=quantity,
        added_at=now - added_ago * DAY,
        cancellation_allowed_until=None if open_for is None else now + open_for * DAY,
    )


def batches_of(subscription):
    return dict(subscription.batches.values_list("pk", "quantity"))


SCHEDULED = {
    "arranged_at_end_of_term": EndOfTermChoice.RENEW_CHANGED,
    "scheduled_quantity": 40,
    "scheduled_term_duration": "P3Y",
    "scheduled_billing_cycle": "annual",
}
NOTHING_SCHEDULED = {
    "arranged_at_end_of_term": "",
    "scheduled_quantity": None,
    "scheduled_term_duration": "",
    "scheduled_billing_cycle": "",
}


def schedule_of(subscription):
    stored = Subscription.objects.get(pk=subscription.pk)
    return {name: getattr(stored, name) for name in SCHEDULED}


# --- Purchases ---


def test_complete_purchase_creates_a_subscription_for_each_line(cast):
    first, second = factories.offer(cast.partner), factories.offer(cast.partner, term_duration="P1M")
    filed = factories.purchase(cast.customer, cast.alice, first, second, quantity=4)
    approved = factories.in_status(filed, "approved", agent=cast.dana, author=cast.alice)
    start = datetime.date(2027, 1, 31)
    workflow.complete(
        approved,
        actor=cast.dana,
        external_reference="ORDER-7",
        brought_back=[BroughtBack(effective_start_date=start), BroughtBack(effective_start_date=start)],
    )
    made = Subscription.objects.filter(customer=cast.customer).order_by("pk")
    assert [
        (one.product_id, one.quantity, one.order_id, one.effective_start_date, one.commitment_end_date) for one in made
    ] == [
        (first.product_id, 4, "ORDER-7", start, datetime.date(2028, 1, 30)),
        (second.product_id, 4, "ORDER-7", start, datetime.date(2027, 2, 27)),
    ]


@pytest.mark.parametrize("product_type", [ProductType.PERPETUAL_SOFTWARE, ProductType.AZURE_USAGE])
def test_complete_purchase_of_what_has_no_term_sets_no_end(cast, product_type):
    offer = factories.offer(cast.partner, factories.product(product_type=product_type))
    filed = factories.purchase(cast.customer, cast.alice, offer)
    factories.in_status(filed, "completed", agent=cast.dana, author=cast.alice)
    made = Subscription.objects.get()
    assert (made.commitment_end_date, made.auto_renew_enabled) == (None, False)


WINDOWS = {
    ProductType.LICENSE_BASED: 168 * HOUR,
    ProductType.SOFTWARE_SUBSCRIPTION: 168 * HOUR,
    ProductType.PERPETUAL_SOFTWARE: 30 * DAY,
    ProductType.MARKETPLACE_SAAS: 72 * HOUR,
    ProductType.BUSINESS_CENTRAL: 168 * HOUR,
    ProductType.AZURE_USAGE: None,
}


@pytest.mark.parametrize("product_type", ProductType)
def test_complete_purchase_estimates_the_window_by_the_rule_of_the_product(cast, product_type):
    offer = factories.offer(cast.partner, factories.product(product_type=product_type))
    filed = factories.in_status(
        factories.purchase(cast.customer, cast.alice, offer), "approved", agent=cast.dana, author=cast.alice
    )
    before = timezone.now()
    complete(filed, cast)
    made = Subscription.objects.get()
    window = WINDOWS[product_type]
    if window is None:
        assert made.cancellation_allowed_until is None
    else:
        assert before + window <= made.cancellation_allowed_until <= timezone.now() + window
    assert made.cancellation_date_is_estimate
    assert made.effective_start_date == before.date()


def test_complete_purchase_keeps_what_was_brought_back_of_each_line(cast):
    factories.offer(cast.partner), factories.offer(cast.partner, term_duration="P1M")
    until = timezone.now() + 3 * DAY
    start, end = datetime.date(2026, 12, 1), datetime.date(2027, 10, 31)
    complete(approved("purchase", cast), cast, brought_back=[BroughtBack("SUB-A", start, end, until), BroughtBack()])
    first, second = Subscription.objects.order_by("pk")
    assert (first.external_id, first.effective_start_date, first.commitment_end_date) == ("SUB-A", start, end)
    assert (first.cancellation_allowed_until, first.cancellation_date_is_estimate) == (until, False)
    assert (second.external_id, second.effective_start_date) == ("", timezone.now().date())
    assert second.cancellation_date_is_estimate


def test_what_is_brought_back_is_of_every_line_or_of_none(cast):
    factories.offer(cast.partner), factories.offer(cast.partner, term_duration="P1M")
    filed = approved("purchase", cast)
    with pytest.raises(ValueError, match="zip"):
        complete(filed, cast, brought_back=[BroughtBack("SUB-A")])
    assert Subscription.objects.count() == 0


def test_complete_refuses_the_id_of_another_subscription(cast):
    factories.subscription(cast.customer, external_id="SUB-A", friendly_name="Sales")
    factories.offer(cast.partner)
    filed = approved("purchase", cast)
    with pytest.raises(WorkflowError, match="The subscription “Sales” has the ID SUB-A already"):
        complete(filed, cast, brought_back=[BroughtBack("SUB-A")])
    filed.refresh_from_db()
    assert (filed.status, Subscription.objects.count()) == (Status.APPROVED, 1)
    factories.subscription(cast.sibling, external_id="SUB-B")  # in another customer's tenant
    assert complete(filed, cast, brought_back=[BroughtBack("SUB-B")]).status == Status.COMPLETED


@pytest.mark.parametrize(("on_record", "expected"), [("", "SUB-NEW"), ("SUB-OLD", "SUB-OLD")])
def test_complete_notes_the_id_of_a_subscription_that_had_none(cast, on_record, expected):
    subscription = factories.subscription(cast.customer, external_id=on_record)
    complete(approved("renew", cast, subscription), cast, brought_back=[BroughtBack("SUB-NEW")])
    assert Subscription.objects.get().external_id == expected


def test_complete_more_seats_takes_partner_centers_own_window(cast):
    subscription = factories.subscription(cast.customer)
    until = timezone.now() + 5 * DAY
    filed = approved("more seats", cast, subscription)
    complete(filed, cast, brought_back=[BroughtBack(cancellation_allowed_until=until)])
    added = subscription.batches.get()
    assert (added.cancellation_allowed_until, added.cancellation_date_is_estimate) == (until, False)


def test_complete_purchase_takes_what_was_asked_for_not_what_is_offered_now(cast):
    offer = factories.offer(cast.partner)
    filed = approved("purchase", cast)
    offer.is_active, offer.unit_price = False, "999.00"
    offer.save()
    done = complete(filed, cast)
    assert [change["code"] for change in done.events.last().changes] == ["offer_withdrawn", "price_changed"]
    assert Subscription.objects.get().quantity == 3


# --- Cancellations ---


def test_complete_cancellation_at_end_of_term_keeps_it_until_then(cast):
    subscription = factories.subscription(cast.customer)
    filed = factories.cancellation(subscription, cast.alice, CancelWhen.END_OF_TERM)
    factories.in_status(filed, "completed", agent=cast.dana, author=cast.alice)
    subscription.refresh_from_db()
    assert (subscription.status, subscription.ends_on) == (SubscriptionStatus.ACTIVE, subscription.commitment_end_date)
    with pytest.raises(CannotSubmit):
        factories.cancellation(subscription, cast.alice)


def test_complete_cancellation_now_ends_the_subscription_today(cast):
    subscription = factories.subscription(cast.customer, **SCHEDULED)
    complete(approved("cancellation", cast, subscription), cast)
    subscription.refresh_from_db()
    assert (subscription.status, subscription.auto_renew_enabled, subscription.ends_on, subscription.quantity) == (
        SubscriptionStatus.DELETED, False, timezone.now().date(), 25,
    )  # fmt: skip
    assert schedule_of(subscription) == NOTHING_SCHEDULED


def test_complete_cancellation_at_the_end_says_so_and_drops_what_was_scheduled(cast):
    subscription = factories.subscription(cast.customer, **SCHEDULED)
    complete(approved("cancellation at the end", cast, subscription), cast)
    subscription.refresh_from_db()
    assert (subscription.auto_renew_enabled, subscription.ends_on) == (False, subscription.commitment_end_date)
    assert schedule_of(subscription) == NOTHING_SCHEDULED | {"arranged_at_end_of_term": EndOfTermChoice.CANCEL}


def test_complete_cancellation_at_the_end_of_a_term_that_has_gone_ends_it_at_once(cast):
    subscription = factories.subscription(cast.customer)
    filed = approved("cancellation at the end", cast, subscription)
    Subscription.objects.update(commitment_end_date=None)
    complete(filed, cast)
    subscription.refresh_from_db()
    assert (subscription.status, subscription.ends_on) == (SubscriptionStatus.DELETED, timezone.now().date())


@pytest.mark.parametrize("name", ["cancellation", "cancellation at the end"])
def test_complete_cancellation_of_what_has_ended_meanwhile_keeps_the_day_on_which_it_did(cast, name):
    ended = timezone.now().date() - 2 * DAY
    subscription = factories.subscription(cast.customer)
    filed = approved(name, cast, subscription)
    Subscription.objects.update(status=SubscriptionStatus.EXPIRED, ends_on=ended)
    assert complete(filed, cast).status == Status.COMPLETED
    subscription.refresh_from_db()
    assert (subscription.status, subscription.ends_on, subscription.auto_renew_enabled) == (
        SubscriptionStatus.EXPIRED, ended, False,
    )  # fmt: skip


# --- More seats ---


def test_complete_more_seats_adds_a_batch_with_a_window_of_its_own(cast):
    subscription = factories.subscription(cast.customer, **SCHEDULED)
    before = timezone.now()
    complete(approved("more seats", cast, subscription), cast)
    subscription.refresh_from_db()
    added = subscription.batches.get()
    assert (subscription.quantity, added.quantity, added.cancellation_date_is_estimate) == (30, 5, True)
    assert before <= added.added_at <= timezone.now()
    assert added.cancellation_allowed_until == added.added_at + 7 * DAY
    assert schedule_of(subscription) == NOTHING_SCHEDULED


def test_complete_more_seats_leaves_the_renewal_as_it_was_arranged(cast):
    """Only changes that were scheduled are lost in the middle of a term, not the renewal itself."""
    subscription = factories.subscription(cast.customer, arranged_at_end_of_term=EndOfTermChoice.RENEW)
    complete(approved("more seats", cast, subscription), cast)
    assert schedule_of(subscription) == NOTHING_SCHEDULED | {"arranged_at_end_of_term": EndOfTermChoice.RENEW}


def test_complete_more_seats_than_there_can_be_is_refused(cast):
    subscription = factories.subscription(cast.customer)
    filed = approved("more seats", cast, subscription)
    Subscription.objects.update(quantity=999_996)
    before = everything()
    with pytest.raises(WorkflowError, match="at most 1,000,000 seats"):
        complete(filed, cast)
    assert everything() == before


# --- Fewer seats ---


def test_complete_fewer_seats_takes_the_newest_open_batches_first(cast):
    subscription = factories.subscription(cast.customer, quantity=25)
    oldest = batch(subscription, 4, added_ago=6, open_for=1)
    newest = batch(subscription, 2, added_ago=1, open_for=6)
    middle = batch(subscription, 3, added_ago=3, open_for=4)
    shut = batch(subscription, 5, added_ago=2, open_for=-1)
    never = batch(subscription, 5, added_ago=0, open_for=None)
    complete(approved("fewer seats", cast, subscription), cast)
    subscription.refresh_from_db()
    assert subscription.quantity == 19
    assert batches_of(subscription) == {oldest.pk: 3, shut.pk: 5, never.pk: 5}
    assert {newest.pk, middle.pk}.isdisjoint(batches_of(subscription))


def test_complete_fewer_seats_takes_the_rest_from_the_first_purchase(cast):
    subscription = factories.subscription(cast.customer, quantity=25)
    shut = batch(subscription, 5, added_ago=9, open_for=-2)
    batch(subscription, 2, added_ago=1, open_for=6)
    complete(approved("fewer seats", cast, subscription), cast)
    subscription.refresh_from_db()
    assert (subscription.quantity, batches_of(subscription)) == (19, {shut.pk: 5})


def test_complete_fewer_seats_shrinks_shut_batches_last_so_that_they_fit(cast):
    """What was agreed with Microsoft's support, say: seats that no window gives back are gone all the same."""
    subscription = factories.subscription(cast.customer, quantity=10)
    older = batch(subscription, 4, added_ago=20, open_for=-13)
    newer = batch(subscription, 4, added_ago=10, open_for=-3)
    complete(approved("fewer seats", cast, subscription), cast)
    subscription.refresh_from_db()
    assert (subscription.quantity, batches_of(subscription)) == (4, {older.pk: 4})
    assert not SeatBatch.objects.filter(pk=newer.pk).exists()


def test_complete_fewer_seats_drops_what_was_scheduled(cast):
    subscription = factories.subscription(cast.customer, **SCHEDULED)
    complete(approved("fewer seats", cast, subscription), cast)
    assert schedule_of(subscription) == NOTHING_SCHEDULED


@pytest.mark.parametrize("arranged", ["", EndOfTermChoice.RENEW, EndOfTermChoice.MONTH_TO_MONTH])
def test_complete_fewer_seats_at_renewal_schedules_them_and_leaves_the_seats(cast, arranged):
    subscription = factories.subscription(cast.customer, auto_renew_enabled=False, arranged_at_end_of_term=arranged)
    kept = batch(subscription, 4, added_ago=1, open_for=6)
    complete(approved("fewer seats", cast, subscription), cast, at_renewal=True)
    subscription.refresh_from_db()
    assert (subscription.quantity, subscription.auto_renew_enabled) == (25, True)
    assert batches_of(subscription) == {kept.pk: 4}
    assert schedule_of(subscription) == NOTHING_SCHEDULED | {
        "arranged_at_end_of_term": EndOfTermChoice.RENEW_CHANGED,
        "scheduled_quantity": 19,
    }


@pytest.mark.parametrize("at_renewal", [False, True])
@pytest.mark.parametrize("quantity", [1, 6])
def test_complete_fewer_seats_than_there_are_left_is_refused(cast, quantity, at_renewal):
    subscription = factories.subscription(cast.customer)
    filed = approved("fewer seats", cast, subscription)
    Subscription.objects.update(quantity=quantity)
    before = everything()
    seats = "1 seat" if quantity == 1 else "6 seats"
    with pytest.raises(WorkflowError, match=rf"^The subscription has {seats} now: so many cannot be taken away\.$"):
        complete(filed, cast, at_renewal=at_renewal)
    assert everything() == before


# --- The end of the term ---


@pytest.mark.parametrize(
    ("name", "arranged", "renews"),
    [
        ("renew", NOTHING_SCHEDULED | {"arranged_at_end_of_term": EndOfTermChoice.RENEW}, True),
        ("renew changed", SCHEDULED, True),
        ("month to month", NOTHING_SCHEDULED | {"arranged_at_end_of_term": EndOfTermChoice.MONTH_TO_MONTH}, False),
    ],
)
@pytest.mark.parametrize("renewed_before", [False, True])
def test_complete_end_of_term_notes_what_is_arranged_in_place_of_what_was(cast, name, arranged, renews, renewed_before):
    subscription = factories.subscription(
        cast.customer, auto_renew_enabled=renewed_before, **(SCHEDULED | {"scheduled_quantity": 7})
    )
    complete(approved(name, cast, subscription), cast)
    assert schedule_of(subscription) == arranged
    after = Subscription.objects.get(pk=subscription.pk)
    assert (after.auto_renew_enabled, after.quantity, after.ends_on) == (renews, 25, None)


# --- Ended meanwhile ---


@pytest.mark.parametrize("name", ["more seats", "fewer seats", "renew", "renew changed", "month to month"])
def test_complete_a_change_of_what_has_ended_meanwhile_is_refused(cast, name):
    subscription = factories.subscription(cast.customer)
    filed = approved(name, cast, subscription)
    Subscription.objects.update(status=SubscriptionStatus.DELETED)
    before = everything()
    with pytest.raises(WorkflowError, match=r"^The subscription has ended: nothing can be changed\."):
        complete(filed, cast)
    assert everything() == before
    assert workflow.fail(filed, actor=cast.dana, reason="It has ended").status == Status.FAILED


@pytest.mark.parametrize(
    ("name", "given"),
    [("fewer seats", {"at_renewal": True}), ("renew", {}), ("renew changed", {}), ("month to month", {})],
)
def test_complete_for_a_renewal_that_will_not_be_is_refused(cast, name, given):
    subscription = factories.subscription(cast.customer)
    filed = approved(name, cast, subscription)
    Subscription.objects.update(ends_on=subscription.commitment_end_date, auto_renew_enabled=False)
    before = everything()
    with pytest.raises(WorkflowError, match="it will not renew"):
        complete(filed, cast, **given)
    assert everything() == before


@pytest.mark.parametrize("name", ["more seats", "fewer seats"])
def test_complete_a_change_of_seats_before_the_arranged_end_is_possible(cast, name):
    subscription = factories.subscription(cast.customer)
    filed = approved(name, cast, subscription)
    Subscription.objects.update(ends_on=subscription.commitment_end_date, auto_renew_enabled=False)
    complete(filed, cast)
    after = Subscription.objects.get(pk=subscription.pk)
    assert (after.quantity, after.auto_renew_enabled) == ({"more seats": 30, "fewer seats": 19}[name], False)


def test_complete_touches_no_other_subscription(cast):
    subscription, other = factories.subscription(cast.customer), factories.subscription(cast.customer)
    filed = approved("fewer seats", cast, subscription)
    batch(other, 5, added_ago=1, open_for=6)
    before = everything()
    complete(filed, cast)
    assert differences(before, everything())["subscriptions"] == {subscription.pk}
    assert other.batches.get().quantity == 5


@pytest.mark.parametrize("reference", ["", "  "])
def test_complete_without_a_reference_is_refused(cast, reference):
    factories.offer(cast.partner)
    filed = approved("purchase", cast)
    with pytest.raises(ValueError, match="reference"):
        workflow.complete(filed, actor=cast.dana, external_reference=reference)
    assert SubscriptionRequest.objects.get().status == Status.APPROVED

"""The page of one request: what an agent decides by."""

import datetime

import pytest
from django.utils import timezone

from requests_app import workflow
from requests_app.models import EndOfTermChoice, SeatBatch, Subscription
from tests import factories
from tests.requests_app.desk import page

ASKED = {
    "purchase": lambda cast: factories.purchase(cast.customer, cast.alice, *two_offers(cast)),
    "cancellation": lambda cast: factories.cancellation(factories.subscription(cast.customer), cast.alice),
    "more seats": lambda cast: workflow.submit_more_seats(
        factories.subscription(cast.customer), seats=5, actor=cast.alice
    ),
    "fewer seats": lambda cast: workflow.submit_fewer_seats(
        factories.subscription(cast.customer), seats=5, actor=cast.alice
    ),
    "end of term": lambda cast: end_of_term(cast, EndOfTermChoice.RENEW),
}


def two_offers(cast):
    return [factories.offer(cast.partner) for _ in range(2)]


@pytest.mark.parametrize("rounds", [0, 2])
@pytest.mark.parametrize(
    ("kind", "statements"),
    [("purchase", 8), ("cancellation", 7), ("more seats", 7), ("fewer seats", 8), ("end of term", 8)],
)
def test_request_page_takes_the_same_statements_for_any_history(as_, cast, assert_statements, kind, statements, rounds):
    """As far as a page of the desk goes: opened from a view, held by a colleague, with others that are open beside it."""
    for _ in range(rounds + 1):
        factories.purchase(cast.customer, cast.bob, *two_offers(cast))
    filed = ASKED[kind](cast)
    for _ in range(rounds):
        workflow.release(workflow.claim(filed, actor=cast.dana), actor=cast.dana)
        if filed.subscription:
            SeatBatch.objects.create(subscription=filed.subscription, quantity=1, added_at=timezone.now())
    workflow.claim(filed, actor=cast.max)
    browser = as_(cast.dana)
    with assert_statements(statements):
        assert browser.get(page(filed), {"view": "show=open"}).status_code == 200


def end_of_term(cast, choice, changes=None, **fields):
    subscription = factories.subscription(cast.customer, **fields)
    wanted = changes or workflow.RenewalChanges()
    return workflow.submit_end_of_term(subscription, choice=choice, changes=wanted, actor=cast.alice)


def in_(days):
    return timezone.now() + datetime.timedelta(days=days)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (
            lambda cast: workflow.submit_more_seats(factories.subscription(cast.customer), seats=5, actor=cast.alice),
            ["+5", "from 25 to 30", "Raise the number of seats from 25 to 30."],
        ),
        (
            lambda cast: workflow.submit_fewer_seats(factories.subscription(cast.customer), seats=5, actor=cast.alice),
            ["−5", "from 25 to 20", "These seats can be given back now"],
        ),
        (
            lambda cast: workflow.submit_fewer_seats(
                factories.subscription(cast.customer, cancellation_allowed_until=in_(-1), auto_renew_enabled=False),
                seats=5,
                actor=cast.alice,
            ),
            ["No window is open for these seats: they go at the renewal", "Auto-renew is off"],
        ),
        (
            lambda cast: end_of_term(cast, EndOfTermChoice.RENEW),
            ["Renew as it is", "Leave auto-renew on."],
        ),
        (
            lambda cast: end_of_term(
                cast, EndOfTermChoice.RENEW_CHANGED, workflow.RenewalChanges(20, "P3Y", "annual")
            ),
            ["Renew with changes", "<strong>20</strong>", "<strong>3 years</strong>", "<strong>yearly</strong>",
             "See that auto-renew is on: scheduled changes need it.", "deletes what is scheduled"],
        ),
        (
            lambda cast: end_of_term(cast, EndOfTermChoice.MONTH_TO_MONTH),
            ["Month to month costs 3/23 % more than the monthly rate", "Switch auto-renew off."],
        ),
        (
            lambda cast: end_of_term(cast, EndOfTermChoice.CANCEL),
            ["Switching auto-renew off is not a cancellation", "cannot be recovered"],
        ),
    ],
    ids=["more", "fewer, window open", "fewer, window shut", "renew", "renew changed", "month to month", "cancel"],
)  # fmt: skip
def test_page_says_what_was_asked_and_what_to_do(as_, cast, make, expected):
    text = as_(cast.dana).get(page(make(cast))).text
    for sentence in expected:
        assert sentence in text


@pytest.mark.parametrize("days", [3, -1], ids=["open", "shut"])
def test_what_to_do_about_a_cancellation_at_once_depends_on_the_window(as_, cast, days):
    subscription = factories.subscription(cast.customer, cancellation_allowed_until=in_(3))
    filed = factories.cancellation(subscription, cast.alice)
    Subscription.objects.update(cancellation_allowed_until=in_(days))
    text = as_(cast.dana).get(page(filed)).text
    assert ("The window is open for another" in text) == (days > 0)
    assert ("Cancel it. Access stops at once" in text) == (days > 0)
    assert ("To arrange the end of the term" in text) == (days < 0)
    assert ("schedule its cancellation at the end of the term" in text) == (days < 0)


def test_seats_that_are_partly_within_a_window(as_, cast):
    subscription = factories.subscription(cast.customer, cancellation_allowed_until=in_(-1))
    SeatBatch.objects.create(subscription=subscription, quantity=3, added_at=in_(-2), cancellation_allowed_until=in_(5))
    filed = workflow.submit_fewer_seats(subscription, seats=5, actor=cast.alice)
    answer = as_(cast.dana).get(page(filed))
    assert "Only 3 of 5 seats are within an open window" in answer.text
    assert [(one["quantity"], one["is_open"]) for one in answer.context["batches"]] == [(3, True)]


@pytest.mark.parametrize("kind", ["more", "cancel"])
def test_change_within_a_term_warns_of_what_is_scheduled(as_, cast, kind):
    subscription = factories.subscription(cast.customer)
    filed = (
        workflow.submit_more_seats(subscription, seats=5, actor=cast.alice)
        if kind == "more"
        else factories.cancellation(subscription, cast.alice)
    )
    warning = "This deletes the changes that are scheduled for the renewal"
    assert warning not in as_(cast.dana).get(page(filed)).text
    Subscription.objects.update(scheduled_quantity=10)
    assert warning in as_(cast.dana).get(page(filed)).text


def test_month_to_month_without_an_extended_term_is_no_way(as_, cast):
    filed = end_of_term(
        cast,
        EndOfTermChoice.MONTH_TO_MONTH,
        effective_start_date=datetime.date(2025, 1, 1),
        commitment_end_date=datetime.date(2027, 12, 31),
        term_duration="P3Y",
    )
    text = as_(cast.dana).get(page(filed)).text
    assert "There is no extended service term for this subscription" in text
    assert "Switch auto-renew off." not in text


def test_what_the_customer_was_shown_stays_as_it_was(as_, cast, filed):
    text = as_(cast.dana).get(page(filed)).text
    shown = text[text.index("What the customer was shown") :]
    assert "Alice saw this before sending" in shown


def test_internal_notes_stand_on_the_desk_alone(as_, cast, filed):
    workflow.note(filed, actor=cast.dana, text="CANARY-internal")
    assert "CANARY-internal" in as_(cast.max).get(page(filed)).text
    assert "CANARY-internal" not in as_(cast.alice).get(filed.get_absolute_url()).text


@pytest.mark.parametrize("reason", ["window", "end_of_term", "answer"])
def test_deadline_has_its_reason(as_, cast, filed, reason):
    type(filed).objects.update(deadline_reason=reason)
    text = {
        "window": "Before the cancellation window shuts",
        "end_of_term": "Before the term ends",
        "answer": "The answer that the customer was promised",
    }
    shown = as_(cast.dana).get(page(filed)).text
    assert [one for one in text.values() if one in shown] == [text[reason]]


@pytest.mark.parametrize(("left", "lead_time"), [(5, 2), (1, 2), (5, 0)])
def test_lead_time_is_said_to_count_where_it_does(as_, cast, left, lead_time):
    type(cast.partner).objects.update(lead_time_days=lead_time)
    cast.customer.refresh_from_db()
    filed = factories.cancellation(
        factories.subscription(cast.customer, cancellation_allowed_until=in_(left)), cast.bob
    )
    text = as_(cast.dana).get(page(filed)).text
    assert ("Your lead time of 2 days is taken into account." in text) == (lead_time == 2 and left == 5)
    assert ("This is the closing itself: your lead time of 2 days" in text) == (lead_time == 2 and left == 1)


def test_history_says_who_was_told_of_a_near_deadline(as_, cast, filed):
    workflow.escalate(filed, level=1)
    filed = workflow.claim(filed, actor=cast.dana)
    workflow.escalate(filed, level=2)
    text = as_(cast.dana).get(page(filed)).text
    first = text.index("The deadline is near: the team was told")
    assert first < text.index("The deadline is near: whoever works it and the managers were told")


@pytest.mark.parametrize("step", ["change", "approve"])
def test_assignee_who_has_left_is_not_to_be_told(as_, cast, filed, step):
    workflow.claim(filed, actor=cast.dana)
    told, gone = "Dana has this request. Tell them", "Dana has this request and does not work"
    text = as_(cast.max).get(page(filed, step)).text
    assert ((told in text), (gone in text)) == (step == "approve", False)
    cast.dana.partner_memberships.all().delete()
    text = as_(cast.max).get(page(filed, step)).text
    assert ((told in text), (gone in text)) == (False, True)


def test_steps_name_the_mails_that_go_out(as_, cast, filed):
    first = "Alice gets a mail that somebody is looking at it."
    assert first in as_(cast.dana).get(page(filed, "claim")).text
    workflow.claim(filed, actor=cast.dana)
    text = as_(cast.dana).get(page(filed, "release")).text
    assert "The customer gets no mail." in text
    assert "gets a mail, with your note" not in text
    workflow.release(filed, actor=cast.dana)
    text = as_(cast.dana).get(page(filed, "claim")).text
    assert first not in text
    assert "gets no second mail" in text


def test_renewal_as_it_is_takes_away_what_is_scheduled_on_purpose(as_, cast):
    filed = end_of_term(cast, EndOfTermChoice.RENEW)
    Subscription.objects.update(scheduled_quantity=10)
    text = as_(cast.dana).get(page(filed)).text
    assert "Take away changes that are scheduled" in text
    assert "schedule them again afterwards" not in text

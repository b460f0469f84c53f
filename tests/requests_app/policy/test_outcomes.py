"""Previews: what holds of all of them, whatever the subscription. Single cases stand in docs/policy.md."""

import dataclasses
import datetime
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from requests_app import policy
from requests_app.models import EndOfTermChoice, Kind, ProductType, SubscriptionStatus
from requests_app.policy import AfterTerm, Caution, Outcome, Possible, Refund
from tests.requests_app.policy.strategies import askings, situations

NOW = datetime.datetime(2026, 11, 22, 9, 0, tzinfo=datetime.UTC)
RULES = {rule.product_type: rule for rule in policy.STANDARD_RULES}
MINUTE = datetime.timedelta(minutes=1)


def held(product_type=ProductType.LICENSE_BASED, **changed):
    facts = policy.Facts(
        product_type=product_type,
        quantity=20,
        term="P1Y",
        billing_cycle="monthly",
        effective_start_date=datetime.date(2026, 11, 18),
        commitment_end_date=datetime.date(2027, 11, 17),
        auto_renew_enabled=True,
        ends_on=None,
        status=SubscriptionStatus.ACTIVE,
        window=policy.Window(NOW + datetime.timedelta(days=2)),
        rule=RULES[product_type],
    )
    return dataclasses.replace(facts, **changed)


# --- Stored, and shown again ---


@settings(max_examples=300)
@given(askings())
def test_stored_outcome_comes_back_exactly(asking):
    ask, _facts, now = asking
    outcome = ask(now)
    stored = json.loads(json.dumps(outcome.to_json()))
    assert Outcome.from_json(stored) == outcome
    assert Outcome.from_json(stored).to_json() == stored == outcome.to_json()
    assert Outcome.from_json(stored).digest() == outcome.digest()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda stored: stored | {"version": 2},
        lambda stored: {key: value for key, value in stored.items() if key != "version"},
        lambda stored: stored | {"price": 1},
        lambda stored: {key: value for key, value in stored.items() if key != "possible"},
        lambda stored: stored | {"possible": "perhaps"},
        lambda stored: stored | {"quantity": "20"},
        lambda stored: stored | {"recoverable": 1},
        lambda stored: stored | {"earliest_end": "soon"},
        lambda stored: stored | {"window": 5},
        lambda stored: [stored],
        lambda stored: None,
    ],
)
def test_what_was_not_stored_here_is_refused(spoil):
    stored = policy.outcome_of_cancellation(held(), "now", NOW).to_json()
    assert Outcome.from_json(stored).to_json() == stored
    with pytest.raises(ValueError, match=r"stored|valid|isoformat"):
        Outcome.from_json(spoil(stored))


@settings(max_examples=300)
@given(askings(), st.timedeltas(datetime.timedelta(0), datetime.timedelta(days=3)))
def test_digest_stays_while_no_window_and_no_term_ends(asking, later):
    ask, facts, now = asking
    lead = datetime.timedelta(days=facts.lead_time_days)
    moments = [block.window.until for block in facts.blocks if block.window.until]
    moments += [policy.end_of_day(day) for day in (facts.commitment_end_date, facts.ends_on) if day]
    steps = [moment - early for moment in moments for early in (datetime.timedelta(0), lead)]
    if ask(now).asked_for == Kind.PURCHASE:
        steps = [policy.start_of_day(datetime.date(2026, 5, 4)), policy.start_of_day(datetime.date(2025, 4, 1))]
        steps += [moment - datetime.timedelta(days=days) for moment in steps for days in (1100, 370, 32, 0)]
        near = any(now - datetime.timedelta(days=5) <= moment <= now + datetime.timedelta(days=5) for moment in steps)
        assert near or ask(now).digest() == ask(now + later).digest()
    elif not any(now < moment <= now + later for moment in steps):
        assert ask(now).digest() == ask(now + later).digest()


def test_digest_changes_with_the_picture():
    shown = policy.outcome_of_cancellation(held(), "now", NOW).digest()
    closes = held().window.until
    others = [
        policy.outcome_of_cancellation(held(), "now", closes),
        policy.outcome_of_cancellation(held(), "end_of_term", NOW),
        policy.outcome_of_cancellation(held(quantity=21), "now", NOW),
        policy.outcome_of_cancellation(held(window=policy.Window(closes + MINUTE)), "now", NOW),
        policy.outcome_of_cancellation(held(window=policy.Window(closes, is_estimate=True)), "now", NOW),
        policy.outcome_of_cancellation(held(lead_time_days=1), "now", NOW),
        policy.outcome_of_cancellation(held(auto_renew_enabled=False), "now", NOW),
        policy.outcome_of_cancellation(held(has_monthly_plan=True), "now", NOW),
        policy.outcome_of_cancellation(held(rule=RULES[ProductType.MARKETPLACE_SAAS]), "now", NOW),
        policy.outcome_of_cancellation(held(status=SubscriptionStatus.SUSPENDED), "now", NOW),
    ]
    digests = {one.digest() for one in others}
    assert len(digests) == len(others)
    assert shown not in digests
    assert policy.outcome_of_cancellation(held(), "now", closes - MINUTE).digest() == shown


def test_digest_is_the_same_in_every_process():
    """Literal: a form shown by one worker is sent to another, perhaps after a restart. A change of types changes it."""
    assert policy.outcome_of_cancellation(held(), "now", NOW).digest() == "49c4f603a5b922a7"


# --- What holds of all ---


@settings(max_examples=300)
@given(askings())
def test_outcome_keeps_what_it_promises(asking):
    ask, facts, now = asking
    outcome = ask(now)
    assert list(outcome.warnings) == [caution for caution in Caution if caution in outcome.warnings]
    if outcome.possible == Possible.AT_END_OF_TERM:
        assert outcome.last_moment_to_act > now
        assert policy.end_of_day(facts.commitment_end_date) > now
        assert outcome.refund in (None, Refund.NONE)
    if outcome.last_moment_to_act:
        assert outcome.last_moment_to_act > now
    if not facts.is_running and outcome.asked_for != Kind.PURCHASE:
        assert (outcome.possible, outcome.if_nothing_is_done) == (Possible.NO, AfterTerm.OVER)
        assert outcome.warnings == (Caution.OVER,)
    if outcome.earliest_end and outcome.possible != Possible.NO:
        assert outcome.earliest_end >= now.date()
    assert (Caution.LEAD_TIME_PASSED in outcome.warnings) <= (facts.lead_time_days > 0)


@given(situations(), st.sampled_from(["now", "end_of_term"]))
def test_cancelled_is_gone_at_once_and_for_good(situation, when):
    facts, now = situation
    outcome = policy.outcome_of_cancellation(facts, when, now)
    assert (outcome.loses_access_at_once, outcome.recoverable) == (True, False)
    if outcome.possible == Possible.AT_ONCE:
        assert outcome.earliest_end == now.date()
        assert outcome.still_billed_until is None
        assert when == "now"
    if outcome.possible == Possible.AT_END_OF_TERM:
        assert outcome.earliest_end == outcome.still_billed_until == facts.commitment_end_date


@given(situations())
def test_money_comes_back_within_an_open_window_alone(situation):
    facts, now = situation
    outcome = policy.outcome_of_cancellation(facts, "now", now)
    if outcome.refund not in (None, Refund.NONE):
        assert facts.window.is_open(now)
        assert outcome.refund == facts.rule.refund


@given(situations(), st.integers(0, 400))
def test_seats_to_give_back_are_all_accounted_for(situation, quantity):
    facts, now = situation
    outcome = policy.outcome_of_fewer_seats(facts, quantity, now)
    if outcome.seats_at_once is not None:
        assert outcome.seats_at_once + outcome.seats_at_end_of_term == facts.quantity - quantity
        assert outcome.seats_at_once <= policy.refundable_seats(facts, now)
        part = {(True, False): Possible.AT_ONCE, (True, True): Possible.PARTLY_AT_ONCE}
        here = (outcome.seats_at_once > 0, outcome.seats_at_end_of_term > 0)
        assert outcome.possible == part.get(here, outcome.possible)
        assert (outcome.seats_at_end_of_term > 0) is (Caution.SEATS_NOT_REFUNDABLE in outcome.warnings)


@pytest.mark.parametrize("quantity", [20, 21])
def test_not_fewer_changes_nothing(quantity):
    outcome = policy.outcome_of_fewer_seats(held(), quantity, NOW)
    assert (outcome.possible, outcome.warnings) == (Possible.NO, (Caution.NOTHING_CHANGES,))


@pytest.mark.parametrize("quantity", [0, 19, 20])
def test_not_more_changes_nothing(quantity):
    outcome = policy.outcome_of_more_seats(held(), quantity, NOW)
    assert (outcome.possible, outcome.warnings) == (Possible.NO, (Caution.NOTHING_CHANGES,))


def test_fewer_seats_than_none_are_a_mistake():
    with pytest.raises(ValueError, match="than none"):
        policy.outcome_of_fewer_seats(held(), -1, NOW)


def test_added_seats_have_a_window_of_their_own_and_end_with_the_term():
    outcome = policy.outcome_of_more_seats(held(), 25, NOW)
    assert (outcome.possible, outcome.seats_at_once) == (Possible.AT_ONCE, 5)
    assert outcome.new_window == policy.Window(NOW + datetime.timedelta(hours=168), is_estimate=True)
    assert outcome.still_billed_until == datetime.date(2027, 11, 17)


@pytest.mark.parametrize(
    ("changes", "possible", "new_end"),
    [
        (None, Possible.NO, None),
        (policy.Changes(), Possible.NO, None),
        (policy.Changes(20, "P1Y", "monthly"), Possible.NO, None),
        (policy.Changes(quantity=0), Possible.NO, None),
        (policy.Changes(quantity=10), Possible.AT_END_OF_TERM, (2028, 11, 17)),
        (policy.Changes(term="P3Y"), Possible.AT_END_OF_TERM, (2030, 11, 17)),
        (policy.Changes(billing_cycle="annual"), Possible.AT_END_OF_TERM, (2028, 11, 17)),
    ],
)
def test_renewal_with_changes(changes, possible, new_end):
    outcome = policy.outcome_of_end_of_term(held(), EndOfTermChoice.RENEW_CHANGED, changes, NOW)
    assert outcome.possible == possible
    assert outcome.changes == changes
    assert outcome.new_term_end == (datetime.date(*new_end) if new_end else None)
    if new_end:
        assert outcome.new_window.until == policy.start_of_day(datetime.date(2027, 11, 25))


def test_cancelling_at_the_end_is_one_thing_by_either_name():
    by_choice = policy.outcome_of_end_of_term(held(), EndOfTermChoice.CANCEL, None, NOW)
    by_kind = policy.outcome_of_cancellation(held(), "end_of_term", NOW)
    assert dataclasses.replace(by_choice, asked_for=Kind.CANCELLATION, choice="end_of_term") == by_kind


def test_month_to_month_needs_the_extended_service_term():
    old = held(
        effective_start_date=datetime.date(2025, 3, 31), commitment_end_date=datetime.date(2028, 3, 30), term="P3Y"
    )
    for facts, possible in ((held(), Possible.AT_END_OF_TERM), (old, Possible.NO)):
        outcome = policy.outcome_of_end_of_term(facts, EndOfTermChoice.MONTH_TO_MONTH, None, NOW)
        assert outcome.possible == possible
        assert (Caution.EST_DOES_NOT_APPLY in outcome.warnings) is (possible == Possible.NO)


def test_added_seats_can_still_be_given_back_where_the_whole_cannot():
    facts = held(window=policy.Window(NOW), batches=(policy.Batch(5, policy.Window(NOW + MINUTE)),))
    outcome = policy.outcome_of_cancellation(facts, "now", NOW)
    assert outcome.possible == Possible.AT_END_OF_TERM
    assert Caution.SEATS_STILL_REFUNDABLE in outcome.warnings


def test_purchase_tells_each_lines_window_and_first_term():
    lines = [policy.PurchaseLine(kind, 3, "P1Y", RULES[kind]) for kind in ProductType]
    outcome = policy.outcome_of_purchase(lines, NOW)
    assert {line.product_type: (line.window_hours, line.refund, line.first_term_end) for line in outcome.lines} == {
        "license_based": (168, Refund.PRORATED, datetime.date(2027, 11, 21)),
        "software_subscription": (168, Refund.PRORATED, datetime.date(2027, 11, 21)),
        "perpetual_software": (720, Refund.FULL, None),
        "marketplace_saas": (72, Refund.FULL_WITHOUT_USAGE, datetime.date(2027, 11, 21)),
        "business_central": (168, Refund.PRORATED, datetime.date(2027, 11, 21)),
        "azure_usage": (None, Refund.NONE, None),
    }
    assert policy.outcome_of_purchase([], NOW).possible == Possible.NO

"""Windows and rules, at their edges."""

import datetime
import zoneinfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from requests_app import policy
from requests_app.models import ProductType
from tests.requests_app.policy.strategies import DAYS, MOMENTS, TERMS, situations

RULE = policy.rule_for(policy.STANDARD_RULES, ProductType.LICENSE_BASED, datetime.date(2026, 1, 1))
NOW = datetime.datetime(2026, 11, 22, 9, tzinfo=datetime.UTC)
SECOND = datetime.timedelta(seconds=1)
ZONES = st.sampled_from(["Asia/Taipei", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe"]).map(
    zoneinfo.ZoneInfo
)


@given(MOMENTS, ZONES)
@example(datetime.datetime(2026, 3, 7, 12, tzinfo=datetime.UTC), zoneinfo.ZoneInfo("America/New_York"))
def test_window_is_as_many_hours_in_every_zone_and_over_every_clock_change(bought_at, zone):
    there = policy.estimated_window(RULE, bought_at.astimezone(zone))
    assert there == policy.Window(bought_at + datetime.timedelta(hours=168), is_estimate=True)
    assert policy.cancellation_window_end(ProductType.LICENSE_BASED, bought_at.astimezone(zone)) == there.until


@given(MOMENTS)
def test_window_of_a_day_never_closes_later_than_that_of_a_moment_in_it(bought_at):
    assert policy.estimated_window(RULE, bought_at.date()).until <= policy.estimated_window(RULE, bought_at).until


@given(MOMENTS)
def test_window_is_shut_at_the_moment_it_closes(until):
    window = policy.Window(until)
    assert [window.is_open(at) for at in (until - SECOND, until, until + SECOND)] == [True, False, False]


def test_no_window_is_never_open():
    assert policy.NO_WINDOW.is_open(NOW) is False
    assert policy.estimated_window(None, NOW) == policy.NO_WINDOW
    azure = policy.rule_for(policy.STANDARD_RULES, ProductType.AZURE_USAGE, NOW.date())
    assert policy.estimated_window(azure, NOW) == policy.NO_WINDOW


@given(MOMENTS, DAYS, TERMS)
def test_what_partner_center_says_wins(on_record, start, term):
    window = policy.current_window(
        RULE, on_record=on_record, effective_start_date=start, commitment_end_date=None, term=term
    )
    assert window == policy.Window(on_record, is_estimate=False)


@pytest.mark.parametrize(
    ("product_type", "opens_on"),
    [(ProductType.LICENSE_BASED, (2026, 11, 18)), (ProductType.PERPETUAL_SOFTWARE, (2024, 11, 18))],
)
def test_window_counts_from_the_renewal_where_the_rule_says_so(product_type, opens_on):
    rule = policy.rule_for(policy.STANDARD_RULES, product_type, NOW.date())
    window = policy.current_window(
        rule,
        on_record=None,
        effective_start_date=datetime.date(2024, 11, 18),
        commitment_end_date=datetime.date(2027, 11, 17),
        term="P1Y",
    )
    assert window.until == policy.start_of_day(datetime.date(*opens_on)) + rule.window


@given(MOMENTS, st.timedeltas(-datetime.timedelta(days=20), datetime.timedelta(days=20)), st.integers(0, 60))
def test_lead_time_moves_forward_and_never_into_the_past(now, distance, lead):
    closes = now + distance
    moved = policy.moved_forward(closes, lead, now)
    if closes <= now:
        assert moved is None
    else:
        assert now < moved <= closes
        assert moved in (closes, closes - datetime.timedelta(days=lead))
        assert (moved == closes) is (lead == 0 or closes - datetime.timedelta(days=lead) <= now)


# --- Which rule ---


def dated(year, window_hours=168):
    return policy.Rule(
        ProductType.LICENSE_BASED,
        datetime.date(year, 1, 1),
        datetime.timedelta(hours=window_hours),
        policy.CountedFrom.PURCHASE_OR_RENEWAL,
        policy.Refund.PRORATED,
        True,
        policy.Afterwards.WHOLE_TERM_BILLED,
    )


@given(st.lists(st.integers(2020, 2035), unique=True), DAYS)
def test_rule_is_the_latest_that_has_begun(years, on):
    found = policy.rule_for([dated(year) for year in years], ProductType.LICENSE_BASED, on)
    assert (found.in_force_from.year if found else None) == max(
        (year for year in years if year <= on.year), default=None
    )


def test_rule_of_another_product_type_is_none():
    assert policy.rule_for([dated(2020)], ProductType.AZURE_USAGE, NOW.date()) is None
    assert policy.rule_for([dated(2027)], ProductType.LICENSE_BASED, datetime.date(2026, 12, 31)) is None
    assert policy.rule_for([dated(2027)], ProductType.LICENSE_BASED, datetime.date(2027, 1, 1)) == dated(2027)


# --- Seats ---


@given(situations())
def test_refundable_seats_are_open_seats_and_leave_one(situation):
    facts, now = situation
    seats = policy.refundable_seats(facts, now)
    assert 0 <= seats <= facts.quantity - 1
    if not facts.is_running or (facts.rule and not facts.rule.partial_reduction):
        assert seats == 0
    else:
        base = max(0, facts.quantity - sum(batch.quantity for batch in facts.batches))
        open_ = sum(batch.quantity for batch in facts.batches if batch.window.is_open(now))
        assert seats == min(facts.quantity - 1, open_ + base * facts.window.is_open(now))


@given(situations())
def test_fewer_seats_become_refundable_as_windows_close(situation):
    facts, now = situation
    later = [policy.refundable_seats(facts, now + datetime.timedelta(days=days)) for days in range(12)]
    assert later == sorted(later, reverse=True)


@given(situations(), st.integers(1, 300))
def test_blocks_needed_last_until_exactly_the_last_moment(situation, seats):
    """Until the first of them closes that many seats can be given back, from then on they cannot."""
    facts, now = situation
    seats = min(seats, policy.refundable_seats(facts, now))
    needed = policy.blocks_needed(facts, seats, now)
    assert bool(needed) is (seats > 0)
    if needed:
        closes = needed[-1].window.until
        assert closes == min(block.window.until for block in needed)
        assert policy.refundable_seats(facts, closes - datetime.timedelta(microseconds=1)) >= seats
        assert policy.refundable_seats(facts, closes) < seats


@pytest.mark.parametrize("seats", [0, -1])
def test_nothing_is_needed_to_give_nothing_back(seats):
    facts = policy.Facts(
        ProductType.LICENSE_BASED, 9, "P1Y", "monthly", NOW.date(), None, True, None, "active",
        policy.Window(NOW + SECOND), rule=RULE,
    )  # fmt: skip
    assert policy.blocks_needed(facts, seats, NOW) == []

"""Subscriptions of every sort, around one moment: what the property tests draw from."""

import datetime

from hypothesis import strategies as st

from requests_app import policy
from requests_app.models import BillingCycle, ProductType, SubscriptionStatus, TermDuration

DAYS = st.dates(datetime.date(2020, 1, 1), datetime.date(2035, 12, 31))
MOMENTS = st.integers(0, 7 * 366 * 24 * 60 * 60).map(
    lambda seconds: datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(seconds=seconds)
)
SPANS = st.timedeltas(datetime.timedelta(days=-10), datetime.timedelta(days=10))
TERMS = st.sampled_from(TermDuration.values)
YEAR = datetime.timedelta(days=366)


@st.composite
def windows(draw, now):
    """A window that is shut, open or closes this very moment; on record or an estimate; or none at all."""
    until = draw(st.none() | st.just(now) | SPANS.map(lambda span: now + span))
    return policy.Window(until, is_estimate=draw(st.booleans()) if until else False)


@st.composite
def facts_at(draw, now):
    """The facts of a subscription as somebody may find them at ``now``."""
    product_type = draw(st.sampled_from(ProductType.values))
    term = draw(TERMS)
    start = draw(st.dates(now.date() - 4 * YEAR, now.date()))
    rule = draw(st.sampled_from([None, policy.rule_for(policy.STANDARD_RULES, product_type, start)]))
    end = None
    if product_type not in policy.WITHOUT_TERM:
        end = policy.commitment_end(start, term)
        while end < now.date() - datetime.timedelta(days=40):
            end = policy.commitment_end(end + datetime.timedelta(days=1), term)
    quantity = draw(st.integers(1, 300))
    batches = draw(st.lists(st.builds(policy.Batch, st.integers(1, 40), windows(now)), max_size=4))
    return policy.Facts(
        product_type=product_type,
        quantity=quantity,
        term=term,
        billing_cycle=draw(st.sampled_from(BillingCycle.values)),
        effective_start_date=start,
        commitment_end_date=end,
        auto_renew_enabled=draw(st.booleans()),
        ends_on=end if end and draw(st.integers(0, 3)) == 0 else None,
        status=draw(st.sampled_from(SubscriptionStatus.values)),
        window=draw(windows(now)),
        batches=tuple(batches),
        rule=rule,
        lead_time_days=draw(st.integers(0, 14)),
        has_monthly_plan=draw(st.none() | st.booleans()),
    )


@st.composite
def situations(draw):
    """A moment, and a subscription at it."""
    now = draw(MOMENTS)
    return draw(facts_at(now)), now


@st.composite
def askings(draw):
    """A function from a moment to what comes of one and the same request then; and the moment it is asked at."""
    from requests_app.models import CancelWhen, EndOfTermChoice

    facts, now = draw(situations())
    other = draw(st.integers(0, 400))
    changes = policy.Changes(
        quantity=draw(st.none() | st.integers(0, 400)), term=draw(st.none() | TERMS), billing_cycle=None
    )
    lines = draw(
        st.lists(
            st.builds(
                policy.PurchaseLine,
                st.sampled_from(ProductType.values),
                st.integers(1, 99),
                TERMS,
                st.sampled_from([None, *policy.STANDARD_RULES]),
                st.none() | st.booleans(),
            ),
            max_size=3,
        )
    )
    when = draw(st.sampled_from(CancelWhen.values))
    choice = draw(st.sampled_from(EndOfTermChoice.values))
    ask = draw(
        st.sampled_from(
            [
                lambda at: policy.outcome_of_cancellation(facts, when, at),
                lambda at: policy.outcome_of_more_seats(facts, other, at),
                lambda at: policy.outcome_of_fewer_seats(facts, other, at),
                lambda at: policy.outcome_of_end_of_term(facts, choice, changes, at),
                lambda at: policy.outcome_of_purchase(lines, at),
            ]
        )
    )
    return ask, facts, now

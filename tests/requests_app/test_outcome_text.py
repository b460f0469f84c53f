"""Outcomes in sentences: every code has one, in both languages, and no sentence names a sum of money."""

import datetime
import re
from itertools import product

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from requests_app import outcome_text, policy
from requests_app.models import CancelWhen, EndOfTermChoice, ProductType, SubscriptionStatus, TermDuration
from requests_app.outcome_text.cautions import SENTENCES
from requests_app.policy import Caution, Outcome, Possible

NOW = datetime.datetime(2026, 11, 22, 9, 0, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
PARTNER = "Blue Heron Cloud"


def facts(**changes):
    product_type = changes.pop("product_type", ProductType.LICENSE_BASED)
    values = {
        "product_type": product_type,
        "quantity": 25,
        "term": TermDuration.P1Y,
        "billing_cycle": "monthly",
        "effective_start_date": (NOW - 3 * DAY).date(),
        "commitment_end_date": (NOW + 361 * DAY).date(),
        "auto_renew_enabled": True,
        "ends_on": None,
        "status": SubscriptionStatus.ACTIVE,
        "window": policy.Window(NOW + 4 * DAY),
        "rule": next((rule for rule in policy.STANDARD_RULES if rule.product_type == product_type), None),
    }
    return policy.Facts(**(values | changes))


def asked(of):
    """Return the outcome of everything that can be asked about a subscription."""
    yield from (policy.outcome_of_cancellation(of, when, NOW) for when in CancelWhen.values)
    yield from (policy.outcome_of_more_seats(of, seats, NOW) for seats in (25, 30))
    yield from (policy.outcome_of_fewer_seats(of, seats, NOW) for seats in (0, 3, 21, 25))
    changes = policy.Changes(20, TermDuration.P3Y, "annual")
    for choice in EndOfTermChoice:
        yield policy.outcome_of_end_of_term(of, choice, changes, NOW)


def everything():
    """Yield an outcome for every state that a subscription can be in, and everything that can be asked about it."""
    batches = (policy.Batch(5, policy.Window(NOW + DAY, is_estimate=True)), policy.Batch(2, policy.Window(NOW - DAY)))
    windows = (policy.Window(NOW + 4 * DAY, is_estimate=True), policy.Window(NOW - DAY), policy.NO_WINDOW)
    ends = (None, (NOW + 20 * DAY).date(), (NOW - DAY).date())
    for product_type, window, end, renews in product(ProductType, windows, ends, (True, False)):
        start = (NOW - 300 * DAY).date()
        for more in ({}, {"batches": batches}, {"lead_time_days": 30}, {"has_monthly_plan": False}):
            yield from asked(
                facts(
                    product_type=product_type,
                    window=window,
                    commitment_end_date=end,
                    effective_start_date=start,
                    auto_renew_enabled=renews,
                    **more,
                )
            )
    for status in SubscriptionStatus:
        yield from asked(facts(status=status))
        yield from asked(facts(status=status, ends_on=(NOW + 20 * DAY).date()))
    yield from asked(facts(rule=None, window=policy.NO_WINDOW, term=TermDuration.P1M))
    yield from asked(
        facts(
            term="P3Y", effective_start_date=datetime.date(2024, 1, 1), commitment_end_date=datetime.date(2026, 12, 31)
        )
    )
    yield from asked(facts(term=TermDuration.P1M, commitment_end_date=(NOW + 20 * DAY).date()))
    yield policy.outcome_of_purchase([], NOW)
    for product_type, term in product(ProductType, TermDuration):
        rule = policy.rule_for(policy.STANDARD_RULES, product_type, NOW.date())
        yield policy.outcome_of_purchase(
            [policy.PurchaseLine(product_type, 3, term, rule), policy.PurchaseLine(product_type, 1, term, None)], NOW
        )


def test_every_caution_has_a_sentence():
    assert {Caution.ALREADY_ENDING} == set(Caution) - set(SENTENCES)


@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_every_outcome_can_be_told_and_names_no_sum(language):
    """All that the rules can say, told live and as stored: no placeholder left, no sum of money, nothing empty."""
    possible, cautions = set(), set()
    with translation.override(language):
        for outcome in set(everything()):
            for now in (NOW, None):
                told = outcome_text.tell(outcome, PARTNER, now=now)
                texts = [told.label, told.verdict, *(one.text for one in told.warnings)]
                for one in (*told.facts, *(fact for line in told.lines for fact in line.facts)):
                    texts += [one.title, *one.lines]
                assert all(texts), outcome
                assert not re.search(r"[{}]|%\(|\bNone\b|TWD|USD|\$", "\n".join(texts)), "\n".join(texts)
            possible.add(outcome.possible)
            cautions |= set(outcome.warnings)
    assert possible == set(Possible)
    assert cautions == set(Caution)


def test_what_decides_is_told_with_the_verdict_and_not_once_more():
    outcome = policy.outcome_of_more_seats(facts(status=SubscriptionStatus.DELETED), 30, NOW)
    told = outcome_text.tell(outcome, PARTNER, now=NOW)
    assert (told.verdict, told.why) == ("No seats can be added.", "The subscription has ended already.")
    assert [one.text for one in told.warnings] == []


def test_time_that_is_left_is_told_only_while_it_is_live():
    outcome = policy.outcome_of_cancellation(facts(), CancelWhen.NOW, NOW)
    [live], [stored] = (
        [
            fact.lines
            for fact in outcome_text.tell(outcome, PARTNER, now=now).facts
            if fact.title == "Cancellation window"
        ]
        for now in (NOW, None)
    )
    assert re.sub("<[^>]+>", "", live[0]) == "open until 26 Nov 2026, 09:00 UTC: 4 days left"
    assert re.sub("<[^>]+>", "", stored[0]) == "open until 26 Nov 2026, 09:00 UTC"


@pytest.mark.parametrize("when", CancelWhen.values)
@pytest.mark.parametrize(("lead_time_days", "lines"), [(0, 1), (2, 2)])
def test_lead_time_is_told_where_the_partner_acts_before_the_last_moment(when, lead_time_days, lines):
    outcome = policy.outcome_of_cancellation(facts(lead_time_days=lead_time_days), when, NOW)
    [told] = [
        fact.lines
        for fact in outcome_text.tell(outcome, PARTNER, now=NOW).facts
        if fact.title == "Your partner has to act by"
    ]
    assert len(told) == lines
    if lead_time_days:
        assert told[1] == f"Earlier than the last moment, so that {PARTNER} has time in hand."


def test_estimated_window_is_labelled_for_each_batch_of_seats():
    of = facts(
        window=policy.Window(NOW - DAY),
        batches=(policy.Batch(5, policy.Window(NOW + DAY, is_estimate=True)),),
    )
    told = outcome_text.tell(policy.outcome_of_fewer_seats(of, 21, NOW), PARTNER, now=NOW)
    [window] = [fact for fact in told.facts if fact.title == "Cancellation window"]
    assert [re.sub("<[^>]+>", "", line) for line in window.lines] == [
        "20 seats: shut since 21 Nov 2026, 09:00 UTC",
        "5 seats: open until 23 Nov 2026, 09:00 UTC: 1 day left estimate",
    ]


@pytest.mark.parametrize(
    ("has_monthly_plan", "price"),
    [
        (True, "Each month costs 3% more than the monthly rate (Extended Service Term)."),
        (
            None,
            "Each month costs 3% more than the monthly rate, or 23% where there is no monthly plan (Extended Service Term).",
        ),
    ],
)
def test_month_to_month_names_its_surcharge(has_monthly_plan, price):
    outcome = policy.outcome_of_end_of_term(
        facts(has_monthly_plan=has_monthly_plan), EndOfTermChoice.MONTH_TO_MONTH, None, NOW
    )
    told = outcome_text.tell(outcome, PARTNER, now=NOW)
    assert [fact.lines for fact in told.facts if fact.title == "Price"] == [[price]]


def test_component_shows_a_name_that_is_markup_as_text(cast):
    outcome = policy.outcome_of_purchase([policy.PurchaseLine(ProductType.LICENSE_BASED, 3, "P1Y", None)], NOW)
    context = {"outcome": Outcome.from_json(outcome.to_json()), "partner": "<b>", "names": ["<i>Power BI</i>"]}
    html = render_to_string("components/outcome.html", context)
    assert "&lt;i&gt;Power BI&lt;/i&gt;" in html
    assert "<b>" not in html


def test_what_happens_at_the_end_of_a_term_is_not_headed_as_its_cancellation():
    with translation.override("zh-hant"):
        assert "取消" not in str(outcome_text.LABELS[Possible.AT_END_OF_TERM][0])

"""By when: the order of what presses, lead times, escalations and reminders."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from requests_app import policy
from requests_app.models import CancelWhen, DeadlineReason, Kind
from tests.requests_app.policy.strategies import situations

NOW = datetime.datetime(2026, 11, 22, 9, 0, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
HOUR = datetime.timedelta(hours=1)
KINDS = st.sampled_from([Kind.PURCHASE, Kind.CANCELLATION, Kind.MORE_SEATS, Kind.FEWER_SEATS, Kind.END_OF_TERM])


@given(situations(), KINDS, st.sampled_from(CancelWhen.values), st.integers(0, 300), st.integers(1, 200))
def test_deadline_is_never_past_and_says_why(situation, kind, when, quantity, hours):
    facts, now = situation
    promised = policy.answer_by(now, hours)
    found = policy.deadline(kind, facts, promised=promised, now=now, when=when, quantity=quantity)
    approved = policy.deadline_once_approved(kind, facts, promised=promised, now=now, when=when, quantity=quantity)
    pressing = policy.what_presses(kind, facts, now, when=when, quantity=quantity)
    lead = datetime.timedelta(days=facts.lead_time_days)
    for one in (found, approved):
        assert one.at > now
        closes = {
            DeadlineReason.WINDOW: pressing.window_closes,
            DeadlineReason.END_OF_TERM: pressing.term_ends,
            DeadlineReason.ANSWER: promised,
        }[one.reason]
        assert one.at == closes or (one.at == closes - lead and one.reason != DeadlineReason.ANSWER)
    if pressing.window_closes:
        assert found == approved
        assert found.reason == DeadlineReason.WINDOW
    else:
        assert found.at <= promised
        assert approved.reason == (
            DeadlineReason.END_OF_TERM if pressing.term_ends and pressing.term_ends > now else DeadlineReason.ANSWER
        )


@given(situations(), KINDS)
def test_purchases_and_more_seats_have_the_promise_alone(situation, kind):
    facts, now = situation
    pressing = policy.what_presses(kind, facts if kind != Kind.PURCHASE else None, now, when="now", quantity=1)
    if kind in (Kind.PURCHASE, Kind.MORE_SEATS):
        assert pressing == policy.Pressing()
    if kind == Kind.END_OF_TERM:
        assert pressing.window_closes is None


@given(situations())
def test_window_presses_where_something_can_be_done_within_it(situation):
    """The deadline of a request and the last moment in its preview are one and the same."""
    facts, now = situation
    outcome = policy.outcome_of_cancellation(facts, CancelWhen.NOW, now)
    found = policy.deadline(Kind.CANCELLATION, facts, promised=now + DAY, now=now, when=CancelWhen.NOW)
    if outcome.possible == policy.Possible.AT_ONCE and outcome.last_moment_to_act:
        assert found == policy.Deadline(outcome.last_moment_to_act, DeadlineReason.WINDOW)


@given(situations(), st.integers(1, 300))
def test_fewer_seats_press_as_their_preview_says(situation, quantity):
    facts, now = situation
    outcome = policy.outcome_of_fewer_seats(facts, quantity, now)
    found = policy.deadline(Kind.FEWER_SEATS, facts, promised=now + DAY, now=now, quantity=quantity)
    if outcome.possible in (policy.Possible.AT_ONCE, policy.Possible.PARTLY_AT_ONCE):
        assert found == policy.Deadline(outcome.last_moment_to_act, DeadlineReason.WINDOW)


# --- Escalations and reminders ---


@pytest.mark.parametrize(("level", "hours"), [("assignee", 24), ("managers", 6)])
def test_escalation_is_due_from_its_distance_on(level, hours):
    level = policy.EscalationLevel(level)
    at = [NOW - hours * HOUR - datetime.timedelta(seconds=1), NOW - hours * HOUR, NOW, NOW + DAY]
    assert [policy.escalation_due(NOW, one, level, since=NOW - 3 * DAY) for one in at] == [False, True, True, True]


@pytest.mark.parametrize(("level", "share"), [("assignee", 0.5), ("managers", 0.75)])
def test_what_is_filed_late_is_escalated_when_a_share_of_its_time_is_gone(level, share):
    level, filed = policy.EscalationLevel(level), NOW - 4 * HOUR
    due = filed + 4 * HOUR * share
    at = [filed, due - datetime.timedelta(seconds=1), due, NOW]
    assert [policy.escalation_due(NOW, one, level, since=filed) for one in at] == [False, False, True, True]
    assert policy.escalation_due(filed - HOUR, filed, level, since=filed)  # it was late already


@given(st.dates(datetime.date(2026, 1, 1), datetime.date(2035, 1, 1)), st.sets(st.integers(0, 90)))
def test_each_reminder_goes_out_once_in_order_and_never_after_the_end(end, days_on_which_the_job_runs):
    last, sent = None, []
    for left in sorted({*days_on_which_the_job_runs, -1, -5}, reverse=True):
        due = policy.reminder_due(end, end - left * DAY, last)
        if due is not None:
            assert 0 <= left <= due
            sent.append(due)
            last = due
    assert sent == sorted(set(sent), reverse=True)
    assert set(sent) <= set(policy.REMINDER_DISTANCES)


def test_every_reminder_goes_out_where_the_job_runs_daily():
    end, last, sent = datetime.date(2027, 1, 15), None, {}
    for left in range(90, -3, -1):
        if due := policy.reminder_due(end, end - left * DAY, last):
            sent[left] = last = due
    assert sent == {60: 60, 30: 30, 14: 14, 7: 7}


def test_monthly_term_is_reminded_of_once():
    end = datetime.date(2027, 1, 15)
    days = [left for left in range(31) if policy.reminder_due(end, end - left * DAY, None, "P1M")]
    assert days == list(range(8))

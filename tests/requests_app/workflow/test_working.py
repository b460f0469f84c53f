"""The steps of working a request: what each leaves on the row and in the history."""

import datetime

import pytest
from django.utils import timezone

from requests_app import previews, workflow
from requests_app.models import Action, DeadlineReason, Status, Subscription, SubscriptionRequest
from requests_app.workflow import Sent, StepNotAllowed, WorkflowError
from tests import factories
from tests.requests_app.workflow.steps import EXTRA, FILE, ask, everything, start_of, take


def led_to(status, cast, name="cancellation", **fields):
    filed = ask(name, cast, factories.subscription(cast.customer, **fields))
    return factories.in_status(filed, status, agent=cast.dana, author=cast.alice)


# --- Who has it ---


@pytest.mark.parametrize("status", ["in_review", "waiting", "approved", "failed"])
def test_reassign_gives_the_request_to_a_colleague_and_leaves_it_where_it_is(cast, status):
    filed = led_to(status, cast)
    after = workflow.reassign(filed, actor=cast.max, assignee=cast.max, note="I know them")
    event = after.events.last()
    assert (after.status, after.assignee, after.version) == (status, cast.max, filed.version + 1)
    assert (event.action, event.assignee, event.is_internal, event.note) == (
        Action.REASSIGN, cast.max, True, "I know them",
    )  # fmt: skip


@pytest.mark.parametrize("name", ["alice", "carol", "charlie", "erin", "frank", "sam"])
def test_reassign_to_somebody_who_does_not_work_it_is_refused(cast, name):
    filed = led_to("in_review", cast)
    before = everything()
    with pytest.raises(WorkflowError, match=f"^{name.capitalize()} does not work your partner's requests"):
        workflow.reassign(filed, actor=cast.dana, assignee=getattr(cast, name))
    assert everything() == before


def test_reassign_to_its_author_is_refused(cast):
    cast.partner.memberships.create(user=cast.alice, role="agent")
    filed = led_to("in_review", cast)
    before = everything()
    with pytest.raises(WorkflowError, match=r"^Alice has filed this request and cannot decide on it\."):
        workflow.reassign(filed, actor=cast.dana, assignee=cast.alice)
    assert everything() == before


def test_reassign_to_a_colleague_whose_account_is_closed_is_refused(cast):
    cast.max.is_active = False
    cast.max.save()
    with pytest.raises(WorkflowError, match="does not work"):
        workflow.reassign(led_to("in_review", cast), actor=cast.dana, assignee=cast.max)


def test_release_leaves_it_with_nobody(cast):
    released = workflow.release(led_to("in_review", cast), actor=cast.max, note="Off today")
    assert (released.status, released.assignee, released.events.last().assignee) == (Status.SUBMITTED, None, None)


def test_asking_back_keeps_it_with_whom_it_is(cast):
    asked = led_to("waiting", cast)
    answered = workflow.answer(asked, actor=cast.bob, text="For the new ones", sent=Sent(uploads=[FILE]))
    assert (asked.assignee, answered.assignee, answered.status) == (cast.dana, cast.dana, Status.IN_REVIEW)
    event = answered.events.last()
    assert (event.note, [(one.name, one.size) for one in event.attachments.all()]) == (
        "For the new ones", [("seats.csv", len(FILE.content))],
    )  # fmt: skip


# --- Deciding ---


@pytest.mark.parametrize("action", [one for one in workflow.TRANSITIONS if one in EXTRA])
@pytest.mark.parametrize("nothing", ["", "  \n "])
def test_step_that_needs_words_is_refused_without(cast, action, nothing):
    filed = led_to(start_of(action), cast)
    [name] = EXTRA[action]
    before = everything()
    with pytest.raises(ValueError, match=r"."):
        take(action, filed, cast.alice if action == Action.ANSWER else cast.dana, cast, **{name: nothing})
    assert everything() == before


def test_reasons_are_kept_where_the_customer_reads_them(cast):
    declined = workflow.decline(led_to("in_review", cast), actor=cast.dana, reason="Not now")
    failed = workflow.fail(led_to("approved", cast), actor=cast.dana, reason="It was refused")
    assert (declined.decline_reason, declined.events.last().note) == ("Not now", "Not now")
    assert (failed.failure_reason, failed.events.last().note) == ("It was refused", "It was refused")
    assert (declined.closed_at, failed.closed_at) == (declined.events.last().created_at, None)
    assert workflow.retry(failed, actor=cast.dana).failure_reason == "It was refused"


def test_approve_moves_the_deadline_to_that_of_the_deed(cast):
    """The answer has been given: what takes effect at the end of the term has until then."""
    filed = led_to("in_review", cast, "renew")
    assert filed.deadline_reason == DeadlineReason.ANSWER
    approved = workflow.approve(filed, actor=cast.dana)
    end = filed.subscription.commitment_end_date + datetime.timedelta(days=1)
    assert approved.deadline_reason == DeadlineReason.END_OF_TERM
    assert approved.deadline == datetime.datetime.combine(end, datetime.time(), datetime.UTC)


def test_retry_gives_the_time_of_an_approval_anew(cast):
    factories.offer(cast.partner)
    failed = led_to("failed", cast, "purchase")
    long_ago = timezone.now() - datetime.timedelta(days=30)
    SubscriptionRequest.objects.filter(pk=failed.pk).update(deadline=long_ago, escalation=2)
    before = timezone.now()
    retried = workflow.retry(failed, actor=cast.dana)
    earliest, latest = (previews.deadline_once_approved(retried, at).at for at in (before, timezone.now()))
    assert long_ago < earliest <= retried.deadline <= latest
    assert (retried.deadline_reason, retried.escalation) == (DeadlineReason.ANSWER, 0)


# --- Escalating ---


def locked(filed):
    return SubscriptionRequest.objects.select_for_update().get(pk=filed.pk)


def test_escalate_tells_each_level_once(cast):
    filed = led_to("in_review", cast)
    assert [workflow.escalate(locked(filed), level=level) for level in (1, 1, 2, 1, 2)] == [
        True, False, True, False, False,
    ]  # fmt: skip
    events = filed.events.filter(action=Action.ESCALATE)
    assert [(one.actor, one.is_internal, one.from_status, one.to_status, one.changes) for one in events] == [
        (None, True, "in_review", "in_review", [{"code": "escalated", "level": level}]) for level in (1, 2)
    ]
    assert (locked(filed).escalation, locked(filed).version) == (2, filed.version)


@pytest.mark.parametrize("status", ["completed", "declined", "withdrawn"])
def test_escalate_of_what_is_closed_does_nothing(cast, status):
    filed = led_to(status, cast)
    before = everything()
    assert workflow.escalate(locked(filed), level=2) is False
    assert everything() == before


def test_escalation_begins_anew_with_another_deadline_and_not_with_the_same(cast):
    by_term = led_to("in_review", cast, "renew")
    by_window = led_to("in_review", cast)
    for filed in (by_term, by_window):
        workflow.escalate(locked(filed), level=2)
    assert workflow.approve(by_term, actor=cast.dana).escalation == 0
    assert workflow.approve(by_window, actor=cast.dana).escalation == 2


def test_escalation_leaves_forms_that_are_open_valid(cast):
    filed = led_to("in_review", cast)
    workflow.escalate(locked(filed), level=1)
    assert workflow.approve(filed, actor=cast.dana, sent=Sent(version=filed.version)).status == Status.APPROVED


def test_why_not_names_the_reader_and_leaves_out_escalations(cast):
    filed = led_to("approved", cast)
    workflow.escalate(locked(filed), level=1)
    with pytest.raises(StepNotAllowed, match=r"the request is “Approved” since .* \(you\)\.$"):
        workflow.claim(filed, actor=cast.dana)


# --- What every step leaves ---


@pytest.mark.parametrize("action", workflow.TRANSITIONS)
def test_every_step_counts_the_version_and_writes_one_event(cast, action):
    filed = led_to(start_of(action), cast)
    actor = cast.alice if action in (Action.ANSWER, Action.WITHDRAW) else cast.dana
    before = timezone.now()
    after = take(action, filed, actor, cast)
    talk = action in workflow.TALK
    assert after.version == filed.version + (not talk)
    event = after.events.last()
    assert list(after.events.filter(pk__gt=event.pk)) == []
    assert (event.action, event.from_status, event.to_status, event.actor, event.assignee) == (
        action, filed.status, after.status, actor, after.assignee,
    )  # fmt: skip
    assert before <= event.created_at <= timezone.now()
    assert after.closed_at == (event.created_at if after.status in workflow.CLOSING else None)
    assert event.is_internal == (action in (Action.NOTE, Action.REASSIGN))
    assert Subscription.objects.filter(status="deleted").exists() == (action == Action.COMPLETE)

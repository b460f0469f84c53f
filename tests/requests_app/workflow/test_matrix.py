"""The matrix of steps, generated from the table: every status, step and person."""

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import User
from accounts.permissions import Capability, can
from portal.lib.display import moment
from requests_app import workflow
from requests_app.models import Action, Status, SubscriptionRequest
from tests import factories
from tests.requests_app.workflow.opinion import LOOKS_AGAIN, MOVES, NEVER_BY_ITS_AUTHOR
from tests.requests_app.workflow.steps import ASKINGS, MAY, PEOPLE, ask, start_of, take


def test_who_may_covers_every_transition():
    assert set(MAY) == set(workflow.TRANSITIONS)
    assert set(Action) == {*workflow.TRANSITIONS, Action.SUBMIT, Action.ESCALATE}


def test_table_is_as_it_was_meant():
    """The matrix grows with the table; what the table says is compared with what was written down by hand."""
    table = workflow.TRANSITIONS
    assert {action: (set(step.sources), step.target) for action, step in table.items()} == MOVES
    assert {action for action, step in table.items() if not step.by_author} == NEVER_BY_ITS_AUTHOR
    assert workflow.DECISIONS == LOOKS_AGAIN


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("action", workflow.TRANSITIONS)
def test_transition_matrix(cast, action, status):
    """Every status, step and person: exactly what the table allows happens, everything else changes nothing."""
    transition = workflow.TRANSITIONS[action]
    before = None
    for name in PEOPLE:
        person = User.objects.get(pk=getattr(cast, name).pk)
        if before is None:  # a refusal leaves the request as it was, for the next one to try
            filed = factories.cancellation(factories.subscription(cast.customer), cast.alice)
            before = factories.in_status(filed, status, agent=cast.dana, author=cast.alice)
            events = before.events.count()
        allowed = name in MAY[action]
        assert (action in workflow.available_actions(before, person)) == (allowed and status in transition.sources)
        if not allowed:
            with pytest.raises(PermissionDenied):
                take(action, before, person, cast)
        elif status not in transition.sources:
            with pytest.raises(workflow.StepNotAllowed):
                take(action, before, person, cast)
        after = before
        if allowed and status in transition.sources:
            after = take(action, before, person, cast)
            assert after.status == (transition.target or status)
        stored = SubscriptionRequest.objects.get(pk=before.pk)
        assert stored.status == after.status
        assert stored.events.count() == events + (after is not before)
        assert stored.events.last().to_status == stored.status
        if after is not before:
            before = None


@pytest.mark.parametrize("action", [one for one, step in workflow.TRANSITIONS.items() if not step.by_author])
def test_nobody_decides_on_a_request_of_their_own(cast, action):
    """Whoever works for the partner and belongs to the customer, too, may ask; a colleague has to decide."""
    cast.customer.memberships.create(user=cast.dana, role="requester")
    filed = ask("cancellation", cast, factories.subscription(cast.customer), actor=cast.dana)
    before = factories.in_status(filed, start_of(action), agent=cast.max, author=cast.dana)
    assert action not in workflow.available_actions(before, cast.dana)
    with pytest.raises(
        PermissionDenied, match=r"^You have filed this request yourself: a colleague has to decide on it\.$"
    ):
        take(action, before, cast.dana, cast)
    assert action in workflow.available_actions(before, cast.max)


@pytest.mark.parametrize("name", ASKINGS)
def test_only_those_who_may_ask_file_a_request(cast, name):
    factories.offer(cast.partner)
    for person in PEOPLE:
        subscription = factories.subscription(cast.customer)
        if person in ("alice", "bob"):
            assert ask(name, cast, subscription, actor=getattr(cast, person)).author == getattr(cast, person)
        else:
            with pytest.raises(PermissionDenied):
                ask(name, cast, subscription, actor=getattr(cast, person))
    assert SubscriptionRequest.objects.count() == 2


def test_step_taken_by_somebody_else_names_who_and_when(cast):
    filed = factories.cancellation(factories.subscription(cast.customer), cast.alice)
    workflow.claim(filed, actor=cast.dana)
    with pytest.raises(workflow.StepNotAllowed) as refusal:
        workflow.claim(filed, actor=cast.max)
    when = moment(filed.events.last().created_at)
    assert str(refusal.value) == (
        f"This step is not possible any more: the request is “In review” since {when} (Dana)."
    )


def test_permission_of_a_customer_ends_at_the_next_customer(cast):
    assert can(cast.alice, Capability.ASK, cast.customer)
    assert not can(cast.alice, Capability.ASK, cast.sibling)
    assert not can(cast.root, Capability.ASK, cast.customer)


def test_customer_who_comes_too_late_is_not_told_of_internal_steps(cast):
    filed = factories.in_status(
        factories.purchase(cast.customer, cast.alice), "approved", agent=cast.dana, author=cast.alice
    )
    workflow.reassign(filed, actor=cast.max, assignee=cast.max, note="Dana is on holiday")
    approved_at = moment(filed.events.get(action=Action.APPROVE).created_at)
    with pytest.raises(workflow.StepNotAllowed) as refusal:
        workflow.withdraw(filed, actor=cast.alice)
    assert str(refusal.value) == (
        f"This step is not possible any more: the request is “Approved” since {approved_at} (Dana)."
    )

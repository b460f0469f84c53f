"""The runner: keys, versions, and pictures that have changed."""

import uuid

import pytest
from django.core.exceptions import PermissionDenied

from requests_app import revalidation, workflow
from requests_app.models import Action, Status, Subscription, SubscriptionRequest
from requests_app.workflow import PictureChanged, Sent, StepNotAllowed
from tests import factories
from tests.requests_app.workflow.steps import FILE, ask, everything, start_of, take

BY_CUSTOMER = (Action.ANSWER, Action.WITHDRAW)
CANNOT_BE_SENT_AGAIN = r"^This form cannot be sent again\. Open it anew\.$"


@pytest.fixture
def led_to(cast):
    def lead(status):
        filed = ask("cancellation", cast, factories.subscription(cast.customer))
        return factories.in_status(filed, status, agent=cast.dana, author=cast.alice)

    return lead


def actor_of(action, cast):
    return cast.alice if action in BY_CUSTOMER else cast.dana


# --- Keys: the same form takes a step once ---


@pytest.mark.parametrize("action", workflow.TRANSITIONS)
def test_same_form_again_changes_nothing_and_gives_the_request_as_it_is(cast, led_to, action):
    filed = led_to(start_of(action))
    sent = Sent(key=uuid.uuid4(), version=filed.version, uploads=[FILE])
    after = take(action, filed, actor_of(action, cast), cast, sent=sent)
    before = everything()
    again = take(action, filed, actor_of(action, cast), cast, sent=sent)
    assert everything() == before
    assert (again.pk, again.status, again.version) == (after.pk, after.status, after.version)


def test_same_form_again_long_afterwards_still_changes_nothing(cast, led_to):
    filed = led_to("submitted")
    sent = Sent(key=uuid.uuid4())
    workflow.claim(filed, actor=cast.dana, sent=sent)
    workflow.release(filed, actor=cast.dana)
    assert workflow.claim(filed, actor=cast.dana, sent=sent).status == Status.SUBMITTED


def test_form_of_another_step_is_refused(cast, led_to):
    """Nothing says which of the two was meant: least of all is the second told that it was taken."""
    filed = led_to("in_review")
    sent = Sent(key=uuid.uuid4())
    workflow.note(filed, actor=cast.dana, text="Call them", sent=sent)
    before = everything()
    with pytest.raises(StepNotAllowed, match=CANNOT_BE_SENT_AGAIN):
        workflow.approve(filed, actor=cast.dana, sent=sent)
    assert everything() == before


def test_form_of_another_request_is_refused(cast, led_to):
    sent = Sent(key=uuid.uuid4())
    workflow.claim(led_to("submitted"), actor=cast.dana, sent=sent)
    other = led_to("submitted")
    before = everything()
    with pytest.raises(StepNotAllowed, match=CANNOT_BE_SENT_AGAIN):
        workflow.claim(other, actor=cast.dana, sent=sent)
    assert everything() == before


def test_form_of_somebody_else_is_refused(cast, led_to):
    filed = led_to("in_review")
    sent = Sent(key=uuid.uuid4())
    workflow.message(filed, actor=cast.dana, text="Hello", sent=sent)
    before = everything()
    with pytest.raises(StepNotAllowed, match=CANNOT_BE_SENT_AGAIN):
        workflow.message(filed, actor=cast.max, text="Hello", sent=sent)
    assert everything() == before


def test_same_form_from_somebody_who_may_no_longer_is_refused(cast, led_to):
    filed = led_to("submitted")
    sent = Sent(key=uuid.uuid4())
    workflow.claim(filed, actor=cast.dana, sent=sent)
    cast.partner.memberships.filter(user=cast.dana).delete()
    del cast.dana._roles
    with pytest.raises(PermissionDenied):
        workflow.claim(filed, actor=cast.dana, sent=sent)


# --- Versions: somebody was quicker ---


@pytest.mark.parametrize("action", [one for one in workflow.TRANSITIONS if one not in workflow.TALK])
@pytest.mark.parametrize("off_by", [-1, 1])
def test_step_from_a_page_that_is_out_of_date_is_refused(cast, led_to, action, off_by):
    filed = led_to(start_of(action))
    before = everything()
    with pytest.raises(StepNotAllowed):
        take(action, filed, actor_of(action, cast), cast, sent=Sent(version=filed.version + off_by))
    assert everything() == before
    assert take(action, filed, actor_of(action, cast), cast, sent=Sent(version=filed.version)).version > filed.version


@pytest.mark.parametrize("action", sorted(workflow.TALK))
def test_what_is_said_crosses_any_step(cast, led_to, action):
    filed = led_to("completed")
    assert take(action, filed, cast.dana, cast, sent=Sent(version=1)).status == Status.COMPLETED


def test_step_from_a_page_that_is_out_of_date_is_told_who_was_quicker_and_what_they_did(cast, led_to):
    shown = led_to("in_review")
    workflow.reassign(shown, actor=cast.max, assignee=cast.max)
    with pytest.raises(StepNotAllowed) as refusal:
        workflow.approve(shown, actor=cast.dana, sent=Sent(version=shown.version))
    said = str(refusal.value)
    assert said.startswith("The request has changed since this page was shown: “Reassign”, ")
    assert said.endswith("(Max). Look at it as it is now, then decide again. What you typed is still here.")


def test_step_from_the_state_that_is_out_of_date_comes_before_the_version(cast, led_to):
    shown = led_to("submitted")
    workflow.claim(shown, actor=cast.max)
    with pytest.raises(StepNotAllowed, match="is “In review” since"):
        workflow.claim(shown, actor=cast.dana, sent=Sent(version=shown.version))


# --- Pictures: something has changed since filing ---


@pytest.mark.parametrize("action", sorted(workflow.DECISIONS))
def test_decision_is_taken_on_what_was_shown_and_on_nothing_else(cast, led_to, action):
    filed = led_to(start_of(action))
    nothing = revalidation.digest([])
    Subscription.objects.update(quantity=24)
    before = everything()
    with pytest.raises(PictureChanged, match="Something has changed since this page was shown"):
        take(action, filed, cast.dana, cast, sent=Sent(seen=nothing))
    assert everything() == before
    shown = [{"code": "quantity_changed", "before": 25, "now": 24}]
    after = take(action, filed, cast.dana, cast, sent=Sent(seen=revalidation.digest(shown)))
    assert after.events.last().changes == shown


@pytest.mark.parametrize("action", [one for one in workflow.TRANSITIONS if one not in workflow.DECISIONS])
def test_other_steps_do_not_look_at_what_has_changed(cast, led_to, action):
    filed = led_to(start_of(action))
    Subscription.objects.update(quantity=24)
    after = take(action, filed, actor_of(action, cast), cast, sent=Sent(seen="something else"))
    assert after.events.last().changes == []


def test_decision_without_a_picture_is_taken_and_keeps_what_had_changed(cast, led_to):
    filed = led_to("in_review")
    Subscription.objects.update(auto_renew_enabled=False)
    workflow.approve(filed, actor=cast.dana)
    assert [one["code"] for one in filed.events.last().changes] == ["auto_renew_enabled_changed"]
    assert SubscriptionRequest.objects.get().facts["subscription"]["auto_renew_enabled"] is True


@pytest.mark.parametrize("action", [Action.ANSWER, Action.WITHDRAW])
def test_internal_step_does_not_put_the_customers_page_out_of_date(cast, led_to, action):
    """They cannot see that it was given to a colleague: their answer must not be refused for it."""
    shown = led_to("waiting")
    workflow.reassign(shown, actor=cast.dana, assignee=cast.max)
    with pytest.raises(workflow.StepNotAllowed):
        workflow.resume(shown, actor=cast.max, sent=Sent(version=shown.version))
    sent = Sent(version=shown.shared_version)
    assert take(action, shown, cast.alice, cast, sent=sent).shared_version == shown.shared_version + 1

"""Several people at the same moment: one wins, the others are told, nothing is done twice. ``make drill`` has crowds."""

import os
import random
import threading
import uuid
from collections import Counter

import pytest
from django.db.models import F
from django.test import Client

from accounts.models import PartnerMembership, User
from requests_app import workflow
from requests_app.models import Action, RequestEvent, SeatBatch, Status, Subscription, SubscriptionRequest
from tests import factories
from tests.asking import seen_on
from tests.at_once import PEOPLE, at_once
from tests.conftest import make_cast
from tests.requests_app.workflow.steps import approved, ask

pytestmark = pytest.mark.usefixtures("committed_for_workers")

DRILL = bool(os.environ.get("PORTAL_DRILL"))


@pytest.fixture
def cast():
    return make_cast()


def anew(person):
    return User.objects.get(pk=person.pk)


def both(first, second):
    """Take two steps of two people at once; return what each gave or raised."""
    (one, one_step), (other, other_step) = first, second
    steps = [one_step, other_step]
    return at_once(lambda number: steps[number](), [one.pk, other.pk], people=2)


def is_refused(result):
    return isinstance(result, workflow.StepNotAllowed)


# --- The same form, many times at once ---

FORMS, POSTS = (100, 20) if DRILL else (5, 8)
ASKED = {
    "purchase": {"lines-0-quantity": "3"},
    "cancellation": {"when": "now", "reason": "Too many"},
    "more_seats": {"seats": "5"},
    "fewer_seats": {"seats": "5"},
    "end_of_term": {"choice": "renew"},
}


def test_forms_that_are_posted_many_times_at_once_are_filed_once_each(cast, client):
    """Every poster is led to the one request, whichever of them was first."""
    offer = factories.offer(cast.partner)
    client.force_login(cast.bob)
    keys = {}
    for number in range(FORMS):
        kind = list(ASKED)[number % len(ASKED)]
        about = {"lines-0-offer": offer.pk} if kind == "purchase" else {"subscription": subscription_of(cast).pk}
        key = uuid.uuid4()
        address, form = f"/requests/new/{kind}/", ASKED[kind] | about | {"submission_key": str(key)}
        form |= seen_on(client.post(address, form))
        answers = at_once(lambda _, address=address, form=form: post(client, address, form), people=POSTS)
        assert {answer.status_code for answer in answers} == {302}, [kind, *answers]
        [keys[key]] = {answer.url for answer in answers}
    stored = SubscriptionRequest.objects.values_list("submission_key", "number")
    assert {key: f"/requests/{number}/" for key, number in stored} == keys
    assert RequestEvent.objects.filter(action=Action.SUBMIT).count() == len(keys) == FORMS


def subscription_of(cast):
    return factories.subscription(cast.customer)


def post(signed_in, address, form):
    """Post with a browser of its own, in the same session: cookies are shared, the connection is not."""
    browser = Client()
    browser.cookies = signed_in.cookies.copy()
    return browser.post(address, form)


def test_one_of_many_cancellations_of_a_subscription_is_filed(cast):
    subscription = factories.subscription(cast.customer)
    results = at_once(lambda number: factories.cancellation(subscription, anew(cast.bob)), [cast.bob.pk])
    filed = [result for result in results if isinstance(result, SubscriptionRequest)]
    refused = [result for result in results if isinstance(result, workflow.CannotSubmit)]
    assert (len(filed), len(refused)) == (1, PEOPLE - 1)
    assert SubscriptionRequest.objects.count() == 1


@pytest.mark.parametrize("action", ["claim", "message"])
def test_step_that_is_sent_many_times_at_once_is_taken_once(cast, action):
    filed = factories.purchase(cast.customer, cast.alice)
    sent = workflow.Sent(key=uuid.uuid4())
    given = {"text": "Hello"} if action == "message" else {}
    results = at_once(
        lambda _: getattr(workflow, action)(filed, actor=anew(cast.dana), sent=sent, **given), [cast.dana.pk]
    )
    assert [result.pk for result in results] == [filed.pk] * PEOPLE
    assert filed.events.filter(action=action).count() == 1


# --- Many agents ---

AGENTS, REQUESTS, ATTEMPTS = (50, 500, 5_000) if DRILL else (6, 10, 60)


def test_one_of_many_claims_of_each_request_wins(cast):
    """Everybody tries requests in an order of their own; each request is tried equally often."""
    agents = [factories.person(f"agent{number}") for number in range(AGENTS)]
    for agent in agents:
        PartnerMembership.objects.create(user=agent, partner=cast.partner, role=PartnerMembership.Role.AGENT)
    offer = factories.offer(cast.partner)
    filed = [factories.purchase(cast.customer, cast.alice, offer) for _ in range(REQUESTS)]
    attempts = filed * (ATTEMPTS // REQUESTS)
    random.Random(4).shuffle(attempts)
    won, told = Counter(), []
    guard = threading.Lock()

    def work(number):
        from portal.lib.acting import acting_as

        for one in attempts[number::AGENTS]:
            try:
                with acting_as(agents[number].pk):
                    workflow.claim(one, actor=anew(agents[number]))
            except workflow.StepNotAllowed as error:
                with guard:
                    told.append(str(error))
            else:
                with guard:
                    won[one.pk] += 1

    assert at_once(work, people=AGENTS) == [None] * AGENTS
    assert won == Counter({one.pk: 1 for one in filed})
    assert len(told) == ATTEMPTS - REQUESTS
    claims = RequestEvent.objects.filter(action=Action.CLAIM).values_list("subscription_request_id", "actor_id")
    assert sorted(claims) == sorted(SubscriptionRequest.objects.values_list("pk", "assignee_id"))


# --- Two people ---


def test_one_of_two_answers_at_once_is_taken_and_the_other_told(cast):
    filed = ask("renew", cast, factories.subscription(cast.customer))
    filed = factories.in_status(filed, "waiting", agent=cast.dana, author=cast.alice)
    results = both(
        (cast.alice, lambda: workflow.answer(filed, actor=anew(cast.alice), text="For the new ones")),
        (cast.bob, lambda: workflow.answer(filed, actor=anew(cast.bob), text="For the old ones")),
    )
    assert sorted(map(is_refused, results)) == [False, True]
    [answer] = filed.events.filter(action=Action.ANSWER)
    [refusal] = [str(result) for result in results if is_refused(result)]
    assert refusal.startswith("This step is not possible any more: the request is “In review” since ")
    assert refusal.endswith(f"({answer.actor}).")
    assert not is_refused(results[[cast.alice, cast.bob].index(answer.actor)])


@pytest.mark.parametrize("attempt", range(3))
def test_one_of_approve_and_withdraw_at_once_wins(cast, attempt):
    filed = factories.in_status(
        factories.purchase(cast.customer, cast.alice), "in_review", agent=cast.dana, author=cast.alice
    )
    results = both(
        (cast.dana, lambda: workflow.approve(filed, actor=anew(cast.dana))),
        (cast.alice, lambda: workflow.withdraw(filed, actor=anew(cast.alice))),
    )
    assert sorted(map(is_refused, results)) == [False, True]
    stored = SubscriptionRequest.objects.get()
    assert stored.status == (Status.WITHDRAWN if is_refused(results[0]) else Status.APPROVED)
    assert stored.version == filed.version + 1
    assert list(stored.events.values_list("action", flat=True))[2:] == [
        Action.WITHDRAW if is_refused(results[0]) else Action.APPROVE
    ]


def test_messages_cross_a_step_that_is_taken_at_once(cast):
    filed = factories.purchase(cast.customer, cast.alice)
    sent = workflow.Sent(version=filed.version)
    results = both(
        (cast.dana, lambda: workflow.claim(filed, actor=anew(cast.dana), sent=sent)),
        (cast.alice, lambda: workflow.message(filed, actor=anew(cast.alice), text="Soon, please", sent=sent)),
    )
    assert not any(map(is_refused, results))
    assert filed.events.count() == 3


# --- Seats ---


def test_seats_that_are_changed_by_several_requests_at_once_add_up(cast):
    subscription = factories.subscription(cast.customer, quantity=25)
    more = [approved("more seats", cast, subscription) for _ in range(4)]
    fewer = [approved("fewer seats", cast, subscription) for _ in range(3)]
    due = [*more, *fewer]
    results = at_once(
        lambda number: workflow.complete(due[number], actor=anew(cast.dana), external_reference="ORDER-9"),
        [cast.dana.pk],
        people=len(due),
    )
    assert [result.status for result in results] == [Status.COMPLETED] * len(due)
    subscription.refresh_from_db()
    in_batches = sum(SeatBatch.objects.values_list("quantity", flat=True))
    assert subscription.quantity == 25 + 4 * 5 - 3 * 6
    assert in_batches <= subscription.quantity


def test_more_requests_for_fewer_seats_than_there_are_seats_do_not_all_succeed(cast):
    subscription = factories.subscription(cast.customer, quantity=14)
    due = [approved("fewer seats", cast, subscription) for _ in range(4)]
    results = at_once(
        lambda number: workflow.complete(due[number], actor=anew(cast.dana), external_reference="ORDER-9"),
        [cast.dana.pk],
        people=len(due),
    )
    assert sorted(type(result).__name__ for result in results) == [
        "SubscriptionRequest", "SubscriptionRequest", "WorkflowError", "WorkflowError",
    ]  # fmt: skip
    subscription.refresh_from_db()
    assert subscription.quantity == 2
    assert SubscriptionRequest.objects.filter(status=Status.APPROVED).count() == 2


@pytest.mark.parametrize("attempt", range(3))
def test_seats_that_are_changed_while_a_request_is_completed_are_not_lost(cast, attempt):
    subscription = factories.subscription(cast.customer, quantity=25)
    due = approved("more seats", cast, subscription)
    changed, done = both(
        (cast.max, lambda: Subscription.objects.filter(pk=subscription.pk).update(quantity=F("quantity") + 7)),
        (cast.dana, lambda: workflow.complete(due, actor=anew(cast.dana), external_reference="ORDER-9")),
    )
    assert (changed, done.status) == (1, Status.COMPLETED)
    subscription.refresh_from_db()
    assert subscription.quantity == 37

"""Whatever statement of a step fails: nothing is half done, and the same form sent again does it."""

import uuid

import pytest
from django.db import IntegrityError, OperationalError, connection
from procrastinate.exceptions import ConnectorException

from portal.lib.acting import acting_as
from requests_app import workflow
from requests_app.models import Action, SeatBatch, Subscription
from requests_app.workflow import Sent
from tests import factories
from tests.requests_app.workflow.steps import ASKINGS, FILE, approved, ask, differences, everything, start_of, take
from tests.requests_app.workflow.test_completing import batch

STEPS = [action for action in workflow.TRANSITIONS if action != Action.COMPLETE]
COMPLETIONS = [*((name, {}) for name in ASKINGS), ("fewer seats", {"at_renewal": True})]


def fails_at_every_statement(actor, deed):
    """Let ``deed`` fail at its first statement, its second and so on, until it succeeds; return what it gave.

    After each failure everything is as it was before.
    """
    before = everything()
    k = 0
    while True:
        k += 1
        executed = 0

        def fail_at_k(execute, sql, params, many, context, k=k):
            nonlocal executed
            executed += 1
            if executed == k:
                raise (IntegrityError if k % 2 else OperationalError)("injected")
            return execute(sql, params, many, context)

        failed = False
        with acting_as(actor.pk):
            try:
                with connection.execute_wrapper(fail_at_k):
                    result = deed()
            except (IntegrityError, OperationalError, ConnectorException):
                failed = True  # and the request goes on: what it shows, it commits
        assert failed == (executed >= k)
        if not failed:  # there are fewer statements than k: all of them have failed once
            assert k > 6
            return result
        assert everything() == before


@pytest.mark.parametrize("action", STEPS)
def test_any_statement_of_a_step_that_fails_leaves_everything_as_before(cast, action):
    filed = ask("cancellation", cast, factories.subscription(cast.customer))
    filed = factories.in_status(filed, start_of(action), agent=cast.dana, author=cast.alice)
    actor = cast.alice if action in (Action.ANSWER, Action.WITHDRAW) else cast.dana
    sent = Sent(key=uuid.uuid4(), version=filed.version, uploads=[FILE])
    before = everything()
    after = fails_at_every_statement(actor, lambda: take(action, filed, actor, cast, sent=sent))
    assert after.status == (workflow.TRANSITIONS[action].target or filed.status)
    found = {name: len(rows) for name, rows in differences(before, everything()).items()}
    assert found.pop("requests", 0) == (action != Action.NOTE)  # a message that is the first answer is noted there
    assert found == {"events": 1, "attachments": 1, "jobs": 1}


@pytest.mark.parametrize(("name", "given"), COMPLETIONS, ids=str)
def test_any_statement_of_completing_that_fails_leaves_everything_as_before(cast, name, given):
    factories.offer(cast.partner)
    factories.offer(cast.partner, term_duration="P3Y")
    subscription = factories.subscription(cast.customer, scheduled_quantity=7, arranged_at_end_of_term="renew_changed")
    batch(subscription, 4, added_ago=1, open_for=6)  # all of it is given back
    batch(subscription, 4, added_ago=2, open_for=5)  # and a part of this one
    filed = approved(name, cast, subscription)
    sent = Sent(key=uuid.uuid4(), version=filed.version, uploads=[FILE])
    after = fails_at_every_statement(
        cast.dana, lambda: take(Action.COMPLETE, filed, cast.dana, cast, sent=sent, **given)
    )
    assert (after.status, Subscription.objects.count()) == ("completed", 3 if name == "purchase" else 1)
    expected = {"more seats": [4, 4, 5], "fewer seats": [4, 4] if given else [2]}.get(name, [4, 4])
    assert sorted(SeatBatch.objects.values_list("quantity", flat=True)) == expected


@pytest.mark.parametrize("name", ASKINGS)
def test_any_statement_of_filing_that_fails_leaves_everything_as_before(cast, name):
    factories.offer(cast.partner)
    factories.offer(cast.partner, term_duration="P3Y")
    subscription = factories.subscription(cast.customer)
    batch(subscription, 4, added_ago=1, open_for=6)
    sent = Sent(key=uuid.uuid4())
    before = everything()
    filed = fails_at_every_statement(cast.alice, lambda: ask(name, cast, subscription, sent=sent))
    found = {name: len(rows) for name, rows in differences(before, everything()).items()}
    lines = {"lines": 2} if name == "purchase" else {}
    assert found == {"requests": 1, "events": 1, "jobs": 1} | lines
    assert ask(name, cast, subscription, sent=sent) == filed

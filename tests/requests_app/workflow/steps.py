"""What the tests of the workflow share: who may do what, written down by hand, and everything that there is."""

import json

from django.db import connection

from requests_app import workflow
from requests_app.attachments import Upload
from requests_app.models import Action, CancelWhen, EndOfTermChoice, Status
from tests import factories

EXTRA = {
    Action.DECLINE: {"reason": "Not now"},
    Action.COMPLETE: {"external_reference": "ORDER-9"},
    Action.ASK_CUSTOMER: {"question": "For whom?"},
    Action.ANSWER: {"text": "For the new ones"},
    Action.FAIL: {"reason": "Partner Center refused it"},
    Action.MESSAGE: {"text": "Hello"},
    Action.NOTE: {"text": "Call them"},
}
"""What a step is given besides the request and the actor; a reassignment also needs its assignee."""

PEOPLE = ["alice", "bob", "carol", "charlie", "dana", "max", "erin", "frank", "sam", "root"]
PARTNER_ONLY = set(workflow.TRANSITIONS) - {Action.WITHDRAW, Action.ANSWER, Action.MESSAGE}
MAY = {
    Action.WITHDRAW: {"alice", "bob"},
    Action.ANSWER: {"alice", "bob"},
    Action.MESSAGE: {"alice", "bob", "dana", "max", "root"},
    **{action: {"dana", "max", "root"} for action in PARTNER_ONLY},
}
"""Who may take which step, written down by hand: the matrix compares the code with it."""

FILE = Upload("seats.csv", "text/csv", b"name,seats\n")


def take(action, subscription_request, actor, cast, **extra):
    given = {"assignee": cast.max} if action == Action.REASSIGN else EXTRA.get(action, {})
    return getattr(workflow, action.value)(subscription_request, actor=actor, **(given | extra))


def start_of(action):
    """Return a status that a step starts from, always the same one."""
    return next(status for status in Status if status in workflow.TRANSITIONS[action].sources)


ASKINGS = {
    "purchase": lambda cast, subscription, **given: workflow.submit_purchase(
        cast.customer, [workflow.OrderLine(one, 3) for one in cast.customer.partner.offers.all()], **given
    ),
    "cancellation": lambda cast, subscription, **given: workflow.submit_cancellation(
        subscription, when=CancelWhen.NOW, **given
    ),
    "cancellation at the end": lambda cast, subscription, **given: workflow.submit_end_of_term(
        subscription, choice=EndOfTermChoice.CANCEL, **given
    ),
    "more seats": lambda cast, subscription, **given: workflow.submit_more_seats(subscription, seats=5, **given),
    "fewer seats": lambda cast, subscription, **given: workflow.submit_fewer_seats(subscription, seats=6, **given),
    "renew": lambda cast, subscription, **given: workflow.submit_end_of_term(
        subscription, choice=EndOfTermChoice.RENEW, **given
    ),
    "renew changed": lambda cast, subscription, **given: workflow.submit_end_of_term(
        subscription,
        choice=EndOfTermChoice.RENEW_CHANGED,
        changes=workflow.RenewalChanges(quantity=40, term_duration="P3Y", billing_cycle="annual"),
        **given,
    ),
    "month to month": lambda cast, subscription, **given: workflow.submit_end_of_term(
        subscription, choice=EndOfTermChoice.MONTH_TO_MONTH, **given
    ),
}
"""Every way to ask for something. Purchases ask for all of the partner's offers."""

ABOUT_A_SUBSCRIPTION = [name for name in ASKINGS if name != "purchase"]


def ask(name, cast, subscription=None, actor=None, **given):
    """File what ``name`` says; a purchase needs an offer of the partner's."""
    return ASKINGS[name](cast, subscription, actor=actor or cast.alice, **given)


def approved(name, cast, subscription=None):
    """File what ``name`` says, and lead it to where only the deed is left."""
    return factories.in_status(ask(name, cast, subscription), "approved", agent=cast.dana, author=cast.alice)


TABLES = {
    "requests": "requests_app_subscriptionrequest",
    "lines": "requests_app_requestline",
    "events": "requests_app_requestevent",
    "attachments": "requests_app_attachment",
    "subscriptions": "requests_app_subscription",
    "batches": "requests_app_seatbatch",
    "jobs": "procrastinate_jobs",
}


def everything():
    """Return every row that a step may touch, by table and primary key. One statement."""
    parts = ", ".join(
        f"'{name}', (SELECT coalesce(jsonb_object_agg(id, to_jsonb(t)), '{{}}') FROM {table} t)"
        for name, table in TABLES.items()
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT jsonb_build_object({parts})::text")
        tables = json.loads(cursor.fetchone()[0])
    return {name: {int(pk): row for pk, row in rows.items()} for name, rows in tables.items()}


def differences(before, after):
    """Return which rows of which table are new, gone or changed."""
    found = {}
    for name in TABLES:
        keys = {pk for pk in before[name].keys() | after[name].keys() if before[name].get(pk) != after[name].get(pk)}
        if keys:
            found[name] = keys
    return found

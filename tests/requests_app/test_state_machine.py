"""Everybody does anything in any order: whatever happens, no request is ever in a state that cannot be.

A rule-based state machine on the real database, everybody behind the second wall as on the site. What each person may
do, and where each step leads, is written down a second time, by hand (workflow/opinion.py): the machine is of another
opinion than the code as soon as one of the two changes. ``make drill`` takes 10,000 steps; CI takes some hundred.
"""

import datetime
import os
import uuid
from collections import Counter, defaultdict

from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from accounts.models import CustomerMembership, PartnerMembership
from portal.lib.acting import SITE, acting_as
from requests_app import revalidation, workflow
from requests_app.models import (
    CancelWhen,
    EndOfTermChoice,
    Kind,
    Offer,
    SeatBatch,
    Subscription,
    SubscriptionRequest,
)
from requests_app.workflow import (
    OrderLine,
    RenewalChanges,
    Sent,
)
from tests import factories
from tests.requests_app.workflow.opinion import (
    ALL,
    ASKS,
    CLOSED,
    EVERYBODY,
    FORWARD,
    LOOKS_AGAIN,
    MOVES,
    NEEDS_TEXT,
    SAID,
    TALK,
    Opinion,
    may,
)
from tests.requests_app.workflow.steps import FILE, differences, everything


class Requests(Opinion, RuleBasedStateMachine):
    """Two customers of a partner, four subscriptions, two offers, and eleven people who do as they like."""

    taken = Counter()
    """How often each thing succeeded, over all runs: a machine that gets nowhere proves nothing."""
    steps = 0

    def __init__(self, cast):
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.cast = cast
        self.name_of = {getattr(cast, name).pk: name for name in EVERYBODY}
        self.whose = {cast.customer.pk: "customer", cast.sibling.pk: "sibling"}
        self.offers = [factories.offer(cast.partner), factories.offer(cast.partner, term_duration="P1M")]
        now = timezone.now()
        self.subscriptions = [
            factories.subscription(cast.customer, quantity=12),
            factories.subscription(cast.customer, commitment_end_date=None, cancellation_allowed_until=None),
            factories.subscription(cast.sibling, quantity=3),
            factories.subscription(cast.customer, quantity=1),
        ]
        for days in (-3, 5):
            SeatBatch.objects.create(
                subscription=self.subscriptions[0], quantity=4, added_at=now - datetime.timedelta(days=5 - days),
                cancellation_allowed_until=now + datetime.timedelta(days=days),
            )  # fmt: skip
        workflow.submit_cancellation(self.subscriptions[0], when=CancelWhen.NOW, actor=cast.bob)
        workflow.submit_end_of_term(self.subscriptions[2], choice=EndOfTermChoice.RENEW, actor=cast.charlie)
        workflow.submit_fewer_seats(self.subscriptions[0], seats=7, actor=cast.gina)
        factories.purchase(cast.customer, cast.alice, *self.offers)
        self.filed_with, self.taken_with = {}, {}
        self.rows = everything()

    def teardown(self):
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    # --- What people do ---

    @rule(
        kind=st.sampled_from(Kind.values),
        number=st.integers(0, 3),
        who=st.sampled_from(EVERYBODY),
        seats=st.integers(1, 14),
        when=st.sampled_from(CancelWhen),
        choice=st.sampled_from(EndOfTermChoice),
        changed=st.booleans(),
        key=st.none() | st.integers(0, 20),
        seen=st.sampled_from([None, None, None, "of another day"]),
    )
    def ask(self, kind, number, who, seats, when, choice, changed, key, seen):
        subscription = self.subscriptions[number]
        key = uuid.UUID(int=key) if key is not None else None
        sent = Sent(key=key, seen=seen)
        actor = getattr(self.cast, who)
        if kind == Kind.PURCHASE:
            lines = [OrderLine(offer, seats) for offer in self.offers[: 1 + seats % 2]]
            customer = subscription.customer
            filing = lambda: workflow.submit_purchase(customer, lines, actor=actor, sent=sent)  # noqa: E731
        elif kind == Kind.CANCELLATION:
            filing = lambda: workflow.submit_cancellation(subscription, when=when, actor=actor, sent=sent)  # noqa: E731
        elif kind == Kind.END_OF_TERM:
            changes = RenewalChanges(quantity=seats) if changed else RenewalChanges()
            filing = lambda: workflow.submit_end_of_term(  # noqa: E731
                subscription, choice=choice, changes=changes, actor=actor, sent=sent
            )
            if choice == EndOfTermChoice.CANCEL:
                kind, when = Kind.CANCELLATION, CancelWhen.END_OF_TERM
        else:
            submit = workflow.submit_more_seats if kind == Kind.MORE_SEATS else workflow.submit_fewer_seats
            filing = lambda: submit(subscription, seats=seats, actor=actor, sent=sent)  # noqa: E731
        again = self.filed_with.get((key, who)) if key else None
        nothing_wanted = choice == EndOfTermChoice.RENEW_CHANGED and not changed
        refusal = self.refusal_to_file(kind, number, who, seats, when, nothing_wanted, sent) if again is None else ()
        filed = self.attempt(who, filing, refusal)
        if filed is None:
            return
        if again is not None:
            assert filed.pk == again
            assert self.rows == everything()
            return
        after = everything()
        event = max(after["events"])
        found = differences(self.rows, after)
        if kind == Kind.PURCHASE:
            assert len(found.pop("lines")) == len(lines)
        assert found == {"requests": {filed.pk}, "events": {event}, "jobs": {max(after["jobs"])}}
        assert after["events"][event]["action"] == "submit"
        row = after["requests"][filed.pk]
        assert (row["status"], row["version"], row["kind"], self.name_of[row["author_id"]]) == (
            "submitted", 1, kind, who,
        )  # fmt: skip
        if key:
            self.filed_with[key, who] = filed.pk
        self.rows = after
        self.taken[f"submit {kind}"] += 1

    @rule(
        kind=st.sampled_from(Kind.values),
        number=st.integers(0, 3),
        seats=st.integers(1, 4),
        when=st.sampled_from(CancelWhen),
        choice=st.sampled_from(EndOfTermChoice),
    )
    def ask_properly(self, kind, number, seats, when, choice):
        who = "charlie" if number == 2 else "alice"
        self.ask(kind, number, who, seats, when, choice, changed=True, key=None, seen=None)

    @precondition(lambda self: self.rows["requests"])
    @rule(
        data=st.data(),
        action=st.sampled_from(sorted(MOVES)),
        who=st.sampled_from(EVERYBODY),
        said=st.sampled_from(SAID),
        assignee=st.sampled_from(EVERYBODY),
        key=st.none() | st.integers(0, 20),
        version=st.sampled_from([None, 0, -1, 7]),
        seen=st.sampled_from([None, None, "as it is", "of another day"]),
    )
    def try_anything(self, data, action, who, said, assignee, key, version, seen):
        pk = data.draw(st.sampled_from(sorted(self.rows["requests"])))
        self.step(pk, action, who, said, assignee, key, version, seen, at_renewal=bool(version), uploads=())

    @rule(data=st.data(), at_renewal=st.booleans())
    def go_further(self, data, at_renewal):
        """The straight way: left to chance, requests are taken, given back and withdrawn, and few are ever done."""
        self.go_on(data, 1, "dana", None, None, at_renewal=at_renewal, with_file=False, actions=FORWARD)

    @rule(
        data=st.data(),
        talk=st.integers(0, 5),
        assignee=st.sampled_from(["dana", "max", "gina", "root", "alice"]),
        key=st.none() | st.integers(21, 60),
        seen=st.sampled_from([None, "as it is"]),
        at_renewal=st.booleans(),
        with_file=st.booleans(),
    )
    def go_on(self, data, talk, assignee, key, seen, at_renewal, with_file, actions=MOVES):
        """Take a step that is possible, as somebody who may: the machine has to get around."""
        possible = defaultdict(lambda: defaultdict(list))
        for pk, row in sorted(self.rows["requests"].items()):
            by, whose = {"author": self.name_of[row["author_id"]]}, self.whose[row["customer_id"]]
            for action, (sources, _) in MOVES.items():
                if action in actions and row["status"] in sources and (action not in TALK or not talk):
                    possible[pk][action] = [name for name in EVERYBODY if may(action, name, by, whose)]
        if not possible:
            return
        pk = data.draw(st.sampled_from(list(possible)))
        action = data.draw(st.sampled_from(list(possible[pk])))
        who = data.draw(st.sampled_from(possible[pk][action]))
        uploads = (FILE,) if with_file else ()
        self.step(pk, action, who, "A few words", assignee, key, 0, seen, at_renewal=at_renewal, uploads=uploads)

    def step(self, pk, action, who, said, assignee, key, version, seen, *, at_renewal, uploads):
        row = self.rows["requests"][pk]
        before = SubscriptionRequest.objects.get(pk=pk)
        changes = revalidation.changes_since_filing(before, timezone.now())
        shown = before.shared_version if action in ("answer", "withdraw") else row["version"]
        sent = Sent(
            key=uuid.UUID(int=key) if key is not None else None,
            version=None if version is None else shown + version,
            seen=revalidation.digest(changes) if seen == "as it is" else seen,
            uploads=uploads,
        )
        given = {NEEDS_TEXT[action]: said} if action in NEEDS_TEXT else {}
        if action == "reassign":
            given["assignee"] = getattr(self.cast, assignee)
        if action == "complete":
            given["at_renewal"] = at_renewal
        refusal, again = self.refusal_to_step(row, action, who, said, assignee, sent, version, seen, at_renewal)
        actor = getattr(self.cast, who)
        result = self.attempt(who, lambda: getattr(workflow, action)(before, actor=actor, sent=sent, **given), refusal)
        if result is None:
            return
        if again:
            assert self.rows == everything()
            return
        self.has_moved(row, action, who, sent, changes, assignee)
        if sent.key:
            self.taken_with[sent.key] = (pk, action, who)
        self.taken[action] += 1
        if action == "complete":
            self.taken[f"complete {row['kind']}"] += 1

    def has_moved(self, row, action, who, sent, changes, assignee):
        """Compare what has changed with what this step changes: nothing else may have."""
        after = everything()
        found = differences(self.rows, after)
        event = after["events"][max(after["events"])]
        expected = {"events": {event["id"]}, "jobs": {max(after["jobs"])}}
        if sent.uploads:
            expected["attachments"] = {max(after["attachments"])}
        answers = action == "message" and who not in ASKS[self.whose[row["customer_id"]]] and not row["answered_at"]
        if action not in TALK or answers:
            expected["requests"] = {row["id"]}
        if action == "complete":
            touched = {name: found.pop(name, set()) for name in ("subscriptions", "batches")}
            if row["subscription_id"]:
                assert touched["subscriptions"] <= {row["subscription_id"]}
            else:
                assert touched["subscriptions"].isdisjoint(self.rows["subscriptions"])
            batches = self.rows["batches"] | after["batches"]
            assert {batches[pk]["subscription_id"] for pk in touched["batches"]} <= {row["subscription_id"]}
        assert found == expected
        target = MOVES[action][1] or row["status"]
        assert (event["action"], event["from_status"], event["to_status"]) == (action, row["status"], target)
        assert event["changes"] == (changes if action in LOOKS_AGAIN else [])
        assert self.name_of[event["actor_id"]] == who
        now = after["requests"][row["id"]]
        if action in ("claim", "reassign", "release"):
            owner = {"claim": who, "reassign": assignee, "release": None}[action]
            assert self.name_of.get(now["assignee_id"]) == owner
        else:
            assert now["assignee_id"] == row["assignee_id"]
        self.rows = after

    def attempt(self, who, deed, refusal):
        """Do it as ``who``, behind the second wall. A refusal has to be one of ``refusal``, and changes nothing."""
        type(self).steps += 1
        result = None
        with acting_as(getattr(self.cast, who).pk):
            try:
                result = deed()
            except refusal as error:  # as a view does: the page that tells it is part of the same transaction
                assert str(error)  # noqa: PT017
        if not refusal:
            return result
        assert result is None, f"expected {refusal}"
        assert self.rows == everything()
        self.taken["refused", *(one.__name__ for one in refusal)] += 1
        return None

    # --- What happens besides ---

    @rule(number=st.integers(0, 3), status=st.sampled_from(["active", "active", "suspended", "expired"]))
    def somebody_changes_a_subscription(self, number, status):
        row = self.rows["subscriptions"][self.subscriptions[number].pk]
        if row["status"] != "deleted":
            Subscription.objects.filter(pk=row["id"]).update(status=status, quantity=row["quantity"] + 1)
        self.rows = everything()

    @rule(number=st.integers(0, 1), price=st.integers(300, 303), on_sale=st.sampled_from([True, True, True, False]))
    def the_partner_changes_an_offer(self, number, price, on_sale):
        Offer.objects.filter(pk=self.offers[number].pk).update(unit_price=price, is_active=on_sale)

    @precondition(lambda self: self.rows["requests"])
    @rule(data=st.data(), level=st.integers(1, 2))
    def the_deadline_comes_near(self, data, level):
        row = self.rows["requests"][data.draw(st.sampled_from(sorted(self.rows["requests"])))]
        with acting_as(SITE):
            locked = SubscriptionRequest.objects.select_for_update().get(pk=row["id"])
            told = workflow.escalate(locked, level=level)
        assert told == (row["status"] not in CLOSED and row["escalation"] < level)
        after = everything()
        kinds = {"requests", "events", "jobs"} if told else set()
        assert set(differences(self.rows, after)) == kinds
        self.rows = after

    # --- What always holds ---

    @invariant()
    def requests_are_in_a_state_that_can_be(self):
        for row in self.rows["requests"].values():
            assert row["status"] in ALL
            assert (row["closed_at"] is not None) == (row["status"] in CLOSED)
            assert row["assignee_id"] is not None or row["status"] in ("submitted", "withdrawn")
            assert row["status"] != "submitted" or row["assignee_id"] is None
            assert row["assignee_id"] != row["author_id"]
            assert row["status"] != "declined" or row["decline_reason"]
            assert row["status"] != "failed" or row["failure_reason"]
            assert (row["external_reference"] != "") == (row["status"] == "completed")

    @invariant()
    def replaying_the_events_gives_the_row(self):
        events = defaultdict(list)
        for event in sorted(self.rows["events"].values(), key=lambda event: (event["created_at"], event["id"])):
            events[event["subscription_request_id"]].append(event)
        for pk, row in self.rows["requests"].items():
            self.replay(row, events[pk])

    @invariant()
    def a_subscription_ends_once_and_has_the_seats_it_has(self):
        endings = Counter(
            row["subscription_id"]
            for row in self.rows["requests"].values()
            if row["kind"] in ("cancellation", "end_of_term") and row["status"] not in CLOSED
        )
        assert set(endings.values()) <= {1}
        in_batches = Counter()
        for batch in self.rows["batches"].values():
            assert batch["quantity"] >= 1
            in_batches[batch["subscription_id"]] += batch["quantity"]
        for pk, row in self.rows["subscriptions"].items():
            assert row["quantity"] >= max(1, in_batches[pk])
            scheduled = row["scheduled_quantity"] or row["scheduled_term_duration"] or row["scheduled_billing_cycle"]
            assert bool(scheduled) == (row["arranged_at_end_of_term"] == EndOfTermChoice.RENEW_CHANGED)
            if scheduled:
                assert row["auto_renew_enabled"]
                assert row["ends_on"] is None
            assert row["ends_on"] is None or not row["auto_renew_enabled"]

    @invariant()
    def every_event_tells_people_once(self):
        jobs = Counter(
            job["args"]["event_id"]
            for job in self.rows["jobs"].values()
            if job["task_name"] == "requests_app.tasks.notify_people"
        )
        assert jobs == Counter(list(self.rows["events"]))


DRILL = bool(os.environ.get("PORTAL_DRILL"))
EXAMPLES, STEPS = (300, 60) if DRILL else (10, 40)
MUST_HAVE_HAPPENED = {*MOVES, *(f"{done} {kind}" for done in ("submit", "complete") for kind in Kind)}


def test_whatever_people_do_no_request_is_in_a_state_that_cannot_be(cast):
    cast.gina = factories.person("gina")  # works for the partner and buys for the customer: the one who could cheat
    CustomerMembership.objects.create(user=cast.gina, customer=cast.customer, role=CustomerMembership.Role.REQUESTER)
    PartnerMembership.objects.create(user=cast.gina, partner=cast.partner, role=PartnerMembership.Role.AGENT)
    Requests.taken, Requests.steps = Counter(), 0
    run_state_machine_as_test(
        lambda: Requests(cast),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(Requests.steps, sorted(Requests.taken.items(), key=str))  # noqa: T201 - what pytest -s shows
    refused = {taken for taken in Requests.taken if taken[0] == "refused"}
    assert {"claim", "approve", "complete"} <= set(Requests.taken)
    assert len(refused) >= 5
    if DRILL:
        assert Requests.steps >= 10_000
        assert set(Requests.taken) >= MUST_HAVE_HAPPENED

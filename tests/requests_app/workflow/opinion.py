"""A second opinion of the workflow, by hand: where each step leads, who may take it, why it would be refused."""

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied

from requests_app.models import CancelWhen, Kind, Offer, Status
from requests_app.workflow import CannotSubmit, PictureChanged, StepNotAllowed, WorkflowError
from tests.requests_app.workflow.steps import PEOPLE

ALL = set(Status.values)
MOVES = {
    "claim": ({"submitted"}, "in_review"),
    "release": ({"in_review"}, "submitted"),
    "reassign": ({"in_review", "waiting", "approved", "failed"}, None),
    "ask_customer": ({"in_review"}, "waiting"),
    "answer": ({"waiting"}, "in_review"),
    "resume": ({"waiting"}, "in_review"),
    "approve": ({"in_review"}, "approved"),
    "decline": ({"in_review", "waiting", "failed"}, "declined"),
    "complete": ({"approved"}, "completed"),
    "fail": ({"approved"}, "failed"),
    "retry": ({"failed"}, "approved"),
    "withdraw": ({"submitted", "in_review", "waiting", "failed"}, "withdrawn"),
    "message": (ALL, None),
    "note": (ALL, None),
}
NEVER_BY_ITS_AUTHOR = {"claim", "ask_customer", "resume", "approve", "decline", "complete", "fail", "retry"}
FORWARD = {"claim", "answer", "resume", "approve", "complete", "retry"}
LOOKS_AGAIN = {"approve", "decline", "complete", "fail", "retry"}
CLOSED = {"completed", "declined", "withdrawn"}
INTERNAL = {"note", "reassign", "escalate"}
TALK = {"message", "note"}
WORKS = {"dana", "max", "gina", "root"}
ASKS = {"customer": {"alice", "bob", "gina"}, "sibling": {"charlie"}}
NEEDS_TEXT = {"decline": "reason", "fail": "reason", "ask_customer": "question", "answer": "text", "message": "text",
              "note": "text", "complete": "external_reference"}  # fmt: skip
EVERYBODY = [*PEOPLE, "gina"]
SAID = ["A few words", "A few words", "A few words", " \n"]
RUNNING = {"active", "pending", "suspended"}


def may(action, name, request, whose):
    if action in NEVER_BY_ITS_AUTHOR and request["author"] == name:
        return False
    asks, works = name in ASKS[whose], name in WORKS
    return {"answer": asks, "withdraw": asks, "message": asks or works}.get(action, works)


class Opinion:
    """What a state machine thinks will happen, from ``rows``: everything as it was before."""

    def refusal_to_file(self, kind, number, who, seats, when, nothing_wanted, sent):
        subscription = self.rows["subscriptions"][self.subscriptions[number].pk]
        if who not in ASKS[self.whose[subscription["customer_id"]]]:
            return (PermissionDenied, ObjectDoesNotExist)
        if kind == Kind.PURCHASE:
            cannot = not all(Offer.objects.get(pk=one.pk).is_active for one in self.offers[: 1 + seats % 2])
        else:
            cannot = subscription["status"] not in RUNNING or subscription["ends_on"] is not None
        no_term = subscription["commitment_end_date"] is None
        cannot |= kind == Kind.CANCELLATION and when == CancelWhen.END_OF_TERM and no_term
        cannot |= kind == Kind.END_OF_TERM and (no_term or nothing_wanted)
        cannot |= kind == Kind.FEWER_SEATS and seats >= subscription["quantity"]
        if cannot:
            return (CannotSubmit,)
        if sent.seen:
            return (PictureChanged,)
        taken_by_another = any(key == sent.key for key, _ in self.filed_with)
        if taken_by_another or (kind in ("cancellation", "end_of_term") and self.has_open_ending(subscription["id"])):
            return (CannotSubmit,)
        return ()

    def has_open_ending(self, subscription):
        return any(
            row["subscription_id"] == subscription
            and row["kind"] in ("cancellation", "end_of_term")
            and row["status"] not in CLOSED
            for row in self.rows["requests"].values()
        )

    def refusal_to_step(self, row, action, who, said, assignee, sent, version, seen, at_renewal):
        """Return what is raised, in the order in which a step looks; and whether it was taken with this key before."""
        author = self.name_of[row["author_id"]]
        whose = self.whose[row["customer_id"]]
        if action in NEEDS_TEXT and not said.strip():
            return (ValueError,), False
        if not may(action, who, {"author": author}, whose):
            return (PermissionDenied, ObjectDoesNotExist), False
        before = self.taken_with.get(sent.key)
        if before == (row["id"], action, who):
            return (), True
        stale = bool(version) and action not in TALK
        if row["status"] not in MOVES[action][0] or stale:
            return (StepNotAllowed,), False
        if action in LOOKS_AGAIN and seen == "of another day":
            return (PictureChanged, StepNotAllowed), False
        if action == "reassign" and (assignee not in WORKS or assignee == author):
            return (WorkflowError,), False
        if (action == "complete" and self.cannot_be_done(row, at_renewal=at_renewal)) or before is not None:
            return (WorkflowError,), False
        return (), False

    def cannot_be_done(self, row, *, at_renewal):
        if row["kind"] in ("purchase", "cancellation"):
            return False
        subscription = self.rows["subscriptions"][row["subscription_id"]]
        will_not_renew = subscription["ends_on"] is not None
        return (
            subscription["status"] not in RUNNING
            or (row["kind"] == "fewer_seats" and row["seats"] >= subscription["quantity"])
            or (row["kind"] == "fewer_seats" and at_renewal and will_not_renew)
            or (row["kind"] == "end_of_term" and will_not_renew)
        )

    def replay(self, row, events):
        first, *others = events
        assert (first["action"], first["from_status"], first["to_status"]) == ("submit", "", "submitted")
        assert (first["actor_id"], first["created_at"]) == (row["author_id"], row["submitted_at"])
        status, assignee, closed_at, version, escalation = "submitted", None, None, 1, 0
        asks = ASKS[self.whose[row["customer_id"]]]
        answers = [
            event["created_at"] for event in others
            if event["action"] in NEVER_BY_ITS_AUTHOR | {"release"}
            or (event["action"] == "message" and self.name_of[event["actor_id"]] not in asks)
        ]  # fmt: skip
        assert row["answered_at"] == min(answers, default=None)
        for event in others:
            action = event["action"]
            assert event["from_status"] == status
            assert event["is_internal"] == (action in INTERNAL)
            assert (event["actor_id"] is None) == (action == "escalate")
            assert action not in NEVER_BY_ITS_AUTHOR or event["actor_id"] != row["author_id"]
            sources, target = MOVES.get(action, (ALL - CLOSED, None))
            assert status in sources
            assert event["to_status"] == (target or status)
            status, assignee = event["to_status"], event["assignee_id"]
            version += action not in {*TALK, "escalate"}
            closed_at = event["created_at"] if target in CLOSED else closed_at
            escalation = 0 if action == "approve" else escalation
        assert (row["status"], row["assignee_id"], row["closed_at"], row["version"]) == (
            status, assignee, closed_at, version,
        )  # fmt: skip

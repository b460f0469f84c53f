"""The table of steps: from which states a step leads to which, who may take it, and what is said when it cannot be."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import Capability, can, not_included
from portal.lib.display import moment
from requests_app.models import OPEN, Action, RequestEvent, Status, SubscriptionRequest


@dataclass(frozen=True)
class Transition:
    """From which states a step leads to which, and what it takes to take it.

    ``target`` None: the request stays as it is. ``capabilities``: one of them is enough. ``by_author``: whoever has
    filed the request may take the step; nobody decides on a request of their own.
    """

    sources: frozenset[Status]
    target: Status | None
    capabilities: frozenset[Capability]
    by_author: bool = True


WORK = frozenset({Capability.WORK_REQUESTS})
ASK = frozenset({Capability.ASK})


def _step(sources: set[Status], target: Status | None, who: frozenset[Capability], *, by_author: bool) -> Transition:
    return Transition(frozenset(sources), target, who, by_author)


TRANSITIONS: dict[Action, Transition] = {
    Action.CLAIM: _step({Status.SUBMITTED}, Status.IN_REVIEW, WORK, by_author=False),
    Action.RELEASE: _step({Status.IN_REVIEW}, Status.SUBMITTED, WORK, by_author=True),
    Action.REASSIGN: _step(
        {Status.IN_REVIEW, Status.WAITING, Status.APPROVED, Status.FAILED}, None, WORK, by_author=True
    ),
    Action.ASK_CUSTOMER: _step({Status.IN_REVIEW}, Status.WAITING, WORK, by_author=False),
    Action.ANSWER: _step({Status.WAITING}, Status.IN_REVIEW, ASK, by_author=True),
    Action.RESUME: _step({Status.WAITING}, Status.IN_REVIEW, WORK, by_author=False),
    Action.APPROVE: _step({Status.IN_REVIEW}, Status.APPROVED, WORK, by_author=False),
    Action.DECLINE: _step({Status.IN_REVIEW, Status.WAITING, Status.FAILED}, Status.DECLINED, WORK, by_author=False),
    Action.COMPLETE: _step({Status.APPROVED}, Status.COMPLETED, WORK, by_author=False),
    Action.FAIL: _step({Status.APPROVED}, Status.FAILED, WORK, by_author=False),
    Action.RETRY: _step({Status.FAILED}, Status.APPROVED, WORK, by_author=False),
    Action.WITHDRAW: _step(
        {Status.SUBMITTED, Status.IN_REVIEW, Status.WAITING, Status.FAILED}, Status.WITHDRAWN, ASK, by_author=True
    ),
    Action.MESSAGE: _step(set(Status), None, ASK | WORK, by_author=True),
    Action.NOTE: _step(set(Status), None, WORK, by_author=True),
}

CLOSING = frozenset(status for status in Status if status not in OPEN)

TALK = frozenset({Action.MESSAGE, Action.NOTE})
"""Steps that only add to the conversation: they may cross any other step."""

DECISIONS = frozenset({Action.APPROVE, Action.DECLINE, Action.COMPLETE, Action.FAIL, Action.RETRY})
"""Steps before which is looked at what has changed since the request was filed."""


INTERNAL = frozenset({Action.NOTE, Action.REASSIGN, Action.ESCALATE})
"""Steps that the partner's people alone see."""


def is_answer(action: str, *, by_customer: bool) -> bool:
    """Return whether a step answers the customer: it is the partner's, and the customer sees it.

    ``by_customer``: whether who takes it belongs to the customer; of a message alone it decides.
    """
    if action == Action.MESSAGE:
        return not by_customer
    return action not in INTERNAL and action in TRANSITIONS and TRANSITIONS[Action(action)].capabilities == WORK


MOST_SEATS = 1_000_000
"""Of a subscription; the database takes no more."""


class WorkflowError(Exception):
    """A step that cannot be taken; its text is a sentence for the reader, in their language."""


class StepNotAllowed(WorkflowError):
    """The request is in a state that this step does not start from: somebody else was quicker."""


class CannotSubmit(WorkflowError):
    """What was asked for cannot be asked for (any more)."""


class PictureChanged(WorkflowError):
    """What the form had shown is not what is now: shown again, it can be sent again."""


def available_actions(subscription_request: SubscriptionRequest, user: User) -> list[Action]:
    """Return the steps that ``user`` may take now, in the order of the table. Pages, buttons and tests all ask here."""
    status = Status(subscription_request.status)
    return [
        action
        for action, transition in TRANSITIONS.items()
        if status in transition.sources and may_take(action, subscription_request, user)
    ]


def may_take(action: Action, subscription_request: SubscriptionRequest, user: User) -> bool:
    """Return whether ``user`` may take this step with this request, in whichever state it is."""
    transition = TRANSITIONS[action]
    if not transition.by_author and subscription_request.author_id == user.pk:
        return False
    return any(can(user, capability, subscription_request.customer) for capability in transition.capabilities)


def require_step(action: Action, subscription_request: SubscriptionRequest, user: User) -> None:
    """Raise PermissionDenied, with a sentence for the reader, unless ``user`` may take this step."""
    if may_take(action, subscription_request, user):
        return
    transition = TRANSITIONS[action]
    if any(can(user, capability, subscription_request.customer) for capability in transition.capabilities):
        raise PermissionDenied(_("You have filed this request yourself: a colleague has to decide on it."))
    raise not_included()


def why_not(locked: SubscriptionRequest, actor: User) -> str:
    """Return a sentence for somebody who came too late: where the request stands, since when, and by whom."""
    last = _last_step(locked, actor)
    values = {"status": locked.get_status_display(), "who": "", "when": ""}
    if last is None:
        return _("This step is not possible: the request is “%(status)s”.") % values
    values["who"] = _("you") if last.actor_id == actor.pk else str(last.actor)
    values["when"] = moment(last.created_at)
    return _("This step is not possible any more: the request is “%(status)s” since %(when)s (%(who)s).") % values


def who_was_quicker(locked: SubscriptionRequest, actor: User) -> str:
    """Return a sentence for somebody whose page was out of date although the step would still be possible."""
    last = _last_step(locked, actor)
    if last is None:
        return _("The request has changed since this page was shown. Look at it as it is now, then decide again.")
    return _(
        "The request has changed since this page was shown: “%(action)s”, %(when)s (%(who)s). "
        "Look at it as it is now, then decide again. What you typed is still here."
    ) % {
        "action": last.get_action_display(),
        "when": moment(last.created_at),
        "who": _("you") if last.actor_id == actor.pk else str(last.actor),
    }


def _last_step(locked: SubscriptionRequest, actor: User):  # type: ignore[no-untyped-def]
    """Return the last step that ``actor`` may know of: what is internal is not told to customers."""
    talk = [*TALK, Action.ESCALATE]
    return (
        RequestEvent.objects.visible_to(actor)
        .filter(subscription_request=locked)
        .select_related("actor")
        .exclude(action__in=talk)
        .last()
    )


def too_many_seats() -> str:
    """Return a sentence for whoever asks for more seats than a subscription can have."""
    return _("A subscription has at most 1,000,000 seats.")

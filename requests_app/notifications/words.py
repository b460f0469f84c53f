"""What a mail says about an event: its subject, what has happened, what happens next, for each side.

Never more than is done: asked, agreed and done are three things. Tables rather than code, so that a missing sentence
shows (tests/requests_app/test_notifications.py goes through all steps, sides and kinds).
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.lib.display import day, deadline_text, time_left, time_past
from requests_app.labels import title
from requests_app.models import (
    Action,
    DeadlineReason,
    EndOfTermChoice,
    Kind,
    RequestEvent,
    RequestLine,
    Status,
    SubscriptionRequest,
)
from requests_app.notifications.recipients import BY_THE_PARTNER, Side, level_of

QUESTION_IN_SUBJECT = 90
"""Characters of a question that a subject line holds."""


@dataclass(frozen=True)
class Words:
    """The sentences of one mail, in the active language and time zone."""

    subject: str
    what: str
    next: str
    quote_title: str
    button: str


def words_for(
    event: RequestEvent, lines: Sequence[RequestLine], *, reader_id: int, side: Side, now: datetime.datetime
) -> Words:
    """Return what the reader is told about ``event``. Raises KeyError for a step that this side does not hear of."""
    values = _values(event, lines, now)
    step = _step(event, reader_id, side, now)
    asks = side == Side.CUSTOMER and event.action == Action.ASK_CUSTOMER
    return Words(
        subject=str(SUBJECTS[side][step]) % values,
        what=str(_what(event, side, step)) % values,
        next=str(_next(event, side, step, now)) % values,
        quote_title=str(_quote_title(event)),
        button=gettext("Answer") if asks else gettext("Open the request"),
    )


def words_of_reminder(
    subscription_request: SubscriptionRequest, lines: Sequence[RequestLine], now: datetime.datetime
) -> Words:
    """Return what somebody is told whose partner waits for their answer while a deadline comes near."""
    by = deadline_text(subscription_request.deadline)
    values = {
        "number": subscription_request.number,
        "partner": subscription_request.partner,
        "by": by,
        "left": time_left(subscription_request.deadline, now),
    }
    if not values["left"]:
        subject = _("%(partner)s still waits for your answer about request %(number)s")
    else:
        subject = _("Answer within %(left)s: %(partner)s waits for it, request %(number)s")
    return Words(
        subject=str(subject) % values,
        what=gettext("%(partner)s has asked you something and cannot go on without your answer.") % values,
        next=str(ANSWER_BEFORE[_reason(subscription_request, now)]) % values,
        quote_title=gettext("The question:"),
        button=gettext("Answer"),
    )


def _values(event: RequestEvent, lines: Sequence[RequestLine], now: datetime.datetime) -> dict[str, Any]:
    """Return what the sentences may name."""
    subscription_request = event.subscription_request
    subscription = subscription_request.subscription
    return {
        "number": subscription_request.number,
        "title": title(subscription_request, lines),
        "customer": subscription_request.customer,
        "partner": subscription_request.partner,
        "who": event.actor or "",
        "assignee": event.assignee or "",
        "action": event.get_action_display(),
        "by": deadline_text(subscription_request.deadline),
        "left": time_left(subscription_request.deadline, now),
        "past": time_past(subscription_request.deadline, now),
        "date": day(subscription.ends_on) if subscription else "",
        "question": Truncator(" ".join(event.note.split())).chars(QUESTION_IN_SUBJECT),
    }


# --- Which sentence ------------------------------------------------------------------------------------------------


def _step(event: RequestEvent, reader_id: int, side: Side, now: datetime.datetime) -> str:
    """Return under which name the tables below have the event for this reader."""
    if event.action == Action.ESCALATE:
        managers = "_managers" if level_of(event) > 1 else ""
        return f"escalate{managers}" if event.subscription_request.deadline > now else "overdue"
    if side == Side.CUSTOMER:
        return event.action
    if event.action == Action.REASSIGN and event.assignee_id != reader_id:
        return "reassign_away"
    if event.action == Action.MESSAGE and event.subscription_request.author_id != event.actor_id:
        return "message" if _spoke_for_customer(event) else "message_of_colleague"
    return "step_of_colleague" if event.action in BY_THE_PARTNER else event.action


def _spoke_for_customer(event: RequestEvent) -> bool:
    memberships = event.actor.customer_memberships if event.actor else None
    return memberships is not None and memberships.filter(customer_id=event.subscription_request.customer_id).exists()


def _reason(subscription_request: SubscriptionRequest, now: datetime.datetime) -> str:
    """Return why the deadline is the deadline; a window or a term that is over presses no more."""
    return subscription_request.deadline_reason if subscription_request.deadline > now else DeadlineReason.ANSWER


def _what(event: RequestEvent, side: Side, step: str) -> Any:
    subscription_request = event.subscription_request
    if step == Action.COMPLETE:
        return DONE[_what_was_done(subscription_request)]
    if step in ("escalate", "escalate_managers", "overdue"):
        return STANDS[Status(event.to_status)]
    found = WHAT[side][step]
    return found[subscription_request.kind] if isinstance(found, dict) else found


def _what_was_done(subscription_request: SubscriptionRequest) -> str:
    subscription = subscription_request.subscription
    if subscription_request.kind == Kind.CANCELLATION and subscription is not None:
        return "cancellation_at_end" if subscription_request.ends_with_term else "cancellation"
    if subscription_request.kind == Kind.FEWER_SEATS and subscription is not None:
        return "fewer_seats_at_renewal" if subscription.scheduled_quantity is not None else "fewer_seats"
    return subscription_request.at_end_of_term or subscription_request.kind


def _next(event: RequestEvent, side: Side, step: str, now: datetime.datetime) -> Any:
    subscription_request = event.subscription_request
    reason = _reason(subscription_request, now)
    if side == Side.CUSTOMER and step == Action.SUBMIT:
        return ANSWERED_BY[reason]
    if side == Side.CUSTOMER and step == Action.ASK_CUSTOMER:
        return ANSWER_BEFORE[reason]
    if side == Side.CUSTOMER and step == Action.COMPLETE:
        return AFTER_DONE.get(_what_was_done(subscription_request), NOTHING_LEFT)
    if (
        side == Side.CUSTOMER
        and step in (Action.APPROVE, Action.RETRY)
        and subscription_request.kind == Kind.CANCELLATION
    ):
        return LAST_CHANCE
    if step in ("escalate", "escalate_managers"):
        return ACT_BEFORE[reason]
    return NEXT[side].get(step, NOTHING_LEFT)


def _quote_title(event: RequestEvent) -> str | Promise:
    if event.action == Action.SUBMIT and event.subscription_request.kind == Kind.CANCELLATION:
        return _("The reason:")
    return QUOTES.get(event.action, _("Note:"))


# --- The sentences -------------------------------------------------------------------------------------------------

type Sentences = dict[str, Any]

SUBJECTS: dict[Side, Sentences] = {
    Side.CUSTOMER: {
        Action.SUBMIT: _("Request %(number)s has reached %(partner)s: %(title)s"),
        Action.CLAIM: _("Request %(number)s is being looked at by %(partner)s"),
        Action.ASK_CUSTOMER: _("Your partner asks: %(question)s (request %(number)s)"),
        Action.ANSWER: _("%(who)s has answered your partner’s question about request %(number)s"),
        Action.RESUME: _("Request %(number)s goes on at %(partner)s without a written answer"),
        Action.APPROVE: _("Request %(number)s was approved by %(partner)s; it is not done yet"),
        Action.DECLINE: _("Request %(number)s was declined by %(partner)s"),
        Action.COMPLETE: _("Request %(number)s was done by %(partner)s: %(title)s"),
        Action.FAIL: _("Request %(number)s could not be done yet: %(partner)s says why"),
        Action.RETRY: _("Request %(number)s is being tried again by %(partner)s; it is not done yet"),
        Action.WITHDRAW: _("Request %(number)s was withdrawn by %(who)s"),
        Action.MESSAGE: _("Message from %(who)s about request %(number)s: %(title)s"),
    },
    Side.PARTNER: {
        Action.SUBMIT: _("New request %(number)s from %(customer)s: %(title)s, due by %(by)s"),
        Action.ANSWER: _("Answered by %(customer)s: request %(number)s goes on, due by %(by)s"),
        Action.WITHDRAW: _("Request %(number)s was withdrawn by %(customer)s: nothing left to do"),
        Action.MESSAGE: _("Message from %(who)s, %(customer)s, about request %(number)s"),
        "message_of_colleague": _("%(who)s has written to %(customer)s about request %(number)s"),
        Action.NOTE: _("Internal note by %(who)s on request %(number)s of %(customer)s"),
        Action.REASSIGN: _("Request %(number)s is with you now: %(title)s, due by %(by)s"),
        "reassign_away": _("Request %(number)s is with %(assignee)s now, no longer with you"),
        Action.RELEASE: _("Request %(number)s of %(customer)s is with nobody again, due by %(by)s"),
        "step_of_colleague": _("Request %(number)s, which is with you: %(who)s has taken the step “%(action)s”"),
        "escalate": _("%(left)s left for request %(number)s of %(customer)s: %(title)s"),
        "escalate_managers": _("To managers: only %(left)s left for request %(number)s of %(customer)s: %(title)s"),
        "overdue": _("Overdue for %(past)s: request %(number)s of %(customer)s: %(title)s"),
    },
}

WHAT: dict[Side, Sentences] = {
    Side.CUSTOMER: {
        Action.SUBMIT: _("Your request has reached %(partner)s. Nothing has changed yet."),
        Action.CLAIM: _("%(who)s at %(partner)s has taken your request on. Nothing has changed yet."),
        Action.ASK_CUSTOMER: _("%(who)s at %(partner)s needs your answer to go on. Nothing has changed yet."),
        Action.ANSWER: _("%(who)s has answered what %(partner)s had asked. Nothing has changed yet."),
        Action.RESUME: _(
            "%(who)s at %(partner)s goes on with your request without an answer on its page. Nothing has changed yet."
        ),
        Action.APPROVE: {
            Kind.PURCHASE: _("%(partner)s has agreed to buy it for you. It is not done yet: the seats are not there."),
            Kind.CANCELLATION: _(
                "%(partner)s has agreed to cancel. It is not done yet: the subscription is still running."
            ),
            Kind.MORE_SEATS: _("%(partner)s has agreed to add the seats. It is not done yet: they are not there."),
            Kind.FEWER_SEATS: _(
                "%(partner)s has agreed to take the seats away. It is not done yet: they are still there and billed."
            ),
            Kind.END_OF_TERM: _(
                "%(partner)s has agreed to arrange the end of the term as you asked. It is not done yet."
            ),
        },
        Action.DECLINE: _("%(partner)s has declined your request. Nothing has changed."),
        Action.FAIL: _(
            "%(partner)s could not carry it out yet. Your request stays open, and nothing has changed so far."
        ),
        Action.RETRY: _("%(partner)s tries again to carry it out. It is not done yet."),
        Action.WITHDRAW: _("%(who)s has withdrawn the request. %(partner)s does not act on it."),
        Action.MESSAGE: _("%(who)s has written about your request."),
    },
    Side.PARTNER: {
        Action.SUBMIT: {
            Kind.PURCHASE: _("%(who)s of %(customer)s asks to buy."),
            Kind.CANCELLATION: _("%(who)s of %(customer)s asks to cancel a subscription."),
            Kind.MORE_SEATS: _("%(who)s of %(customer)s asks for more seats."),
            Kind.FEWER_SEATS: _("%(who)s of %(customer)s asks for fewer seats."),
            Kind.END_OF_TERM: _("%(who)s of %(customer)s says what shall happen at the end of a term."),
        },
        Action.ANSWER: _("%(who)s of %(customer)s has answered. The request is in review again."),
        Action.WITHDRAW: _("%(who)s of %(customer)s has taken the request back."),
        Action.MESSAGE: _("%(who)s of %(customer)s has written about the request."),
        "message_of_colleague": _("%(who)s has written to %(customer)s about a request that is with you."),
        Action.NOTE: _("%(who)s has written an internal note. %(customer)s does not see it."),
        Action.REASSIGN: _("%(who)s has given this request to you."),
        "reassign_away": _("%(who)s has given this request to %(assignee)s."),
        Action.RELEASE: _("%(who)s has given this request back to the team."),
        "step_of_colleague": _("%(who)s has taken a step with a request that is with you: “%(action)s”."),
    },
}

DONE: Sentences = {
    Kind.PURCHASE: _("Done: %(partner)s has bought it for you."),
    "cancellation": _("Done: %(partner)s has cancelled the subscription."),
    "cancellation_at_end": _("Done: %(partner)s has arranged the cancellation. The subscription ends on %(date)s."),
    Kind.MORE_SEATS: _("Done: %(partner)s has added the seats."),
    "fewer_seats": _("Done: %(partner)s has taken the seats away."),
    "fewer_seats_at_renewal": _("Done: %(partner)s has arranged it. The seats go when the subscription renews."),
    EndOfTermChoice.RENEW: _("Done: %(partner)s has arranged that the subscription renews as it is."),
    EndOfTermChoice.RENEW_CHANGED: _("Done: %(partner)s has arranged that the subscription renews with your changes."),
    EndOfTermChoice.MONTH_TO_MONTH: _("Done: %(partner)s has arranged that the subscription goes on month to month."),
}

AFTER_DONE: Sentences = {
    Kind.PURCHASE: _("Assign the seats to your people in the Microsoft 365 admin center."),
    Kind.MORE_SEATS: _("Assign the seats to your people in the Microsoft 365 admin center."),
    "cancellation_at_end": _("Save your data before the last day: after it access cannot be recovered."),
    "fewer_seats": _("Make sure that no more people have a licence than there are seats now."),
    "fewer_seats_at_renewal": _("Until the renewal nothing changes. Free the seats of those who will have none."),
}

STANDS: Sentences = {
    Status.SUBMITTED: _("Nobody has taken this request on yet."),
    Status.IN_REVIEW: _("%(assignee)s has this request; it is not decided yet."),
    Status.WAITING: _("This request waits for the customer’s answer; %(assignee)s has it."),
    Status.APPROVED: _("This request is approved and not done yet; %(assignee)s has it."),
    Status.FAILED: _("This request could not be done yet; %(assignee)s has it."),
}
"""Where a request stands whose deadline comes near."""

ANSWERED_BY: Sentences = {
    DeadlineReason.WINDOW: _(
        "Your partner answers on the request’s page and by mail. It has to act by %(by)s, before the cancellation window closes. "
        "Until it is approved, you can withdraw it."
    ),
    DeadlineReason.END_OF_TERM: _(
        "Your partner answers on the request’s page and by mail. It has to act by %(by)s, before the term ends. "
        "Until it is approved, you can withdraw it."
    ),
    DeadlineReason.ANSWER: _("Your partner answers by %(by)s. Until it is approved, you can withdraw it."),
}
ANSWER_BEFORE: Sentences = {
    DeadlineReason.WINDOW: _(
        "Answer soon: your partner has to act by %(by)s, before the cancellation window closes. "
        "Until you answer, your request waits."
    ),
    DeadlineReason.END_OF_TERM: _(
        "Answer soon: your partner has to act by %(by)s, before the term ends. Until you answer, your request waits."
    ),
    DeadlineReason.ANSWER: _("Answer on the request’s page. Until then your request waits."),
}
ACT_BEFORE: Sentences = {
    DeadlineReason.WINDOW: _("Act by %(by)s, before the cancellation window closes."),
    DeadlineReason.END_OF_TERM: _("Act by %(by)s, before the term ends."),
    DeadlineReason.ANSWER: _("Answer by %(by)s: that is what the customer was promised."),
}

LAST_CHANCE = _(
    "Save your data now if you still need them: once the cancellation takes effect, access stops and data cannot be "
    "recovered. %(who)s carries it out with Microsoft; you get another mail when it is done."
)
"""What comes after a cancellation was approved: nothing stands between the customer and the loss any more."""

NOTHING_LEFT = _("There is nothing left to do.")
GO_ON = _("Go on with it at your desk. It is due by %(by)s.")
DECISION_COMES = _("Your partner approves it or tells you why not. Until then you can withdraw it.")

NEXT: dict[Side, Sentences] = {
    Side.CUSTOMER: {
        Action.CLAIM: DECISION_COMES,
        Action.ANSWER: DECISION_COMES,
        Action.RESUME: DECISION_COMES,
        Action.APPROVE: _(
            "%(who)s carries it out with Microsoft. You get another mail when it is done; "
            "there is nothing for you to do."
        ),
        Action.DECLINE: _("Read the reason. You can talk to %(partner)s or ask again in another way."),
        Action.FAIL: _(
            "Read the reason. Your partner tries again or declines, and you hear of it. You can withdraw the request."
        ),
        Action.RETRY: _("You get another mail when it is done; there is nothing for you to do."),
        Action.WITHDRAW: _("There is nothing for you to do. You can ask again at any time."),
        Action.MESSAGE: _("Read it, and write back on the request’s page if you like."),
    },
    Side.PARTNER: {
        Action.SUBMIT: _("Take it on at your desk. It is due by %(by)s."),
        Action.ANSWER: GO_ON,
        Action.REASSIGN: GO_ON,
        Action.RELEASE: _("Take it on at your desk. It is due by %(by)s."),
        Action.MESSAGE: _("Read it, and write back at your desk."),
        "message_of_colleague": _("There is nothing you have to do."),
        Action.NOTE: _("Read it, and write back in a note at your desk."),
        "step_of_colleague": _("There is nothing you have to do."),
        "overdue": _("It was due by %(by)s. Act on it now, or tell the customer what holds it up."),
    },
}

QUOTES: Sentences = {
    Action.DECLINE: _("The reason:"),
    Action.FAIL: _("The reason:"),
    Action.ASK_CUSTOMER: _("The question:"),
    Action.ANSWER: _("The answer:"),
    Action.MESSAGE: _("The message:"),
    Action.NOTE: _("The note:"),
}

"""What the page of one request shows an agent to decide by, on one screen. Reads only."""

import datetime
import uuid
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef
from django.db.models.functions import JSONObject
from django.urls import reverse

from accounts.models import CustomerMembership, User
from accounts.permissions import Capability, can, customer_roles_with, know_roles, roles_along
from portal.lib import resume
from portal.lib.along import along, attach
from requests_app import policy, previews, queue, revalidation, waiting, workflow
from requests_app.admin.desk.steps import STEPS
from requests_app.correlation import correlation_id
from requests_app.forms.conversation import MessageForm, NoteForm
from requests_app.models import Action, CancelWhen, EndOfTermChoice, Kind, RequestLine, SeatBatch, SubscriptionRequest
from requests_app.queue import View

OTHERS_SHOWN = 5
CONTACTS_SHOWN = 6
NEEDS_OUTCOME_NOW = (Kind.FEWER_SEATS, Kind.END_OF_TERM)
"""The kinds whose worksheet depends on what would come of the request today."""


def fetch(user: User, object_id: str) -> SubscriptionRequest | None:
    """Return a request that ``user`` works on, in one statement; None: there is none for them.

    With it come who else may ask at its customer, what a purchase asks for, the seats that were added to a subscription
    and whether its product is sold by the month, what its assignee may do, and how much waits for ``user``
    (``at_desk``), which the header of every page says.
    """
    may_ask = CustomerMembership.objects.filter(
        customer=OuterRef("customer"), role__in=customer_roles_with(Capability.ASK), user__is_active=True
    ).exclude(user=OuterRef("author"))
    contacts = may_ask.order_by("user__name", "user").values(one=JSONObject(name="user__name", email="user__email"))
    added = SeatBatch.objects.filter(subscription=OuterRef("subscription")).order_by("added_at", "pk")
    joined = ("customer__partner", "assignee", "author", "subscription__product")
    requests = queue.worked_by(user).select_related(*joined)
    read_along = {
        "contacts": ArraySubquery(contacts[: CONTACTS_SHOWN + 1]),
        "added": along(added),
        "asked": asked(),
        "sold_by_the_month": Exists(previews.monthly_plans(OuterRef("partner"), OuterRef("subscription__product"))),
        "at_desk": waiting.at_desk(user),
        **roles_along("assignee"),
    }
    try:
        filed: Any = requests.annotate(**read_along).filter(pk=object_id).order_by().first()
    except ValueError:
        return None
    if filed is None:
        return None
    attach(filed, "lines", filed.asked)
    if filed.subscription is not None:
        attach(filed.subscription, "batches", filed.added)
    if filed.assignee is not None:
        know_roles(filed.assignee, vars(filed))
    return filed


def asked() -> ArraySubquery:
    """Return an annotation that reads what a purchase asks for; ``attach`` makes it the lines of the request."""
    return along(
        RequestLine.objects.filter(subscription_request=OuterRef("pk")).order_by("pk"), "offer", "offer__product"
    )


def address(filed: SubscriptionRequest, page: str, view: View | None) -> str:
    """Return where a page of the request is, on the way through the list that ``view`` shows."""
    path = reverse(f"admin:requests_app_subscriptionrequest_{page}", args=[filed.pk])
    return f"{path}?{view.carried}" if view is not None else path


def context(filed: SubscriptionRequest, user: User, now: datetime.datetime, view: View | None = None) -> dict[str, Any]:
    """Return what the templates of a request's page and of its steps show."""
    others = others_open(filed, user)
    subscription = filed.subscription
    if subscription is not None:
        subscription.customer = filed.customer  # with its partner, which is joined there
    changes = revalidation.changes_since_filing(filed, now) if filed.is_open else []
    events = filed.events.timeline_at(filed.customer_id)
    return {
        "subscription_request": filed,
        "customer": filed.customer,
        "subscription": subscription,
        "lines": filed.lines.all(),
        "batches": batches(subscription, now),
        "events": events,
        "contacts": filed.contacts[:CONTACTS_SHOWN],  # type: ignore[attr-defined]  # annotated by fetch
        "has_more_contacts": len(filed.contacts) > CONTACTS_SHOWN,  # type: ignore[attr-defined]
        "correlation_id": correlation_id(filed.number),
        "view": view,
        "carried": f"?{view.carried}" if view is not None else "",
        "claimed_before": any(event.action == Action.CLAIM for event in events),
        "assignee_has_left": assignee_has_left(filed, user),
        "deadline_is_closing": filed.deadline in closings(subscription),
        "steps": steps(filed, user, view),
        "may_talk": set(workflow.TALK) <= set(workflow.available_actions(filed, user)),
        "message_form": MessageForm(subscription_request=filed, auto_id="message_%s"),
        "note_form": NoteForm(subscription_request=filed, auto_id="note_%s"),
        "filed_by_reader": filed.is_open and filed.author_id == user.pk,
        "changes": revalidation.sentences(changes),
        "outcome": previews.stored(filed),
        "outcome_now": outcome_now(filed, now) if filed.is_open and filed.kind in NEEDS_OUTCOME_NOW else None,
        "seats_then": seats_then(filed),
        "others_open": others,
        "now": now,
        "window_open": subscription is not None and subscription.window_is_open(now),
        # What every form of the page carries unseen.
        "version": filed.version,
        "seen": revalidation.digest(changes),
        "submission_key": uuid.uuid4(),
        "message_key": uuid.uuid4(),
        "note_key": uuid.uuid4(),
        "resume_token": resume.token_for(user.pk),
    }


def steps(filed: SubscriptionRequest, user: User, view: View | None) -> list[dict[str, Any]]:
    """Return the buttons: exactly the steps that ``user`` may take now, those that lead on to the deed first."""
    allowed = workflow.available_actions(filed, user)
    return [
        {
            "action": action,
            "label": action.label,
            "url": address(filed, action, view),
            "primary": step.forward,
            "key": step.key,
        }
        for action, step in STEPS.items()
        if action in allowed and not step.apart
    ]


def assignee_has_left(filed: SubscriptionRequest, user: User) -> bool:
    """Return whether an open request is with somebody who cannot work it any more; ``user`` obviously can."""
    assignee = filed.assignee
    if assignee is None or assignee == user or not filed.is_open:
        return False
    return not can(assignee, Capability.WORK_REQUESTS, filed.customer)


def closings(subscription: Any) -> set[datetime.datetime]:
    """Return when windows shut and the term ends. A deadline among them has no lead time in front of it."""
    if subscription is None:
        return set()
    last_day = subscription.commitment_end_date
    blocks = (subscription, *subscription.batches.all())
    windows = {one.cancellation_allowed_until for one in blocks if one.cancellation_allowed_until}
    return windows | ({policy.end_of_day(last_day)} if last_day else set())


def outcome_now(filed: SubscriptionRequest, now: datetime.datetime) -> policy.Outcome | None:
    """Return what would come of the request if it were asked now; None where that has become impossible to say."""
    subscription = filed.subscription
    if subscription is None:
        return previews.of_purchase(filed.lines.all(), now)
    facts = previews.facts_of(subscription, sold_by_the_month=filed.sold_by_the_month)  # type: ignore[attr-defined]
    seats = filed.seats or 0
    if filed.kind == Kind.CANCELLATION:
        return policy.outcome_of_cancellation(facts, CancelWhen(filed.cancel_when), now)
    if filed.kind == Kind.MORE_SEATS:
        return policy.outcome_of_more_seats(facts, facts.quantity + seats, now)
    if filed.kind == Kind.FEWER_SEATS:
        return policy.outcome_of_fewer_seats(facts, facts.quantity - seats, now) if seats < facts.quantity else None
    wanted = workflow.RenewalChanges(filed.renewal_quantity, filed.renewal_term_duration, filed.renewal_billing_cycle)
    return previews.of_end_of_term(facts, EndOfTermChoice(filed.at_end_of_term), wanted, now)


def seats_then(filed: SubscriptionRequest) -> int | None:
    """Return how many seats the subscription has once it is done; None where seats are not what is asked for."""
    if filed.subscription is None or not filed.seats:
        return None
    return filed.subscription.quantity + (filed.seats if filed.kind == Kind.MORE_SEATS else -filed.seats)


def batches(subscription: Any, now: datetime.datetime) -> list[dict[str, Any]]:
    """Return the seat additions of a subscription, each with whether its window is open."""
    if subscription is None:
        return []
    return [
        {
            "quantity": batch.quantity,
            "added_at": batch.added_at,
            "until": batch.cancellation_allowed_until,
            "is_estimate": batch.cancellation_date_is_estimate,
            "is_open": batch.cancellation_allowed_until is not None and now < batch.cancellation_allowed_until,
        }
        for batch in subscription.batches.all()
    ]


def others_open(filed: SubscriptionRequest, user: User) -> list[SubscriptionRequest]:
    """Return what else the customer has open, soonest deadline first, with what purchases ask for; in one statement."""
    others = (
        queue.worked_by(user)
        .open()
        .annotate(asked=asked())
        .filter(customer=filed.customer)
        .select_related("subscription__product")
        .order_by(*queue.QUEUE_ORDER)
        .exclude(pk=filed.pk)[:OTHERS_SHOWN]
    )
    for other in others:
        other.customer = filed.customer  # with its partner, which is joined there
        attach(other, "lines", other.asked)
    return list(others)

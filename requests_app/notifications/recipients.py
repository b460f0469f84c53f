"""Who hears of an event, and from which side. Too many mails are read as badly as too few."""

from collections.abc import Set
from enum import StrEnum

from accounts.models import CustomerMembership, PartnerMembership, User
from accounts.permissions import CUSTOMER_CAPABILITIES, Capability
from requests_app.models import Action, RequestEvent, SubscriptionRequest

MAY_ASK = [role for role, capabilities in CUSTOMER_CAPABILITIES.items() if Capability.ASK in capabilities]

FOR_THE_AUTHOR_ALONE = (Action.SUBMIT, Action.CLAIM)
"""What colleagues who have spoken on the request need no mail about."""

BY_THE_PARTNER = (
    Action.ASK_CUSTOMER, Action.RESUME, Action.APPROVE, Action.DECLINE, Action.COMPLETE, Action.FAIL, Action.RETRY,
)  # fmt: skip
"""Steps of the partner's people that whoever has the request hears of when a colleague takes them."""


class Side(StrEnum):
    """From which side a reader looks at a request: it decides on the words, and on where the link leads."""

    CUSTOMER = "customer"
    PARTNER = "partner"


def recipients(event: RequestEvent) -> list[User]:
    """Return whom ``event`` concerns: the people of the customer's side and those of the partner's, without its actor.

    The author gets a receipt for their own asking all the same.
    """
    return [user for user, _side in readers(event)]


def readers(event: RequestEvent) -> list[tuple[User, Side]]:
    """Return the recipients with the side that each of them is told from; the customer's goes first."""
    sides = dict.fromkeys(_at_partner(event), Side.PARTNER) | dict.fromkeys(_at_customer(event), Side.CUSTOMER)
    if event.action != Action.SUBMIT:
        sides.pop(event.actor_id or 0, None)
    people = User.objects.filter(pk__in=sides, is_active=True).order_by("pk")
    return [(user, sides[user.pk]) for user in people]


def _at_customer(event: RequestEvent) -> set[int]:
    """The author, and whoever else of the customer's has spoken, for as long as they belong to the customer.

    Nothing internal. A request given back to the team is no news for them, nor is it taken on a second time.
    """
    subscription_request = event.subscription_request
    if event.is_internal or event.action == Action.RELEASE or _is_taken_on_again(event):
        return set()
    spoken: set[int | None] = set()
    if event.action not in FOR_THE_AUTHOR_ALONE:
        spoken = set(subscription_request.events.shared().exclude(actor=None).values_list("actor_id", flat=True))
    return spokespeople(subscription_request, spoken)


def _is_taken_on_again(event: RequestEvent) -> bool:
    before = event.subscription_request.events.filter(action=Action.CLAIM, pk__lt=event.pk)
    return event.action == Action.CLAIM and before.exists()


def spokespeople(subscription_request: SubscriptionRequest, also: Set[int | None] = frozenset()) -> set[int]:
    """Return who answers for the customer: the author, and ``also``, as far as they still belong to it.

    Where the author has left or may not sign in any more, the customer's admins: somebody has to hear what becomes of it.
    """
    members = CustomerMembership.objects.filter(customer_id=subscription_request.customer_id, user__is_active=True)
    found = set(members.filter(user_id__in={subscription_request.author_id, *also}).values_list("user_id", flat=True))
    if subscription_request.author_id not in found:
        found |= set(members.filter(role=CustomerMembership.Role.ADMIN).values_list("user_id", flat=True))
    return found


def who_may_answer(subscription_request: SubscriptionRequest) -> list[User]:
    """Return who is reminded of a question: the author, or whoever may answer for them where they cannot any more."""
    asking = CustomerMembership.objects.filter(customer_id=subscription_request.customer_id, role__in=MAY_ASK)
    able = User.objects.filter(pk__in=asking.values("user_id"), is_active=True).order_by("pk")
    return [user for user in able if user.pk == subscription_request.author_id] or list(able)


def _at_partner(event: RequestEvent) -> set[int]:
    """Whoever works the request; all of the team where nobody does; of a deadline that comes near, managers too."""
    subscription_request = event.subscription_request
    team = PartnerMembership.objects.filter(partner_id=subscription_request.partner_id)
    everybody = set(team.values_list("user_id", flat=True))
    if event.action == Action.SUBMIT:
        return everybody
    assignee = {event.assignee_id} & everybody if event.assignee_id else set()
    if event.action == Action.ESCALATE:
        managers = set(team.filter(role=PartnerMembership.Role.MANAGER).values_list("user_id", flat=True))
        return (assignee or everybody) | (managers if level_of(event) > 1 else set())
    if event.action in (Action.ANSWER, Action.MESSAGE, Action.WITHDRAW):
        return assignee or everybody
    if event.action == Action.RELEASE and subscription_request.escalation:
        return everybody  # with nobody, and its deadline is near
    if event.action in (Action.REASSIGN, Action.RELEASE):
        return (assignee | _assignee_before(event)) & everybody
    if event.action == Action.NOTE:
        notes = subscription_request.events.filter(action=Action.NOTE)
        return (assignee | set(notes.values_list("actor_id", flat=True))) & everybody
    return assignee if event.action in BY_THE_PARTNER else set()


def _assignee_before(event: RequestEvent) -> set[int]:
    before = event.subscription_request.events.filter(pk__lt=event.pk).order_by("-pk")
    return {pk for pk in before.values_list("assignee_id", flat=True)[:1] if pk}


def level_of(event: RequestEvent) -> int:
    """Return how far an escalation has gone: 1 tells who works the request, 2 its managers too."""
    return next((change["level"] for change in event.changes if change["code"] == "escalated"), 0)

"""Addresses and answers of the desk, for its tests."""

from accounts.models import CustomerMembership

STEPS = (
    "claim", "release", "reassign", "ask_customer", "resume", "approve", "decline", "complete", "fail", "retry",
    "message", "note",
)  # fmt: skip
TYPED = {
    "ask_customer": {"question": "For whom?"},
    "decline": {"reason": "Not now"},
    "fail": {"reason": "Refused"},
    "complete": {"external_reference": "ORDER-1"},
    "message": {"text": "Hello"},
    "note": {"text": "Careful"},
}
"""What each step needs, besides the colleague of a reassignment."""

NO_BATCHES = {"batches-TOTAL_FORMS": "0", "batches-INITIAL_FORMS": "0"}
"""What the page of a subscription sends about seat additions where there are none."""

QUEUE = "/admin/requests_app/subscriptionrequest/"


def page(subscription_request, step="change"):
    return f"{QUEUE}{subscription_request.pk}/{step}/"


def listed(response):
    """Return the rows of a list: the queue's own page, or a change list of Django's."""
    if "page" in (response.context or ()):
        return list(response.context["page"].rows)
    return list(response.context["cl"].result_list)


def dana_belongs_to(customer, dana):
    """Let the partner's agent belong to a customer, too: then she can file a request there."""
    CustomerMembership.objects.create(user=dana, customer=customer, role=CustomerMembership.Role.REQUESTER)
    if hasattr(dana, "_roles"):
        del dana._roles

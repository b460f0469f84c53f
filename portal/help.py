"""Help before asking: which resources come before which form, where the way on leads, and what is counted."""

import datetime
import uuid
from collections.abc import Sequence
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, User
from accounts.permissions import Capability, require
from portal.content.showing import owned_services
from portal.models import HelpAnswer, SupportResource
from requests_app.models import Kind, Subscription

FORMS = {
    Kind.PURCHASE: "requests_app:new_purchase",
    Kind.CANCELLATION: "requests_app:new_cancellation",
    Kind.MORE_SEATS: "requests_app:new_more_seats",
    Kind.FEWER_SEATS: "requests_app:new_fewer_seats",
    Kind.END_OF_TERM: "requests_app:new_end_of_term",
}
"""The form of each kind of request."""

WANTED: dict[Kind, Promise] = {
    Kind.PURCHASE: _("Ask to buy"),
    Kind.CANCELLATION: _("Ask to cancel"),
    Kind.MORE_SEATS: _("Ask for more seats"),
    Kind.FEWER_SEATS: _("Ask for fewer seats"),
    Kind.END_OF_TERM: _("Say what happens at the end of the term"),
}
"""What somebody who comes for a form wants, in their words."""


def form_address(kind: Kind, subscription: Subscription | None, read: Sequence[str] = ()) -> str:
    """Return where the form is, with its subscription and the keys of what was read; empty for a form not built yet."""
    try:
        address = reverse(FORMS[kind])
    except NoReverseMatch:
        return ""
    about = [("subscription", str(subscription.pk))] if subscription else []
    query = urlencode([*about, *(("read", key) for key in read)])
    return f"{address}?{query}" if query else address


def resources_before(
    kind: Kind, customer: Customer, subscription: Subscription | None, now: datetime.datetime
) -> list[SupportResource]:
    """Return what may answer before the form at ``now``, each with its ``address`` in the customer's cloud; in two statements at most.

    It fits the services of the subscription's product, else those the customer owns: what is about one of them comes
    first, then what is about all. What is only a link is left out in a cloud where it leads nowhere.
    """
    services = set(subscription.product.services) if subscription else owned_services(customer)
    fitting = SupportResource.objects.current(now).before_asking(kind, services).reaching(customer)
    resources = [resource for resource in fitting if resource.address or resource.has_text]
    resources.sort(key=lambda resource: not resource.services)  # stable: the editors' order stays within each half
    return resources


def record_answer(
    resource: SupportResource | None,
    *,
    kind: Kind,
    customer: Customer,
    subscription: Subscription | None,
    actor: User,
    key: uuid.UUID | None,
    now: datetime.datetime,
) -> None:
    """Count that ``actor`` found their answer, in ``resource`` or (None) on the page as a whole, and asks nothing.

    The same ``key`` again counts nothing. Raises PermissionDenied without the capability to ask.
    """
    require(actor, Capability.ASK, customer)
    answer = HelpAnswer(
        resource=resource,
        kind=kind,
        customer=customer,
        partner_id=customer.partner_id,
        user=actor,
        subscription=subscription,
        submission_key=key,
        created_at=now,
    )
    HelpAnswer.objects.bulk_create([answer], ignore_conflicts=True)

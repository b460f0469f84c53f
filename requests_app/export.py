"""Requests as rows of a table, with what the desk knows of each. Reads only, in memory that stays flat."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import batched
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.lib.tables import Row
from requests_app.models import Kind, RequestLine, SubscriptionRequest, SubscriptionRequestQuerySet

AT_A_TIME = 250
"""Rows that are held at once; what purchases ask for is fetched for so many."""

HEADINGS: tuple[Any, ...] = (
    _("Number"),
    _("Status"),
    pgettext_lazy("request", "Kind"),
    _("When"),
    _("At the end of the term"),
    _("Product"),
    _("Seats"),
    _("Subscription"),
    _("Subscription ID"),
    _("Customer"),
    _("Domain"),
    _("Partner"),
    _("Deadline (UTC)"),
    _("Why then"),
    _("Assignee"),
    _("Asked by"),
    _("Received (UTC)"),
    _("Closed (UTC)"),
    _("Reference in Partner Center"),
    _("What the customer wrote"),
)


def rows_of(requests: SubscriptionRequestQuerySet) -> Iterator[Row]:
    """Yield a row for each request, in the order of ``requests``, in the language that is active while it is read.

    One statement (a cursor of the server's, so that all rows are of one moment), and one more for each 250 rows. Django's
    own prefetching ties each request and its lines into a circle, which stays until the garbage collector gets there.
    """
    joined = requests.select_related("customer__partner", "assignee", "author", "subscription__product")
    joined = joined.defer("facts", "preview", "read_before", "decline_reason", "failure_reason")
    for some in batched(joined.iterator(chunk_size=AT_A_TIME), AT_A_TIME):
        lines = _lines_of(some)
        for one in some:
            yield row_of(one, lines.get(one.pk, ()))


def _lines_of(requests: Sequence[SubscriptionRequest]) -> dict[int, list[RequestLine]]:
    """Return what the purchases among these ask for, in one statement."""
    lines = defaultdict(list)
    found = RequestLine.objects.filter(subscription_request__in=[one.pk for one in requests])
    for line in found.select_related("offer__product").order_by("pk"):
        lines[line.subscription_request_id].append(line)
    return lines


def row_of(one: SubscriptionRequest, lines: Sequence[RequestLine] = ()) -> Row:
    """Return the cells of one request, as the headings have them; ``lines`` are what a purchase asks for."""
    product, seats = _asked(one, lines)
    return (
        one.number,
        one.get_status_display(),
        one.get_kind_display(),
        one.get_cancel_when_display(),
        one.get_at_end_of_term_display(),
        product,
        seats,
        one.subscription.friendly_name if one.subscription else None,
        one.subscription.external_id if one.subscription else None,
        one.customer.name,
        one.customer.domain,
        one.customer.partner.name,
        one.deadline,
        one.get_deadline_reason_display(),
        str(one.assignee) if one.assignee else None,
        str(one.author),
        one.submitted_at,
        one.closed_at,
        one.external_reference,
        one.note,
    )


def _asked(one: SubscriptionRequest, lines: Sequence[RequestLine]) -> tuple[str, int | None]:
    """Return what it is about, and how many seats: all that are bought, or how many more or fewer."""
    if one.kind == Kind.PURCHASE:
        return ", ".join(f"{line.quantity} × {line.offer.product}" for line in lines), sum(
            line.quantity for line in lines
        )
    product = str(one.subscription.product) if one.subscription else ""
    if one.kind == Kind.FEWER_SEATS and one.seats:
        return product, -one.seats
    return product, one.seats or one.renewal_quantity

"""Requests as rows of a table, with what the desk knows of each. Reads only, in memory that stays flat."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.lib.tables import Row
from requests_app.models import Kind, SubscriptionRequest, SubscriptionRequestQuerySet

AT_A_TIME = 250
"""Rows that are held at once; what purchases ask for is fetched along with them."""

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

    One statement (a cursor of the server's, so that all rows are of one moment), and one more for each 250 rows.
    """
    joined = requests.select_related("customer__partner", "assignee", "author", "subscription__product").with_lines()
    joined = joined.defer("facts", "preview", "read_before", "decline_reason", "failure_reason")
    for one in joined.iterator(chunk_size=AT_A_TIME):
        yield row_of(one)


def row_of(one: SubscriptionRequest) -> Row:
    """Return the cells of one request, as the headings have them."""
    product, seats = _asked(one)
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


def _asked(one: SubscriptionRequest) -> tuple[str, int | None]:
    """Return what it is about, and how many seats: all that are bought, or how many more or fewer."""
    if one.kind == Kind.PURCHASE:
        lines = one.lines.all()
        return ", ".join(f"{line.quantity} × {line.offer.product}" for line in lines), sum(
            line.quantity for line in lines
        )
    product = str(one.subscription.product) if one.subscription else ""
    if one.kind == Kind.FEWER_SEATS and one.seats:
        return product, -one.seats
    return product, one.seats or one.renewal_quantity

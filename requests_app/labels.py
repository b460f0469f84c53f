"""What a request is called and how its deadline stands, in a few words: the same on every page and in every mail.

Functions rather than templates: a list says both for each of its rows.
"""

import datetime
from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from portal.lib.display import duration, icon, time_left, time_past
from requests_app.models import DeadlineReason, EndOfTermChoice, Kind, RequestLine, Status, SubscriptionRequest

LAST_DAY = datetime.timedelta(days=1)
"""From so long before a deadline on, it is a warning."""

TITLES_OF_RENEWALS: dict[str, str | Promise] = {
    EndOfTermChoice.RENEW: _("Renew %(product)s as it is"),
    EndOfTermChoice.RENEW_CHANGED: _("Renew %(product)s with changes"),
    EndOfTermChoice.MONTH_TO_MONTH: _("Go on with %(product)s month to month"),
}


def title(subscription_request: SubscriptionRequest, lines: Sequence[RequestLine]) -> str:
    """Return what is asked for, in the active language. ``lines``, of a purchase alone, come with their products."""
    product = subscription_request.subscription
    if subscription_request.kind == Kind.PURCHASE:
        return _title_of_purchase(lines)
    if subscription_request.kind == Kind.CANCELLATION:
        return gettext("Cancel %(product)s") % {"product": product}
    if subscription_request.kind == Kind.END_OF_TERM:
        return str(TITLES_OF_RENEWALS[subscription_request.at_end_of_term]) % {"product": product}
    seats = subscription_request.seats or 0
    if subscription_request.kind == Kind.MORE_SEATS:
        text = ngettext("Add %(seats)s seat to %(product)s", "Add %(seats)s seats to %(product)s", seats)
    else:
        text = ngettext("Give back %(seats)s seat of %(product)s", "Give back %(seats)s seats of %(product)s", seats)
    return text % {"seats": seats, "product": product}


def _title_of_purchase(lines: Sequence[RequestLine]) -> str:
    if not lines:
        return gettext("Purchase")
    product, more = lines[0].offer.product, len(lines) - 1
    if more:
        text = ngettext("Buy %(product)s and %(more)s more product", "Buy %(product)s and %(more)s more products", more)
        return text % {"product": product, "more": more}
    seats = lines[0].quantity
    text = ngettext("Buy %(seats)s seat of %(product)s", "Buy %(seats)s seats of %(product)s", seats)
    return text % {"seats": seats, "product": product}


def time_to_go(
    subscription_request: SubscriptionRequest, now: datetime.datetime, *, roughly: bool = False
) -> SafeString | str:
    """Return how long is left for an open request, and for what: red once it presses, amber on the last day.

    ``roughly`` counts in the largest unit alone; how long it is overdue is always said exactly. A request that is
    closed has no time to go: nothing is said.
    """
    if not subscription_request.is_open:
        return ""
    left = subscription_request.deadline - now
    if left < datetime.timedelta():
        past = gettext("overdue for %(time)s") % {"time": time_past(subscription_request.deadline, now)}
        return _badge("danger", "triangle-alert", past)
    until = _until(subscription_request) % {
        "time": duration(left, 1) if roughly else time_left(subscription_request.deadline, now)
    }
    if subscription_request.escalation:
        return _badge("danger", "circle-alert", until)
    if left < LAST_DAY:
        return _badge("warning", "clock", until)
    return format_html('<span class="small muted">{}</span>', until)


def _badge(colour: str, shape: str, text: str) -> SafeString:
    return format_html('<span class="badge badge-{}">{}{}</span>', colour, icon(shape), text)


def _until(subscription_request: SubscriptionRequest) -> str:
    """Return what the deadline is for. Where the partner wants a lead time, it lies before the window's own end."""
    reason = subscription_request.deadline_reason
    if reason != DeadlineReason.ANSWER and subscription_request.customer.partner.lead_time_days:
        return gettext("act within %(time)s")
    if reason == DeadlineReason.WINDOW:
        return gettext("window shuts in %(time)s")
    if reason == DeadlineReason.END_OF_TERM:
        return gettext("term ends in %(time)s")
    if subscription_request.status in (Status.APPROVED, Status.FAILED):
        return gettext("to be done within %(time)s")
    return gettext("answer within %(time)s")

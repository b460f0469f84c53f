"""What a mail lists about a request: a label and a value each; what its author was shown; what has changed since."""

import datetime
from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.lib.display import day, deadline_text
from requests_app import policy, previews
from requests_app.models import Action, DeadlineReason, Kind, RequestEvent, RequestLine, SubscriptionRequest
from requests_app.notifications.recipients import Side

type Row = tuple[str, str]

WITH_DEADLINE = {
    Side.PARTNER: (Action.SUBMIT, Action.ANSWER, Action.REASSIGN, Action.RELEASE, Action.ESCALATE),
    Side.CUSTOMER: (Action.ASK_CUSTOMER,),
}

BEFORE = {
    DeadlineReason.WINDOW: gettext_lazy("before the cancellation window closes"),
    DeadlineReason.END_OF_TERM: gettext_lazy("before the term ends"),
}
"""What a deadline comes before; by how long depends on the partner's lead time."""


def rows_of(event: RequestEvent, lines: Sequence[RequestLine], *, side: Side, now: datetime.datetime) -> list[Row]:
    """Return what the reader needs to recognise the request and to act on it."""
    subscription_request = event.subscription_request
    rows = rows_of_request(subscription_request, lines)
    if event.action in (Action.SUBMIT, Action.ESCALATE):
        rows.append((_("Received at:"), deadline_text(subscription_request.submitted_at)))
    if event.action in WITH_DEADLINE[side]:
        rows += due(subscription_request, side)
    if event.action == Action.COMPLETE:
        rows.append((_("Reference in Partner Center:"), subscription_request.external_reference))
    names = [attachment.name for attachment in event.attachments.all()]
    if names:
        rows.append((_("Files on the request’s page:"), ", ".join(names)))
    return rows


def rows_of_request(subscription_request: SubscriptionRequest, lines: Sequence[RequestLine]) -> list[Row]:
    """Return what was asked, by whom of which company."""
    rows = [
        (_("Request:"), subscription_request.number),
        (_("Company:"), str(subscription_request.customer)),
        (_("Asked for:"), subscription_request.get_kind_display()),
    ]
    rows += [("", _line(line)) for line in lines]
    if subscription_request.subscription is not None:
        rows.append((_("Subscription:"), str(subscription_request.subscription)))
    if subscription_request.kind == Kind.CANCELLATION:
        rows.append((_("When it shall end:"), subscription_request.get_cancel_when_display()))
    if subscription_request.kind == Kind.MORE_SEATS:
        rows.append((_("More seats:"), str(subscription_request.seats)))
    if subscription_request.kind == Kind.FEWER_SEATS:
        rows.append((_("Fewer seats:"), str(subscription_request.seats)))
    if subscription_request.kind == Kind.END_OF_TERM:
        rows.append((_("At the end of the term:"), subscription_request.get_at_end_of_term_display()))
        rows += _renewal(subscription_request)
    return rows


def _line(line: RequestLine) -> str:
    return ngettext(
        "%(seats)s seat of %(product)s: %(term)s, billed %(cycle)s",
        "%(seats)s seats of %(product)s: %(term)s, billed %(cycle)s",
        line.quantity,
    ) % {
        "seats": line.quantity,
        "product": line.offer.product,
        "term": line.offer.get_term_duration_display(),
        "cycle": line.offer.get_billing_cycle_display(),
    }


def _renewal(subscription_request: SubscriptionRequest) -> list[Row]:
    """Return what shall be different from the renewal on."""
    wanted = [
        (_("Seats from the renewal on:"), str(subscription_request.renewal_quantity or "")),
        (_("Term from the renewal on:"), subscription_request.get_renewal_term_duration_display()),
        (_("Billing from the renewal on:"), subscription_request.get_renewal_billing_cycle_display()),
    ]
    return [(label, value) for label, value in wanted if value]


def due(subscription_request: SubscriptionRequest, side: Side) -> list[Row]:
    """Return the deadline, and why it is the deadline. That their answer is promised presses no customer."""
    by, reason = deadline_text(subscription_request.deadline), DeadlineReason(subscription_request.deadline_reason)
    if reason in BEFORE:
        return [(_("Due by:"), _("%(by)s (%(reason)s)") % {"by": by, "reason": BEFORE[reason]})]
    return [(_("Due by:"), by)] if side == Side.PARTNER else []


def shown_before(subscription_request: SubscriptionRequest) -> list[str]:
    """Return the main facts of what the author was shown would happen, as they stood: a few sentences."""
    outcome = previews.stored(subscription_request)
    if outcome is None or outcome.asked_for == Kind.PURCHASE:
        return []
    sentences = [_possible(outcome)]
    window = outcome.window
    if window is not None and window.is_open and window.until is not None:
        estimate = _(
            "The cancellation window is open until %(until)s, by our estimate: Partner Center’s own date counts."
        )
        known = _("The cancellation window is open until %(until)s.")
        sentences.append((estimate if window.is_estimate else known) % {"until": deadline_text(window.until)})
    at_once = outcome.possible in (policy.Possible.AT_ONCE, policy.Possible.PARTLY_AT_ONCE)
    if outcome.refund and at_once:
        sentences.append(_("Given back: %(what)s.") % {"what": policy.Refund(outcome.refund).label})
    if outcome.earliest_end and at_once:
        sentences.append(_("It takes effect as soon as your partner has done it."))
    elif outcome.earliest_end:
        sentences.append(_("Earliest last day: %(date)s (UTC).") % {"date": day(outcome.earliest_end)})
    if outcome.still_billed_until:
        sentences.append(_("Billed until %(date)s all the same.") % {"date": day(outcome.still_billed_until)})
    if outcome.loses_access_at_once:
        sentences.append(_("Once it takes effect, access stops at once."))
        if not outcome.recoverable:
            sentences.append(_("Data cannot be recovered afterwards: save it before."))
    return sentences


def _possible(outcome: policy.Outcome) -> str:
    if outcome.possible == policy.Possible.PARTLY_AT_ONCE:
        return _("%(at_once)s of the seats can go at once, the others at the end of the term.") % {
            "at_once": outcome.seats_at_once
        }
    return {
        policy.Possible.AT_ONCE: _("It can be done at once."),
        policy.Possible.AT_END_OF_TERM: _("It can take effect at the end of the term."),
        policy.Possible.NO: _("As things stand it cannot be done. Your partner will tell you more."),
        policy.Possible.NOT_KNOWN: _("Your partner has to find out what is possible."),
    }[outcome.possible]

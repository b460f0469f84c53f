"""What has changed since a request was filed: shown to the agent, told to the customer, never silently applied.

A request keeps the facts that it was based on; each decision compares them with what is now. A change is a plain
dictionary, stored with the event of the decision, so that it can be told in any language later: a ``code``, what it is
about, and how it was and is.
"""

import datetime
import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.lib.display import day, deadline_text
from portal.lib.translated import TranslatedText
from requests_app.models import (
    BillingCycle,
    Kind,
    Offer,
    Subscription,
    SubscriptionRequest,
    SubscriptionStatus,
    TermDuration,
)

type Change = dict[str, Any]


def facts_of_lines(lines: Iterable[Any]) -> dict[str, Any]:
    """Return what a purchase is based on: each offer as it is now."""
    return {"offers": {str(line.offer.pk): _of_offer(line.offer) for line in lines}}


def _of_offer(offer: Offer) -> dict[str, Any]:
    return {
        "name": dict(offer.product.name),
        "unit_price": _price(offer),
        "currency": offer.currency,
    }


def _price(offer: Offer) -> str:
    """Return the price of a seat as it is stored, however it came into memory."""
    return f"{offer.unit_price:.2f}"


def facts_of_subscription(subscription: Subscription) -> dict[str, Any]:
    """Return what a request about a subscription is based on: the subscription as it is now."""
    until = subscription.cancellation_allowed_until
    return {
        "subscription": {
            "status": subscription.status,
            "quantity": subscription.quantity,
            "term_duration": subscription.term_duration,
            "billing_cycle": subscription.billing_cycle,
            "commitment_end_date": _iso(subscription.commitment_end_date),
            "auto_renew_enabled": subscription.auto_renew_enabled,
            "ends_on": _iso(subscription.ends_on),
            "cancellation_allowed_until": _iso(until),
        }
    }


def _iso(value: datetime.date | datetime.datetime | None) -> str | None:
    return value.isoformat() if value else None


def changes_since_filing(subscription_request: SubscriptionRequest, now: datetime.datetime) -> list[Change]:
    """Return what is no longer as it was when the request was filed, the gravest first. One statement at most."""
    facts = subscription_request.facts
    if "offers" in facts:
        return _changes_of_offers(subscription_request, facts["offers"])
    if "subscription" in facts and subscription_request.subscription is not None:
        return _changes_of_subscription(subscription_request, facts["subscription"], now)
    return []


def _changes_of_offers(subscription_request: SubscriptionRequest, before: dict[str, Any]) -> list[Change]:
    customer = subscription_request.customer
    on_sale = Exists(Offer.objects.available_to(customer).filter(pk=OuterRef("pk")))
    offers = {str(one.pk): one for one in Offer.objects.filter(pk__in=before).annotate(on_sale=on_sale)}
    changes: list[Change] = []
    for pk, was in before.items():
        offer = offers.get(pk)
        if offer is None or not offer.on_sale:
            changes.insert(0, {"code": "offer_withdrawn", "name": was["name"]})
        if offer is not None and (_price(offer), offer.currency) != (was["unit_price"], was["currency"]):
            changes.append(
                {
                    "code": "price_changed",
                    "name": was["name"],
                    "before": f"{was['currency']} {was['unit_price']}",
                    "now": f"{offer.currency} {_price(offer)}",
                }
            )
    return changes


WATCHED = ("quantity", "term_duration", "billing_cycle", "commitment_end_date", "auto_renew_enabled", "ends_on")


def _changes_of_subscription(
    subscription_request: SubscriptionRequest, before: dict[str, Any], now: datetime.datetime
) -> list[Change]:
    subscription = subscription_request.subscription
    assert subscription is not None
    after = facts_of_subscription(subscription)["subscription"]
    changes: list[Change] = []
    if before["status"] != after["status"]:
        changes.append({"code": "status_changed", "before": before["status"], "now": after["status"]})
    was_until, until = before["cancellation_allowed_until"], after["cancellation_allowed_until"]
    if was_until != until:
        changes.append({"code": "window_moved", "before": was_until, "now": until})
    was_open = was_until is not None and _at(was_until) > subscription_request.submitted_at
    if was_open and (until is None or _at(until) <= now):
        changes.append({"code": "window_shut", "now": until or was_until})
    changes += _shut_batches(subscription_request, now)
    changes += [
        {"code": f"{name}_changed", "before": before[name], "now": after[name]}
        for name in WATCHED
        if before[name] != after[name]
    ]
    return changes


def _shut_batches(subscription_request: SubscriptionRequest, now: datetime.datetime) -> list[Change]:
    """Return the windows of seat additions that were open in the picture the author was shown and are not any more."""
    if subscription_request.kind != Kind.FEWER_SEATS:
        return []
    return [
        {"code": "batch_window_shut", "quantity": batch["quantity"], "now": batch["until"]}
        for batch in subscription_request.preview.get("batches", [])
        if batch["is_open"] and _at(batch["until"]) <= now
    ]


def digest(changes: Sequence[Change]) -> str:
    """Return a short hash: a form whose hash is no longer this one showed other changes."""
    return hashlib.sha256(json.dumps(changes, sort_keys=True).encode()).hexdigest()[:16]


def sentences(changes: Sequence[Change]) -> list[str]:
    """Return the changes as sentences in the active language."""
    return [_sentence(change) for change in changes if change["code"] in SENTENCES]


def _sentence(change: Change) -> str:
    return SENTENCES[change["code"]](change)


def _name(change: Change) -> str:
    return str(TranslatedText(change["name"]))


def _at(value: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(value)


def _moment(value: str | None) -> str:
    return deadline_text(_at(value)) if value else _("none")


def _day(value: str | None) -> str:
    return day(datetime.date.fromisoformat(value)) if value else _("none")


def _seats(count: int) -> str:
    return ngettext("%(count)d seat", "%(count)d seats", count) % {"count": count}


SENTENCES: dict[str, Callable[[Change], str]] = {
    "offer_withdrawn": lambda change: _("“%(name)s” is no longer sold.") % {"name": _name(change)},
    "price_changed": lambda change: (
        _("The price of “%(name)s” was %(before)s a seat and is now %(now)s.")
        % {"name": _name(change), "before": change["before"], "now": change["now"]}
    ),
    "status_changed": lambda change: (
        _("The subscription was “%(before)s” and is now “%(now)s”.")
        % {
            "before": SubscriptionStatus(change["before"]).label,
            "now": SubscriptionStatus(change["now"]).label,
        }
    ),
    "window_moved": lambda change: (
        _("The end of the cancellation window was %(before)s and is now %(now)s.")
        % {"before": _moment(change["before"]), "now": _moment(change["now"])}
    ),
    "window_shut": lambda change: (
        _("The cancellation window has shut: it was open until %(now)s.") % {"now": _moment(change["now"])}
    ),
    "batch_window_shut": lambda change: (
        _("The window of %(seats)s that had been added has shut: it was open until %(now)s.")
        % {"seats": _seats(change["quantity"]), "now": _moment(change["now"])}
    ),
    "quantity_changed": lambda change: (
        _("The subscription had %(before)s and now has %(now)s.")
        % {"before": _seats(change["before"]), "now": _seats(change["now"])}
    ),
    "term_duration_changed": lambda change: (
        _("The term was %(before)s and is now %(now)s.")
        % {"before": TermDuration(change["before"]).label, "now": TermDuration(change["now"]).label}
    ),
    "billing_cycle_changed": lambda change: (
        _("It was billed %(before)s and is now billed %(now)s.")
        % {"before": BillingCycle(change["before"]).label, "now": BillingCycle(change["now"]).label}
    ),
    "commitment_end_date_changed": lambda change: (
        _("The last day of the term was %(before)s and is now %(now)s.")
        % {"before": _day(change["before"]), "now": _day(change["now"])}
    ),
    "auto_renew_enabled_changed": lambda change: (
        _("Auto-renew has been switched on.") if change["now"] else _("Auto-renew has been switched off.")
    ),
    "ends_on_changed": lambda change: (
        _("The end was arranged for %(now)s.") % {"now": _day(change["now"])}
        if change["now"]
        else _("The end that was arranged has been taken back.")
    ),
}
"""How each change is told; a code that is not here is not for readers."""

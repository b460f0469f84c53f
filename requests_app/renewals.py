"""What renews when, what happens if nothing is done, and whom to remind of it."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q
from django.urls import NoReverseMatch, reverse
from django.utils import timezone, translation
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import mail
from accounts.models import Customer, CustomerMembership, User
from portal.lib.display import day
from requests_app import policy
from requests_app.models import (
    CancelWhen,
    EndOfTermChoice,
    Offer,
    Subscription,
    SubscriptionQuerySet,
    SubscriptionRequest,
    TermDuration,
)
from requests_app.notifications.recipients import MAY_ASK

BATCH = 100
LISTED_IN_MAIL = 50
"""So many subscriptions a mail lists; the page has them all."""

AHEAD = datetime.timedelta(days=max(policy.REMINDER_DISTANCES))
NEAR = datetime.timedelta(days=min(policy.REMINDER_DISTANCES))
"""Monthly terms are always about to end: they are named only when they are this near."""


@dataclass(frozen=True)
class AskLinks:
    """Where each of the three things is asked for; empty where there is no such form."""

    keep: str
    change: str
    cancel: str


@dataclass(frozen=True)
class Renewal:
    """A subscription and what becomes of it when its term is over, as things stand.

    ``surcharges``: see ``policy.ExtendedServiceTerm``. ``asked``: the open request about the end, if there is one.
    """

    subscription: Subscription
    after: policy.AfterTerm
    surcharges: tuple[int, ...]
    asked: SubscriptionRequest | None

    @property
    def is_decided(self) -> bool:
        """Whether the partner has arranged what happens."""
        return bool(self.subscription.arranged_at_end_of_term) or self.after == policy.AfterTerm.CANCELLED

    @property
    def can_be_asked(self) -> bool:
        """Whether something about the end can be asked for now."""
        return self.asked is None and self.subscription.is_cancellable

    @property
    def links(self) -> AskLinks:
        return ask_links(self.subscription)

    @property
    def what_happens(self) -> str:
        """What happens as things stand, as a sentence: what was arranged, or else what comes by itself."""
        return _arranged(self) if self.is_decided else _by_itself(self)


def ask_links(subscription: Subscription) -> AskLinks:
    """Return the addresses that keep, change or cancel a subscription at the end of its term; they only ask for it."""
    about = {"subscription": subscription.pk}
    return AskLinks(
        keep=_address("new_end_of_term", about | {"choice": EndOfTermChoice.RENEW.value}),
        change=_address("new_end_of_term", about | {"choice": EndOfTermChoice.RENEW_CHANGED.value}),
        cancel=_address("new_cancellation", about | {"when": CancelWhen.END_OF_TERM.value}),
    )


def _address(name: str, parameters: dict[str, Any]) -> str:
    try:
        return f"{reverse(f'requests_app:{name}')}?{urlencode(parameters)}"
    except NoReverseMatch:
        return ""


# --- What renews when ----------------------------------------------------------------------------------------------


def upcoming(subscriptions: SubscriptionQuerySet, today: datetime.date) -> SubscriptionQuerySet:
    """Return those of ``subscriptions`` that run and whose term ends on ``today`` (UTC) or later, with ``term_end``."""
    return (
        subscriptions.running()
        .by_end_of_term()
        .filter(Q(term_end__gte=today), commitment_end_date__isnull=False)
        .select_related("product", "customer__partner")
    )


def undecided(subscriptions: SubscriptionQuerySet, today: datetime.date) -> SubscriptionQuerySet:
    """Return those whose term ends within 60 days (monthly ones: 7) and about whose end nothing was asked or arranged."""
    return (
        not_asked_about(subscriptions.cancellable())
        .filter(
            ~Q(term_duration=TermDuration.P1M) | Q(commitment_end_date__lte=today + NEAR),
            commitment_end_date__gte=today,
            commitment_end_date__lte=today + AHEAD,
            arranged_at_end_of_term="",
        )
        .select_related("product", "customer__partner")
    )


def not_asked_about(subscriptions: SubscriptionQuerySet) -> SubscriptionQuerySet:
    """Return those of ``subscriptions`` about whose end there is no open request."""
    asked = SubscriptionRequest.objects.open().about_the_end().filter(subscription=OuterRef("pk"))
    return subscriptions.filter(~Exists(asked))


def outlook(subscriptions: Sequence[Subscription], now: datetime.datetime) -> list[Renewal]:
    """Return what becomes of each of a customer's subscriptions, in two statements for any number of them.

    Their products are joined already.
    """
    if not subscriptions:
        return []
    monthly = Offer.objects.filter(
        partner=subscriptions[0].partner_id,
        product__in={one.product_id for one in subscriptions},
        term_duration=TermDuration.P1M,
        is_active=True,
    )
    with_monthly_plan = set(monthly.values_list("product_id", flat=True))
    open_requests = SubscriptionRequest.objects.open().about_the_end().filter(subscription__in=subscriptions)
    asked = {one.subscription_id: one for one in open_requests}
    renewals = []
    for subscription in subscriptions:
        facts = _facts(subscription, has_monthly_plan=True if subscription.product_id in with_monthly_plan else None)
        renewals.append(
            Renewal(
                subscription,
                after=policy.end_of_term(facts, now),
                surcharges=policy.est_of(facts).surcharges,
                asked=asked.get(subscription.pk),
            )
        )
    return renewals


def _facts(subscription: Subscription, *, has_monthly_plan: bool | None) -> policy.Facts:
    """Return what decides on the end of a term; windows and rules play no part in it."""
    return policy.Facts(
        product_type=subscription.product.product_type,
        quantity=subscription.quantity,
        term=subscription.term_duration,
        billing_cycle=subscription.billing_cycle,
        effective_start_date=subscription.effective_start_date,
        commitment_end_date=subscription.commitment_end_date,
        auto_renew_enabled=subscription.auto_renew_enabled,
        ends_on=subscription.ends_on,
        status=subscription.status,
        window=policy.NO_WINDOW,
        has_monthly_plan=has_monthly_plan,
    )


def by_month(renewals: Iterable[Renewal]) -> list[tuple[datetime.date, list[Renewal]]]:
    """Return the renewals, which come in their order, under the first day of the month that their term ends in."""

    def month(renewal: Renewal) -> datetime.date:
        end = renewal.subscription.commitment_end_date
        assert end is not None
        return end.replace(day=1)

    return [(first, list(found)) for first, found in groupby(renewals, key=month)]


# --- In words ------------------------------------------------------------------------------------------------------


def _arranged(renewal: Renewal) -> str:
    subscription = renewal.subscription
    date = {"date": day(subscription.ends_on or subscription.commitment_end_date)}
    if renewal.after == policy.AfterTerm.CANCELLED:
        return _("Ends on %(date)s: your partner has arranged it. Access stops then and cannot be recovered.") % date
    if subscription.arranged_at_end_of_term == EndOfTermChoice.MONTH_TO_MONTH:
        return _("Goes on month to month after %(date)s, as your partner has arranged, until it is cancelled.") % date
    values = date | {"what": _from_renewal_on(subscription)}
    if subscription.arranged_at_end_of_term == EndOfTermChoice.RENEW_CHANGED:
        return _("Renews after %(date)s with changes, as your partner has arranged: %(what)s.") % values
    return _("Renews after %(date)s as it is, as your partner has arranged: %(what)s.") % values


def _by_itself(renewal: Renewal) -> str:
    subscription = renewal.subscription
    values = {"date": day(subscription.commitment_end_date), "what": _from_renewal_on(subscription)}
    if renewal.after == policy.AfterTerm.RENEWS:
        return _("Renews by itself after %(date)s: %(what)s.") % values
    if renewal.after == policy.AfterTerm.MONTH_TO_MONTH:
        return _(
            "Goes on month to month after %(date)s, at the monthly rate and %(more)s. "
            "Auto-renew is off, but that is not a cancellation."
        ) % (values | {"more": _surcharge(renewal.surcharges)})
    return _("Auto-renew is off: it is expected to end after %(date)s, and access with it.") % values


def _from_renewal_on(subscription: Subscription) -> str:
    """Return seats, term and billing as they will be once it has renewed."""
    seats = subscription.scheduled_quantity or subscription.quantity
    return _("%(seats)s, %(term)s, billed %(cycle)s") % {
        "seats": ngettext("%(count)d seat", "%(count)d seats", seats) % {"count": seats},
        "term": subscription.get_scheduled_term_duration_display() or subscription.get_term_duration_display(),
        "cycle": subscription.get_scheduled_billing_cycle_display() or subscription.get_billing_cycle_display(),
    }


def _surcharge(surcharges: tuple[int, ...]) -> str:
    if len(surcharges) == 1:
        return _("%(percent)s%% more") % {"percent": surcharges[0]}
    return _("3% more, or 23% more where there is no monthly plan")


# --- Reminding -----------------------------------------------------------------------------------------------------


def _to_be_reminded_of(today: datetime.date) -> SubscriptionQuerySet:
    """Return what a reminder is due of: reached a distance, and not reminded at that one or a nearer one in this term.

    The same as ``policy.reminder_due``, for the database to find the few among many.
    """
    due = Q()
    for distance in policy.REMINDER_DISTANCES:
        reached = Q(commitment_end_date__lte=today + datetime.timedelta(days=distance))
        before = Q(reminded_of=F("commitment_end_date"), reminded_days_before__lte=distance)
        due |= reached & (Q(reminded_of__isnull=True) | ~before)
    return undecided(Subscription.objects.all(), today).filter(due)


def customers_to_remind(now: datetime.datetime, after: int | None = None) -> list[int]:
    """Return the primary keys of at most ``BATCH`` customers with a reminder due, behind ``after``. One statement."""
    due = _to_be_reminded_of(_today(now)).filter(customer=OuterRef("pk"))
    customers = Customer.objects.filter(Exists(due), pk__gt=after or 0)
    return list(customers.order_by("pk").values_list("pk", flat=True)[:BATCH])


def remind(customer_id: int, now: datetime.datetime) -> int:
    """Queue one mail to each of the customer's people who may ask, about every renewal that is due; return how many.

    In the caller's transaction, which also notes on the subscriptions what was reminded of. Where nobody may ask,
    nothing is noted: whoever comes is reminded.
    """
    today = _today(now)
    locked = list(
        _to_be_reminded_of(today)
        .filter(customer=customer_id)
        .select_for_update(of=("self",), skip_locked=True)
        .order_by("commitment_end_date", "pk")
    )
    due = {subscription: distance for subscription in locked if (distance := _distance(subscription, today))}
    membership = CustomerMembership.objects.filter(customer=customer_id, role__in=MAY_ASK)
    people = User.objects.filter(pk__in=membership.values("user_id"), is_active=True).order_by("pk")
    if not due or not people:
        return 0
    renewals = outlook(list(due), now)
    first = renewals[0].subscription
    for user in people:
        with translation.override(mail.language_of(user)), timezone.override(user.zone):
            message = mail.render("emails/renewals", _context(renewals, user))
            key = f"renewal-{first.pk}-{first.commitment_end_date}-{due[first]}-user-{user.pk}"
            mail.queue(message, recipient=user.email, key=key)
    for distance in set(due.values()):
        reminded = [subscription.pk for subscription, found in due.items() if found == distance]
        Subscription.objects.filter(pk__in=reminded).update(
            reminded_of=F("commitment_end_date"), reminded_days_before=distance
        )
    return len(people)


def _distance(subscription: Subscription, today: datetime.date) -> int | None:
    end = subscription.commitment_end_date
    assert end is not None
    before = subscription.reminded_days_before if subscription.reminded_of == end else None
    return policy.reminder_due(end, today, before, subscription.term_duration)


def _today(now: datetime.datetime) -> datetime.date:
    """Return the day in UTC: last days of terms are UTC's."""
    return now.astimezone(datetime.UTC).date()


def _context(renewals: Sequence[Renewal], user: User) -> dict[str, Any]:
    first = renewals[0].subscription
    count = len(renewals)
    if count == 1:
        subject = _("%(name)s: its term ends on %(date)s. Keep, change or cancel?")
    else:
        subject = _("%(count)d subscriptions of %(customer)s: the first term ends on %(date)s. Keep, change or cancel?")
    values = {"name": first, "count": count, "customer": first.customer, "date": day(first.commitment_end_date)}
    return {
        "subject": subject % values,
        "renewals": renewals[:LISTED_IN_MAIL],
        "more": max(0, count - LISTED_IN_MAIL),
        "count": count,
        "customer": first.customer,
        "partner": first.customer.partner,
        "recipient": user,
        "link": settings.SITE_URL + reverse("requests_app:renewals"),
        "site_url": settings.SITE_URL,
    }

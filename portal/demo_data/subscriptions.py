"""Sixty subscriptions whose dates are told from now: windows that close in hours, terms that end in days."""

import datetime
from dataclasses import dataclass

from accounts.models import Customer
from portal.demo_data.organisations import BY_KEY, invented_id, invented_order
from portal.demo_data.products import PLANS
from portal.demo_data.times import at_work, months_before
from requests_app import policy
from requests_app.models import (
    BillingCycle,
    CancelWhen,
    EndOfTermChoice,
    Product,
    ProductType,
    SeatBatch,
    Subscription,
    SubscriptionStatus,
)

EXPIRED, DISABLED = SubscriptionStatus.EXPIRED, SubscriptionStatus.DISABLED
PENDING, SUSPENDED = SubscriptionStatus.PENDING, SubscriptionStatus.SUSPENDED
NOW, END_OF_TERM = CancelWhen.NOW, CancelWhen.END_OF_TERM

WITHOUT_TERM = (ProductType.PERPETUAL_SOFTWARE, ProductType.AZURE_USAGE)


@dataclass(frozen=True)
class Held:
    """A subscription. When its current term began is told in exactly one of three ways.

    ``closes_in``: hours until the cancellation window closes; ``ends_in``: days until the last day of the term;
    ``began``: days since the term began. ``order`` names the completed purchase it came from (several may share
    one), ``cancelled`` when the completed cancellation was to take effect and how many days ago it was completed.
    ``added``: seats that were added within the term, and how many days ago; part of ``quantity``. ``arranged``: how many
    days ago it was arranged that it renews as it is.
    """

    customer: str
    product: str
    quantity: int
    plan: str
    closes_in: float | None = None
    ends_in: int | None = None
    began: int | None = None
    renewals: int = 0
    auto_renew: bool = True
    status: SubscriptionStatus = SubscriptionStatus.ACTIVE
    name: str = ""
    order: str = ""
    cancelled: tuple[CancelWhen, int] | None = None
    added: tuple[tuple[int, int], ...] = ()
    arranged: int | None = None


HELD = [
    Held("pinewhistle", "business-premium", 45, "year_monthly", ends_in=14, renewals=1, name="Head office 總公司"),
    Held("pinewhistle", "m365-e3", 20, "year", closes_in=5.4, order="1", name="Research kitchen"),
    Held("pinewhistle", "power-bi-pro", 12, "month", closes_in=26.2, renewals=5),
    Held("pinewhistle", "visio-p2", 3, "year_monthly", closes_in=165.5, status=PENDING, order="2"),
    Held("pinewhistle", "project-p3", 5, "year", ends_in=3, auto_renew=False, name="New plant 新廠專案"),
    Held("pinewhistle", "entra-p1", 45, "three_years_yearly", ends_in=730),
    Held("pinewhistle", "business-central", 8, "year_monthly", began=165, order="3"),
    Held("pinewhistle", "power-apps", 10, "year_monthly", began=165, order="3", status=SUSPENDED, name="Inspections"),
    Held("pinewhistle", "azure-plan", 1, "usage", began=400, order="4"),
    Held("pinewhistle", "exchange-p1", 60, "year", ends_in=92, order="5", cancelled=(END_OF_TERM, 6), name="工廠信箱"),
    Held("pinewhistle", "office-e1", 15, "month", began=24, cancelled=(NOW, 20)),
    Held("pinewhistle", "intune-p1", 10, "year_monthly", ends_in=-12, auto_renew=False, status=EXPIRED),
    Held("logistics", "business-premium", 18, "year_monthly", closes_in=52.3, order="1"),
    Held("logistics", "power-bi-pro", 4, "month", ends_in=9, renewals=3, auto_renew=False, name="Fleet reports"),
    Held("logistics", "exchange-p1", 25, "year", ends_in=33, name="司機信箱"),
    Held("logistics", "visio-p2", 2, "year_monthly", began=60, order="2"),
    Held("logistics", "office-e1", 10, "year_monthly", ends_in=21, cancelled=(END_OF_TERM, 12)),
    Held("logistics", "intune-p1", 18, "year_monthly", ends_in=-35, auto_renew=False, status=DISABLED),
    Held("amberkite", "m365-e5", 80, "three_years_yearly", began=100, order="1", added=((5, 11), (10, 2))),
    Held("amberkite", "teams-phone", 40, "year_monthly", began=100, order="1", name="Hsinchu switchboard 新竹總機"),
    Held("amberkite", "power-bi-pro", 25, "year", closes_in=9.3, order="2"),
    Held("amberkite", "project-p3", 10, "year_monthly", ends_in=12, renewals=2),
    Held("amberkite", "visio-p2", 6, "year", ends_in=5, auto_renew=False),
    Held("amberkite", "windows-server", 4, "once", began=12, auto_renew=False, order="3", name="Line controllers"),
    Held("amberkite", "azure-plan", 1, "usage", began=300, order="4"),
    Held("amberkite", "m365-e3", 20, "month", began=15, cancelled=(NOW, 11)),
    Held("amberkite", "exchange-p1", 30, "year_monthly", ends_in=44, cancelled=(END_OF_TERM, 25)),
    Held("saltlark", "business-premium", 12, "month", closes_in=20.6, renewals=8),
    Held("saltlark", "business-central", 5, "year_monthly", closes_in=82.2, order="1"),
    Held("saltlark", "defender-business", 12, "year_monthly", ends_in=27),
    Held("saltlark", "power-apps", 3, "year_monthly", began=45, order="2"),
    Held("saltlark", "visio-p2", 4, "year", ends_in=2, name="Studio 設計部"),
    Held("saltlark", "office-e1", 8, "year_monthly", began=70, cancelled=(NOW, 66)),
    Held("saltlark", "power-bi-pro", 6, "year_monthly", began=180, order="3", cancelled=(END_OF_TERM, 8)),
    Held("saltlark", "exchange-p1", 5, "year_monthly", ends_in=-60, auto_renew=False, status=EXPIRED),
    Held("saltlark", "intune-p1", 12, "year_monthly", closes_in=49.4, order="5", name="Tablets 平板"),
    Held("saltlark", "entra-p1", 12, "year_monthly", ends_in=21, renewals=1),
    Held("fernwick", "m365-e3", 35, "year_monthly", ends_in=18, renewals=2),
    Held("fernwick", "intune-p1", 35, "year_monthly", began=75, order="1"),
    Held("fernwick", "entra-p1", 35, "year_monthly", began=75, order="1"),
    Held("fernwick", "teams-phone", 10, "year", closes_in=120.7, order="2", name="Service hotline 維修專線"),
    Held("fernwick", "power-bi-pro", 5, "month", closes_in=-24.0, order="3"),
    Held("fernwick", "project-p3", 3, "year_monthly", began=34, cancelled=(NOW, 30)),
    Held("fernwick", "visio-p2", 2, "year_monthly", ends_in=120, status=SUSPENDED),
    Held("brackenmoor", "m365-g3", 150, "year_monthly", ends_in=60, order="1"),
    Held("brackenmoor", "power-bi-pro", 20, "year_monthly", closes_in=42.4, order="2"),
    Held("brackenmoor", "exchange-p1", 40, "year", ends_in=6, name="Kiosk mailboxes"),
    Held("brackenmoor", "visio-p2", 5, "year_monthly", ends_in=300),
    Held("brackenmoor", "project-p3", 8, "year_monthly", ends_in=17, cancelled=(END_OF_TERM, 7)),
    Held("brackenmoor", "power-apps", 10, "month", ends_in=-4, auto_renew=False, status=EXPIRED),
    Held("ironquill", "m365-e5", 220, "three_years_yearly", began=200, order="1"),
    Held("ironquill", "teams-phone", 60, "year_monthly", closes_in=4.2, order="2", name="Hangar 7"),
    Held("ironquill", "power-bi-pro", 30, "year", ends_in=10, renewals=1),
    Held("ironquill", "visio-p2", 12, "year_monthly", began=50, order="3"),
    Held("ironquill", "entra-p1", 40, "year_monthly", closes_in=72.5, order="4", name="Contractors"),
    Held("ironquill", "power-apps", 15, "year_monthly", began=22, cancelled=(NOW, 18)),
    Held("ironquill", "exchange-p1", 25, "year_monthly", ends_in=26, auto_renew=False),
    Held("ironquill", "azure-plan", 1, "usage", began=480),
    Held("cindervale", "m365-e3", 90, "year", began=130, order="1", arranged=6),
    Held("cindervale", "power-bi-pro", 12, "year_monthly", closes_in=30.8, order="2"),
    Held("cindervale", "m365-e5", 10, "year_monthly", ends_in=22, renewals=1, name="Depot command"),
    Held("cindervale", "azure-plan", 1, "usage", began=250),
]
"""No customer holds a product twice, so that the two keys name a subscription."""

type Subscriptions = dict[tuple[str, str], Subscription]
"""Subscriptions by the keys of customer and product."""


def term_began(held: Held, product_type: str, now: datetime.datetime) -> datetime.datetime:
    """Return when the current term began: the moment of the purchase, or of the last renewal."""
    if held.closes_in is not None:
        return now + datetime.timedelta(hours=held.closes_in) - policy.CANCELLATION_WINDOWS[product_type]
    if held.began is not None:
        return at_work(now, held.began, BY_KEY[held.customer].zone)
    assert held.ends_in is not None
    first_day = months_before(
        now.date() + datetime.timedelta(days=held.ends_in + 1), policy.TERM_MONTHS[PLANS[held.plan].term]
    )
    return datetime.datetime.combine(first_day, datetime.time(7, 30), tzinfo=datetime.UTC)


def cancelled_at(held: Held, now: datetime.datetime) -> datetime.datetime | None:
    """Return when the partner noted that the subscription was cancelled; None where it was not."""
    return at_work(now, held.cancelled[1], BY_KEY[held.customer].zone) if held.cancelled else None


def load_subscriptions(
    customers: dict[str, Customer], products: dict[str, Product], now: datetime.datetime
) -> Subscriptions:
    """Write the subscriptions and return them."""
    subscriptions = {
        (held.customer, held.product): _subscription(held, customers[held.customer], products[held.product], now)
        for held in HELD
    }
    Subscription.objects.bulk_create(subscriptions.values())
    SeatBatch.objects.bulk_create(
        SeatBatch(
            subscription=subscriptions[held.customer, held.product],
            quantity=seats,
            added_at=added_at(held, days, now),
            cancellation_allowed_until=policy.cancellation_window_end(
                products[held.product].product_type, added_at(held, days, now)
            ),
            cancellation_date_is_estimate=True,
        )
        for held in HELD
        for seats, days in held.added
    )
    return subscriptions


def added_at(held: Held, days: int, now: datetime.datetime) -> datetime.datetime:
    """Return when seats were added, ``days`` ago."""
    return at_work(now, days, BY_KEY[held.customer].zone)


def _subscription(held: Held, customer: Customer, product: Product, now: datetime.datetime) -> Subscription:
    plan = PLANS[held.plan]
    began = term_began(held, product.product_type, now)
    months = policy.TERM_MONTHS[plan.term]
    subscription = Subscription(
        customer=customer,
        partner_id=customer.partner_id,
        product=product,
        friendly_name=held.name,
        quantity=held.quantity,
        term_duration=plan.term,
        billing_cycle=plan.cycle,
        status=held.status,
        auto_renew_enabled=held.auto_renew and plan.cycle != BillingCycle.ONE_TIME,
        effective_start_date=months_before(began.date(), months * held.renewals),
        commitment_end_date=_last_day(held, product, began, now),
        cancellation_allowed_until=policy.cancellation_window_end(product.product_type, began),
        cancellation_date_is_estimate=bool(held.order),  # what was bought through the portal
        arranged_at_end_of_term=EndOfTermChoice.RENEW if held.arranged is not None else "",
        external_id="" if held.status == PENDING else invented_id("subscription", held.customer, held.product),
        order_id=invented_order(held.customer, held.order or held.product),
    )
    _cancel(subscription, held, now)
    _remember_reminder(subscription, now)
    return subscription


def _last_day(held: Held, product: Product, began: datetime.datetime, now: datetime.datetime) -> datetime.date | None:
    """Return the last day of the term: as told in ``ends_in``, else counted from when the term began."""
    if product.product_type in WITHOUT_TERM:
        return None
    if held.ends_in is not None:
        return now.date() + datetime.timedelta(days=held.ends_in)
    return policy.commitment_end(began.date(), PLANS[held.plan].term)


def _remember_reminder(subscription: Subscription, now: datetime.datetime) -> None:
    """Note the reminder of a renewal that would have gone out by now: the demonstration does not begin with a flood."""
    end = subscription.commitment_end_date
    due = policy.reminder_due(end, now.date(), None, subscription.term_duration) if end else None
    if due is not None:
        subscription.reminded_of, subscription.reminded_days_before = end, due


def _cancel(subscription: Subscription, held: Held, now: datetime.datetime) -> None:
    """Leave the subscription as ``workflow.complete`` leaves one whose cancellation is done."""
    when = cancelled_at(held, now)
    if held.cancelled is None or when is None:
        return
    subscription.auto_renew_enabled = False
    if held.cancelled[0] == NOW:
        subscription.status = SubscriptionStatus.DELETED
        subscription.ends_on = when.date()
    else:
        subscription.ends_on = subscription.commitment_end_date
        subscription.arranged_at_end_of_term = EndOfTermChoice.CANCEL

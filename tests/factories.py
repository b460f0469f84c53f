"""Rows for tests: plain functions, nothing random."""

import datetime
from decimal import Decimal
from importlib import import_module
from itertools import count

from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.apps import apps
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.models import Customer, Partner, User
from portal.lib.clouds import Cloud, Service
from portal.models import Announcement, SelfServiceLink, SupportResource
from requests_app import workflow
from requests_app.models import (
    BillingCycle,
    CancellationPolicy,
    CancelWhen,
    Offer,
    Product,
    ProductCategory,
    ProductType,
    Subscription,
    SubscriptionRequest,
    TermDuration,
)

PASSWORD = "correct-horse-battery"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
_numbers = count(1)


def person(name: str, **fields: object) -> User:
    return people({name: fields})[name]


def people(fields_by_name: dict[str, dict[str, object]]) -> dict[str, User]:
    """Write people and their addresses in two statements, however many they are."""
    users = [
        User(email=f"{name}@example.com", name=name.capitalize(), password=make_password(PASSWORD), **fields)
        for name, fields in fields_by_name.items()
    ]
    User.objects.bulk_create(users)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in users
    )
    return dict(zip(fields_by_name, users, strict=True))


def second_factor(of_person: User) -> list[str]:
    """Set up an authenticator app (its secret is ``TOTP_SECRET``); return the recovery codes."""
    TOTP.activate(of_person, TOTP_SECRET)
    return RecoveryCodes.activate(of_person).get_unused_codes()


def partner(name: str, **fields: object) -> Partner:
    return Partner.objects.create(name=name, contact_email="hello@example.com", **fields)


def customer(of_partner: Partner, name: str, cloud: Cloud = Cloud.COMMERCIAL, **fields: object) -> Customer:
    return Customer.objects.create(partner=of_partner, name=name, cloud=cloud, **fields)


def product(name: str = "Power BI Pro", **fields: object) -> Product:
    values = {
        "name": {"en": name, "zh-hant": f"{name}（中）"},
        "catalog_item_id": f"CFQ-{next(_numbers)}",
        "category": ProductCategory.DATA,
        "product_type": ProductType.LICENSE_BASED,
        "services": [Service.POWER_PLATFORM],
        "clouds": [Cloud.COMMERCIAL],
    }
    return Product.objects.create(**(values | fields))


def offer(of_partner: Partner, of_product: Product | None = None, **fields: object) -> Offer:
    values = {
        "term_duration": TermDuration.P1Y,
        "billing_cycle": BillingCycle.MONTHLY,
        "unit_price": Decimal("310.00"),
        "currency": "TWD",
    }
    return Offer.objects.create(partner=of_partner, product=of_product or product(), **(values | fields))


def subscription(of_customer: Customer, of_product: Product | None = None, **fields: object) -> Subscription:
    now = timezone.now()
    values = {
        "quantity": 25,
        "term_duration": TermDuration.P1Y,
        "billing_cycle": BillingCycle.MONTHLY,
        "effective_start_date": now.date() - datetime.timedelta(days=3),
        "commitment_end_date": now.date() + datetime.timedelta(days=361),
        "cancellation_allowed_until": now + datetime.timedelta(days=4),
    }
    return Subscription.objects.create(customer=of_customer, product=of_product or product(), **(values | fields))


def link(key: str, **fields: object) -> SelfServiceLink:
    """A link with the addresses given as ``address_gcc="https://…"``."""
    values = {"title": {"en": f"Title of {key}", "zh-hant": f"{key} 的標題"}, "category": "configure"}
    return _with_addresses(SelfServiceLink(key=key), values | fields)


def resource(key: str, **fields: object) -> SupportResource:
    """A resource with the addresses given as ``address_gcc="https://…"``."""
    values = {
        "title": {"en": f"Title of {key}", "zh-hant": f"{key} 的標題"},
        "summary": {"en": f"Summary of {key}", "zh-hant": f"{key} 的摘要"},
        "body": {"en": f"Text of {key}", "zh-hant": f"{key} 的內容"},
    }
    return _with_addresses(SupportResource(key=key), values | fields)


def announcement(name: str, /, **fields: object) -> Announcement:
    """An announcement to everybody, published since an hour."""
    values = {
        "title": {"en": f"Title of {name}", "zh-hant": f"{name} 的標題"},
        "body": {"en": f"Text of {name}", "zh-hant": f"{name} 的內容"},
        "publish_from": timezone.now() - datetime.timedelta(hours=1),
    }
    return Announcement.objects.create(**(values | fields))


def _with_addresses[Content: (SelfServiceLink, SupportResource)](
    content: Content, fields: dict[str, object]
) -> Content:
    known = {cloud: fields.pop(f"address_{cloud}") for cloud in Cloud if f"address_{cloud}" in fields}
    for name, value in fields.items():
        setattr(content, name, value)
    content.save()
    for cloud, address in known.items():
        content.addresses.create(cloud=cloud, address=address)
    return content


def standing_rules() -> None:
    """Put back the rules that a migration has loaded, where a flush has taken them away."""
    if not CancellationPolicy.objects.exists():
        import_module("requests_app.migrations.0008_cancellation_policies").load_facts(apps, None)


def cancellation(
    of_subscription: Subscription, author: User, when: CancelWhen = CancelWhen.NOW, reason: str = "Too many seats"
) -> SubscriptionRequest:
    return workflow.submit_cancellation(of_subscription, when=when, actor=author, reason=reason)


def purchase(
    by_customer: Customer, author: User, *offers: Offer, quantity: int = 3, note: str = "For new colleagues"
) -> SubscriptionRequest:
    chosen = offers or (offer(by_customer.partner),)
    lines = [workflow.OrderLine(one, quantity) for one in chosen]
    return workflow.submit_purchase(by_customer, lines, actor=author, note=note)


def in_status(
    subscription_request: SubscriptionRequest, status: str, *, agent: User, author: User
) -> SubscriptionRequest:
    """Lead a request, step by step, from submitted to ``status``."""
    steps = {
        "submitted": [],
        "in_review": ["claim"],
        "waiting": ["claim", "ask_customer"],
        "approved": ["claim", "approve"],
        "failed": ["claim", "approve", "fail"],
        "completed": ["claim", "approve", "complete"],
        "declined": ["claim", "decline"],
        "withdrawn": ["withdraw"],
    }[status]
    for step in steps:
        extra = {
            "decline": {"reason": "Not now"},
            "complete": {"external_reference": "ORDER-1"},
            "ask_customer": {"question": "For whom?"},
            "fail": {"reason": "Partner Center refused it"},
        }.get(step, {})
        actor = author if step == "withdraw" else agent
        subscription_request = getattr(workflow, step)(subscription_request, actor=actor, **extra)
    return subscription_request

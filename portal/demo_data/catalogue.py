"""What can be bought in the demonstration: the products, and what each of the two partners asks for them."""

from decimal import ROUND_HALF_UP, Decimal

from accounts.models import Partner
from portal.demo_data.organisations import FIRST, ORGANISATIONS, SECOND
from portal.demo_data.products import ITEMS, PLANS, Item
from portal.lib.clouds import Cloud
from requests_app.models import Offer, Product

type Offers = dict[tuple[str, str, str], Offer]
"""Offers by the keys of partner, product and plan."""

CURRENCIES = {FIRST: ("TWD", Decimal(32), Decimal(1)), SECOND: ("USD", Decimal(1), Decimal("0.01"))}
"""Each partner's currency, what a US dollar is in it, and what prices are rounded to."""

NOT_SOLD = frozenset(
    {
        (FIRST, "office-e1", "month"),
        (FIRST, "m365-e3", "three_years"),
        (FIRST, "m365-e5", "three_years"),
        (FIRST, "windows-server", "once"),
        (SECOND, "m365-e3", "month"),
        (SECOND, "m365-e5", "three_years"),
    }
)
"""Offers that are off sale; earlier requests name them still."""


def load_products() -> dict[str, Product]:
    """Write the products and return them by key."""
    products = {
        item.key: Product(
            name={"en": item.name[0], "zh-hant": item.name[1]},
            description={"en": item.description[0], "zh-hant": item.description[1]},
            catalog_item_id=item.catalog_item_id,
            category=item.category,
            product_type=item.product_type,
            services=list(item.services),
            clouds=[cloud for cloud in Cloud if cloud in item.clouds],
        )
        for item in ITEMS
    }
    Product.objects.bulk_create(products.values())
    return products


def load_offers(partners: dict[str, Partner], products: dict[str, Product]) -> Offers:
    """Write what each partner sells to customers in its clouds, and return it."""
    clouds = {
        partner: {organisation.cloud for organisation in ORGANISATIONS if organisation.partner == partner}
        for partner in partners
    }
    offers = {
        (partner, item.key, plan): _offer(partners[partner], partner, products[item.key], item, plan)
        for partner in partners
        for item in ITEMS
        if item.clouds & clouds[partner]
        for plan in item.plans
    }
    Offer.objects.bulk_create(offers.values())
    return offers


def _offer(partner: Partner, partner_key: str, product: Product, item: Item, plan_key: str) -> Offer:
    plan = PLANS[plan_key]
    currency, rate, step = CURRENCIES[partner_key]
    price = Decimal(item.price) * rate * Decimal(plan.factor)
    return Offer(
        partner=partner,
        product=product,
        term_duration=plan.term,
        billing_cycle=plan.cycle,
        unit_price=price.quantize(step, ROUND_HALF_UP),
        currency=currency,
        is_active=(partner_key, item.key, plan_key) not in NOT_SOLD,
    )

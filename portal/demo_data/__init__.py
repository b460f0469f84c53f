"""The demonstration's data: invented people and companies, real products, dates told from now.

``load`` is the whole interface; ``manage.py load_demo_data`` calls it.
"""

import datetime

from portal.content.initial_links import add_missing_links
from portal.content.initial_resources import add_missing_resources
from portal.demo_data.announcements import load_announcements
from portal.demo_data.articles import load_articles
from portal.demo_data.catalogue import load_offers, load_products
from portal.demo_data.invitations import load_invitations
from portal.demo_data.links import load_links
from portal.demo_data.openings import load_openings
from portal.demo_data.organisations import FIRST, load_customers, load_partners
from portal.demo_data.people import load_people
from portal.demo_data.requests import load_requests
from portal.demo_data.subscriptions import load_subscriptions
from portal.lib.acting import SITE, acting_as


@acting_as(SITE)
def load(now: datetime.datetime) -> None:
    """Write all of it, in one transaction, with dates told from ``now`` (UTC). Expects an empty database.

    Links and support resources that are missing are added. No job is enqueued, so nobody gets a mail. Deterministic
    apart from ``now`` and the salt of the password.
    """
    add_missing_links()
    add_missing_resources()
    now = now.replace(microsecond=0)
    partners = load_partners(now)
    load_links(partners, now)
    customers = load_customers(partners)
    people = load_people(partners, customers, now)
    load_invitations(partners, customers, people, now)
    products = load_products()
    offers = load_offers(partners, products)
    subscriptions = load_subscriptions(customers, products, now)
    load_articles(partners[FIRST], now)
    load_requests(customers, people, offers, subscriptions, now)
    load_announcements(partners, customers, people, now)
    load_openings(now)

"""Which of the site's content a customer sees, and in which order."""

import datetime
from collections.abc import Sequence, Set
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import Customer
from portal.models import LinkCategory, SelfServiceLink
from requests_app.models import Subscription


@dataclass(frozen=True)
class LinkGroup:
    """The links to Microsoft's pages for one thing that a customer may want to do, or those that their partner keeps."""

    category: LinkCategory | None
    links: list[SelfServiceLink]

    @property
    def key(self) -> str:
        """The group's name in an address."""
        return self.category or "partner"

    @property
    def title(self) -> str:
        return str(self.category.label) if self.category else _("From your partner")


def owned_services(customer: Customer) -> set[str]:
    """Return the services in the customer's running subscriptions, in one statement."""
    rows = Subscription.objects.running().filter(customer=customer).values_list("product__services", flat=True)
    return {service for services in rows.distinct() for service in services}


def grouped_links(customer: Customer, services: Set[str], now: datetime.datetime) -> list[LinkGroup]:
    """Return the links for the customer's cloud at ``now``, by what they are for, in one statement.

    Links of services that the customer owns come first.
    """
    return grouped(SelfServiceLink.objects.for_customer(customer, now), services)


def grouped(links: Sequence[SelfServiceLink], services: Set[str]) -> list[LinkGroup]:
    """Return links by what they are for, in the order that they came in; those of ``services`` come first.

    What a partner keeps is no page of Microsoft's: it is a group of its own, behind the others.
    """
    for link in links:
        link.is_owned = link.service in services
    ordered = sorted(links, key=lambda link: not link.is_owned)  # stable: the editors' order stays within each half
    general, own = ([link for link in ordered if bool(link.partner_id) is is_own] for is_own in (False, True))
    groups = [LinkGroup(category, [link for link in general if link.category == category]) for category in LinkCategory]
    groups.append(LinkGroup(None, own))
    return [group for group in groups if group.links]

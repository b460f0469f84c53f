"""What customers can do themselves, as a whole and in short."""

import datetime
from collections.abc import Sequence, Set

from accounts.models import Customer
from portal.content.showing import LinkGroup, grouped
from portal.models import SelfServiceLink


def all_links(customer: Customer, services: Set[str], now: datetime.datetime) -> list[LinkGroup]:
    """Return what the customer finds in their cloud at ``now``, by what they want to do; in one statement.

    A link whose address needs the customer's tenant prefix, while none is on record, is there without an address and
    says so (``needs_tenant``). Links of ``services`` come first.
    """
    links = SelfServiceLink.objects.current(now).reaching(customer)
    for link in links:
        link.needs_tenant = bool(link.template) and not link.address
    return grouped([link for link in links if link.template], services)


MOST_AT_HOME = 4


def in_short(groups: Sequence[LinkGroup]) -> list[LinkGroup]:
    """Return the first of what belongs to services that the customer owns, or to none in particular."""
    short = [
        LinkGroup(group.category, [link for link in group.links if link.is_owned or not link.service][:MOST_AT_HOME])
        for group in groups
    ]
    return [group for group in short if group.links]

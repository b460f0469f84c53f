"""What a customer would read here: one that is made up, because who keeps content sees no customers."""

import datetime
from dataclasses import dataclass

from django.db.models import Q

from accounts.models import Customer, Partner, User
from portal.content.showing import LinkGroup, grouped
from portal.lib.clouds import Cloud
from portal.models import Announcement, SelfServiceLink, State, SupportResource, state_is

TENANT = "contoso"
"""The tenant prefix of the customer who is made up."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A customer who is made up."""

    cloud: Cloud
    services: frozenset[str]
    partner: Partner | None
    at: datetime.datetime
    with_drafts: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What they would read."""

    link_groups: list[LinkGroup]
    resources: list[SupportResource]
    announcements: list[Announcement]


def preview(reader: Reader, user: User) -> Preview:
    """Return what ``reader`` would read of the content that ``user`` may know of; in three statements."""
    customer = Customer(cloud=reader.cloud, tenant_prefix=TENANT, partner=reader.partner)
    shown = state_is(State.PUBLISHED, reader.at)
    if reader.with_drafts:
        shown |= Q(is_draft=True)
    links = SelfServiceLink.objects.visible_to(user).filter(shown).reaching(customer)
    resources = SupportResource.objects.visible_to(user).filter(shown)
    fitting = resources.filter(Q(services=[]) | Q(services__overlap=sorted(reader.services))).reaching(customer)
    partner_id = reader.partner.pk if reader.partner else None
    announcements = Announcement.objects.visible_to(user).filter(shown)
    return Preview(
        link_groups=grouped([link for link in links if link.address], reader.services),
        resources=[one for one in fitting if one.address or one.has_text],
        announcements=list(announcements.for_made_up(partner_id, reader.cloud, reader.services)),
    )

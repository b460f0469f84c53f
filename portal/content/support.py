"""Support resources by what they are about, for a customer: what they own first."""

import datetime
from collections.abc import Sequence, Set
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import Customer
from portal.lib.clouds import Service
from portal.models import SupportResource

IN_GENERAL = ""
"""The topic of what is about all services, or about so many that no one of them would be looked under."""
MANY = 3


@dataclass(frozen=True, slots=True)
class Topic:
    """Resources about one service, or about none in particular."""

    service: str
    is_owned: bool
    resources: list[SupportResource]

    @property
    def title(self) -> str:
        return str(Service(self.service).label) if self.service else _("In general")


def resources_for(customer: Customer, now: datetime.datetime) -> list[SupportResource]:
    """Return what there is to read, or to open, in the customer's cloud at ``now``; in one statement."""
    found = SupportResource.objects.current(now).reaching(customer)
    return [one for one in found if one.address or one.has_text]


def particular(services: Sequence[str]) -> Sequence[str]:
    """Return the services under which something is looked for; none of many."""
    return services if len(services) <= MANY else []


def by_topic(resources: Sequence[SupportResource], owned: Set[str], only: str = "") -> list[Topic]:
    """Return the resources by topic, each once: services that are owned first, then what is general, then the others.

    ``only``: what is about this service alone, and then what is general.
    """
    order = sorted(Service, key=lambda service: service not in owned)  # stable
    topics: dict[str, list[SupportResource]] = {}
    for resource in resources:
        if only and only in resource.services:
            topics.setdefault(only, []).append(resource)
        elif not resource.services or (not only and not particular(resource.services)):
            topics.setdefault(IN_GENERAL, []).append(resource)
        elif not only:
            topics.setdefault(next(one for one in order if one in resource.services), []).append(resource)
    wanted = [*(one for one in order if one in owned), IN_GENERAL, *(one for one in order if one not in owned)]
    shown = [only, IN_GENERAL] if only else wanted
    return [Topic(one, one in owned, topics[one]) for one in shown if one in topics]


def beside(resource: SupportResource, resources: Sequence[SupportResource], most: int = 4) -> list[SupportResource]:
    """Return other resources about what ``resource`` is about, the most particular first."""
    others = [
        one
        for one in resources
        if one.pk != resource.pk
        and (not resource.services or not one.services or {*one.services} & {*resource.services})
    ]
    return sorted(others, key=lambda one: len(one.services) or len(Service))[:most]  # stable


def services_of(resources: Sequence[SupportResource], owned: Set[str]) -> list[Service]:
    """Return the services that some of the resources are about, those that are owned first."""
    present = {service for one in resources for service in one.services}
    return sorted((one for one in Service if one in present), key=lambda one: one not in owned)

"""Who signs in to the demonstration: ``DEMO_PEOPLE``, and colleagues so that lists look real. All are invented."""

import datetime
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from accounts.models import Customer, CustomerMembership, Partner, PartnerMembership, User
from portal.demo import DEMO_PASSWORD
from portal.demo_data.organisations import BY_KEY, FIRST, SECOND, TIME_ZONES

ADMIN, REQUESTER, VIEWER = (
    CustomerMembership.Role.ADMIN,
    CustomerMembership.Role.REQUESTER,
    CustomerMembership.Role.VIEWER,
)
AGENT, MANAGER = PartnerMembership.Role.AGENT, PartnerMembership.Role.MANAGER


@dataclass(frozen=True)
class Person:
    """Somebody in the demonstration: the part before the @, their name, and where they belong."""

    key: str
    name: str
    at: tuple[tuple[str, str], ...] = ()
    is_staff: bool = False
    is_superuser: bool = False

    @property
    def email(self) -> str:
        return f"{self.key}@demo.example"

    @property
    def time_zone(self) -> str:
        where = self.at[0][0] if self.at else FIRST
        return TIME_ZONES[BY_KEY[where].partner if where in BY_KEY else where]


PEOPLE = [
    Person("customer", "Alice Lin", (("pinewhistle", ADMIN), ("logistics", REQUESTER))),
    Person("member", "Bob Chen", (("pinewhistle", REQUESTER),)),
    Person("viewer", "Carol Wu", (("pinewhistle", VIEWER),)),
    Person("ivy.chang", "Ivy Chang 張艾葳", (("pinewhistle", REQUESTER),)),
    Person("leo.peng", "Leo Peng", (("logistics", ADMIN),)),
    Person("other", "Charlie Huang", (("amberkite", ADMIN),)),
    Person("nina.hsieh", "Nina Hsieh 謝霓雅", (("amberkite", REQUESTER),)),
    Person("owen.liao", "Owen Liao", (("saltlark", ADMIN),)),
    Person("tina.chiu", "Tina Chiu 邱緹娜", (("fernwick", ADMIN),)),
    Person("jason.wei", "Jason Wei", (("fernwick", REQUESTER),)),
    Person("martha.ellison", "Martha Ellison", (("brackenmoor", ADMIN),)),
    Person("gov", "Grace Holloway", (("ironquill", ADMIN),)),
    Person("peter.nakamura", "Peter Nakamura", (("ironquill", REQUESTER),)),
    Person("lucas.ferreira", "Lucas Ferreira", (("cindervale", ADMIN),)),
    Person("agent", "Dana Tsai", ((FIRST, AGENT),)),
    Person("manager", "Max Kuo", ((FIRST, MANAGER),)),
    Person("vera.lo", "Vera Lo", ((FIRST, AGENT),)),
    Person("foreign", "Erin Whitlock", ((SECOND, AGENT),)),
    Person("dean.castillo", "Dean Castillo", ((SECOND, MANAGER),)),
    Person("staff", "Sam Hsu", is_staff=True),
    Person("admin", "Ruth Yeh", is_staff=True, is_superuser=True),
]


def who_may_ask(customer: str) -> list[str]:
    """Return the keys of those who file requests for the customer."""
    return [person.key for person in PEOPLE for where, role in person.at if where == customer and role != VIEWER]


def who_works_at(partner: str) -> list[str]:
    """Return the keys of the partner's people."""
    return [person.key for person in PEOPLE for where, _role in person.at if where == partner]


def load_people(
    partners: dict[str, Partner], customers: dict[str, Customer], now: datetime.datetime
) -> dict[str, User]:
    """Write the people with their places and confirmed addresses, and return them by key.

    Nobody has chosen a language: each reads what their browser asks for. The password is hashed once for all.
    """
    password = make_password(DEMO_PASSWORD)
    users = {
        person.key: User(
            email=person.email,
            name=person.name,
            password=password,
            time_zone=person.time_zone,
            is_staff=person.is_staff,
            is_superuser=person.is_superuser,
        )
        for person in PEOPLE
    }
    User.objects.bulk_create(users.values())
    User.objects.update(date_joined=now - datetime.timedelta(days=500))
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in users.values()
    )
    places = [(users[person.key], where, role) for person in PEOPLE for where, role in person.at]
    CustomerMembership.objects.bulk_create(
        CustomerMembership(user=user, customer=customers[where], role=role)
        for user, where, role in places
        if where in customers
    )
    PartnerMembership.objects.bulk_create(
        PartnerMembership(user=user, partner=partners[where], role=role)
        for user, where, role in places
        if where in partners
    )
    return users

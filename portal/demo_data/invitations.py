"""Invitations that wait for an answer in the demonstration, and one that has expired."""

import datetime

from accounts.invitations import VALID_FOR
from accounts.models import Customer, CustomerMembership, Invitation, Partner, PartnerMembership, User
from portal.demo_data.organisations import FIRST

MAIN = "pinewhistle"

INVITED = [
    (
        "hana.kao",
        "Hana Kao 高涵娜",
        MAIN,
        CustomerMembership.Role.REQUESTER,
        "customer",
        datetime.timedelta(days=2, hours=3),
    ),
    ("ray.sun", "Ray Sun", FIRST, PartnerMembership.Role.AGENT, "manager", datetime.timedelta(hours=5)),
    ("mona.yu", "Mona Yu 余夢娜", MAIN, CustomerMembership.Role.VIEWER, "customer", datetime.timedelta(days=9)),
]
"""The part before the @, the name, to which organisation, as what, by whom, and how long ago."""


def load_invitations(
    partners: dict[str, Partner], customers: dict[str, Customer], people: dict[str, User], now: datetime.datetime
) -> None:
    """Write the invitations. No link opens them: what is kept is no digest of any token. Sent again, they get one."""
    Invitation.objects.bulk_create(
        Invitation(
            email=f"{key}@demo.example",
            name=name,
            customer=customers.get(where),
            partner=customers[where].partner if where in customers else partners[where],
            role=role,
            invited_by=people[by],
            token_digest=f"none-{key}",
            created_at=now - ago,
            last_sent_at=now - ago,
            expires_at=now - ago + VALID_FOR,
        )
        for key, name, where, role, by, ago in INVITED
    )

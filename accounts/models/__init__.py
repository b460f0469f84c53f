"""Who: people, partners, their customers, who belongs to which, who is invited, and the mails to them."""

from accounts.models.invitations import (
    UNANSWERED,
    Invitation,
    InvitationQuerySet,
)
from accounts.models.mails import (
    OutgoingMail,
)
from accounts.models.people import (
    Affiliation,
    Customer,
    CustomerMembership,
    CustomerMembershipQuerySet,
    CustomerQuerySet,
    FormerMember,
    Partner,
    PartnerHoliday,
    PartnerHolidayQuerySet,
    PartnerMembership,
    PartnerMembershipQuerySet,
    PartnerQuerySet,
    User,
    UserManager,
    Weekday,
    within_reach_of,
)

__all__ = [
    "UNANSWERED",
    "Affiliation",
    "Customer",
    "CustomerMembership",
    "CustomerMembershipQuerySet",
    "CustomerQuerySet",
    "FormerMember",
    "Invitation",
    "InvitationQuerySet",
    "OutgoingMail",
    "Partner",
    "PartnerHoliday",
    "PartnerHolidayQuerySet",
    "PartnerMembership",
    "PartnerMembershipQuerySet",
    "PartnerQuerySet",
    "User",
    "UserManager",
    "Weekday",
    "within_reach_of",
]

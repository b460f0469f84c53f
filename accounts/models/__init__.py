"""Who: people, partners, their customers, who belongs to which, who is invited, and the mails to them."""

from accounts.models.invitations import (
    UNANSWERED,
    Invitation,
    InvitationQuerySet,
)
from accounts.models.mails import (
    TEXTS_OF_FAILED_MAILS_STAY,
    Delivery,
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
    "TEXTS_OF_FAILED_MAILS_STAY",
    "UNANSWERED",
    "Affiliation",
    "Customer",
    "CustomerMembership",
    "CustomerMembershipQuerySet",
    "CustomerQuerySet",
    "Delivery",
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

"""What each role means, in a sentence: for forms, pages and mails."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, CustomerMembership, Partner, PartnerMembership

MEANS: dict[str, Promise] = {
    CustomerMembership.Role.VIEWER: _("Sees subscriptions and requests. Cannot ask for anything."),
    CustomerMembership.Role.REQUESTER: _("Also asks the partner to buy and to cancel, and withdraws requests."),
    CustomerMembership.Role.ADMIN: _("Also invites colleagues, changes their roles and removes them."),
    PartnerMembership.Role.AGENT: _("Works the requests of your customers. Reads customers and subscriptions."),
    PartnerMembership.Role.MANAGER: _("Also edits customers, subscriptions and offers, and invites people."),
}
"""Each role in the words of whoever gives it."""

YOU_MAY: dict[str, Promise] = {
    CustomerMembership.Role.VIEWER: _(
        "You will see subscriptions and requests, and links to Microsoft's admin centers."
    ),
    CustomerMembership.Role.REQUESTER: _("You will see subscriptions, and ask the partner to buy and to cancel."),
    CustomerMembership.Role.ADMIN: _(
        "You will see subscriptions, ask the partner to buy and to cancel, and invite your colleagues."
    ),
    PartnerMembership.Role.AGENT: _("You will work what customers ask for."),
    PartnerMembership.Role.MANAGER: _("You will work what customers ask for, look after them, and invite people."),
}
"""Each role in the words for whoever gets it."""


def roles_at(organisation: Customer | Partner) -> type[CustomerMembership.Role] | type[PartnerMembership.Role]:
    """Return the roles that people have at such an organisation, the smallest first."""
    return CustomerMembership.Role if isinstance(organisation, Customer) else PartnerMembership.Role


def label_of(organisation: Customer | Partner, role: str) -> str:
    """Return the name of a role at ``organisation`` in the active language."""
    return str(roles_at(organisation)(role).label)

"""Who is asked to belong to an organisation."""

import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models.people import Customer, CustomerMembership, Partner, PartnerMembership, User
from portal.lib.languages import languages
from portal.lib.plain_names import validate_plain_name


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, user: User) -> Self:
        """Return the invitations to organisations that ``user`` may know of: a customer's own people see the customer's,
        a partner's people their own and their customers', staff those of partners."""
        if not user.is_active:
            return self.none()
        if user.is_superuser:
            return self
        partners = PartnerMembership.objects.visible_to(user).values("partner_id")
        of_partners = Q(customer=None) if user.is_staff else Q(customer=None, partner_id__in=partners)
        return self.filter(of_partners | Q(customer__in=Customer.objects.visible_to(user)))

    def unanswered(self) -> Self:
        """Return those that were neither accepted nor withdrawn, expired ones included."""
        return self.filter(accepted_at=None, revoked_at=None)

    def to(self, organisation: Customer | Partner) -> Self:
        """Return the invitations to this customer, or to this partner's own team."""
        if isinstance(organisation, Customer):
            return self.filter(customer=organisation)
        return self.filter(partner=organisation, customer=None)


UNANSWERED = Q(accepted_at=None, revoked_at=None)


class Invitation(models.Model):
    """Somebody is asked to belong to an organisation: to ``customer`` or, where that is empty, to ``partner`` itself.

    ``partner`` is filled in both cases. The link in the mail carries a token of which only the digest is kept.
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("invitation", "open")
        EXPIRED = "expired", pgettext_lazy("invitation", "expired")
        ACCEPTED = "accepted", pgettext_lazy("invitation", "accepted")
        REVOKED = "revoked", pgettext_lazy("invitation", "withdrawn")

    email = models.EmailField(_("e-mail address"))
    name = models.CharField(
        pgettext_lazy("person", "name"), max_length=150, blank=True, validators=[validate_plain_name]
    )
    language = models.CharField(_("language"), max_length=10, blank=True, choices=languages)
    partner = models.ForeignKey(
        Partner, verbose_name=_("partner"), on_delete=models.CASCADE, related_name="invitations"
    )
    customer = models.ForeignKey(
        Customer,
        verbose_name=_("customer"),
        on_delete=models.CASCADE,
        related_name="invitations",
        null=True,
        blank=True,
    )
    role = models.CharField(_("role"), max_length=20)
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(
        User, verbose_name=_("invited by"), on_delete=models.SET_NULL, null=True, related_name="sent_invitations"
    )
    created_at = models.DateTimeField(_("invited on"))
    expires_at = models.DateTimeField(_("expires on"))
    last_sent_at = models.DateTimeField(_("sent last"))
    times_sent = models.PositiveSmallIntegerField(_("times sent"), default=1)
    accepted_at = models.DateTimeField(_("accepted on"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        User,
        verbose_name=_("accepted by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="accepted_invitations",
    )
    revoked_at = models.DateTimeField(_("withdrawn on"), null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "email"],
                condition=UNANSWERED & Q(customer__isnull=False),
                name="accounts_invitation_once_customer",
            ),
            models.UniqueConstraint(
                fields=["partner", "email"],
                condition=UNANSWERED & Q(customer__isnull=True),
                name="accounts_invitation_once_partner",
            ),
            models.CheckConstraint(
                condition=Q(customer__isnull=False, role__in=CustomerMembership.Role.values)
                | Q(customer__isnull=True, role__in=PartnerMembership.Role.values),
                name="accounts_invitation_role_fits",
            ),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="accounts_invitation_email_lower"),
            models.CheckConstraint(
                condition=Q(accepted_at=None) | Q(revoked_at=None), name="accounts_invitation_one_answer"
            ),
        ]
        indexes = [
            models.Index(
                fields=["customer", "-created_at", "-id"], condition=UNANSWERED, name="accounts_invitation_waiting"
            ),
            models.Index(fields=["partner", "-created_at", "-id"], name="accounts_invitation_desk"),
        ]

    def __str__(self) -> str:
        return f"{self.email} · {self.get_role_display()}"

    @property
    def organisation(self) -> Customer | Partner:
        """What the person is to belong to."""
        return self.customer or self.partner

    def get_role_display(self) -> str:
        roles = CustomerMembership.Role if self.customer_id else PartnerMembership.Role
        return str(roles(self.role).label)

    def state(self, now: datetime.datetime) -> State:
        """Return where the invitation stands at ``now``; at the very moment of ``expires_at`` it has expired."""
        if self.accepted_at:
            return self.State.ACCEPTED
        if self.revoked_at and self.revoked_at < self.expires_at:
            return self.State.REVOKED
        return self.State.OPEN if now < self.expires_at and not self.revoked_at else self.State.EXPIRED

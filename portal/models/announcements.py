"""News for customers: what it says, for whom it is, and who has read it."""

import datetime
from collections.abc import Set
from typing import Any, Self
from urllib.parse import urlsplit

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, Exists, F, FilteredRelation, OuterRef, Q, Value, When
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, CustomerMembership, Partner, PartnerMembership, User
from portal.lib.clouds import Cloud, Service
from portal.lib.links import validate_address
from portal.lib.translated import TranslatedField
from portal.models.publishing import Published, PublishedQuerySet
from requests_app.models import Subscription


class Level(models.TextChoices):
    """How much an announcement presses. An urgent one stands on every page until its reader has had enough of it."""

    INFORMATION = "information", _("Information")
    WARNING = "warning", _("Warning")
    URGENT = "urgent", _("Urgent")


class AnnouncementQuerySet(PublishedQuerySet["Announcement"]):
    """Who reads what. ``Announcement.audience`` says the same from the other side."""

    def visible_to(self, user: User) -> Self:
        """Return what is meant for everybody, and what is meant for an organisation of ``user``'s; staff see all."""
        if not user.is_active:
            return self.none()
        if user.is_staff or user.is_superuser:
            return self
        own = CustomerMembership.objects.filter(user=user)
        works_for = PartnerMembership.objects.filter(user=user).values("partner_id")
        buys_from = own.values("customer__partner_id")
        of_the_site = Q(partners=[]) | Q(partners__overlap=works_for) | Q(partners__overlap=buys_from)
        of_a_partner = Q(customers=[]) | Q(customers__overlap=own.values("customer_id"))
        return self.filter(
            Q(partner=None) & of_the_site | Q(partner__in=works_for) | Q(partner__in=buys_from) & of_a_partner
        )

    def for_customer(self, customer: Customer, now: datetime.datetime) -> Self:
        """Return what the customer's people read at ``now``."""
        running = Subscription.objects.running().filter(customer=customer)
        owned = running.filter(product__services__overlap=OuterRef("services"))
        return self.current(now).addressed_to(
            customer.partner_id, customer.cloud, Exists(owned), Q(customers__contains=[customer.pk])
        )

    def for_made_up(self, partner_id: int | None, cloud: str, services: Set[str]) -> Self:
        """Return what a customer would read who is made up, in whichever state it is: every chosen one is them."""
        return self.addressed_to(partner_id, cloud, Q(services__overlap=sorted(services)), ~Q(customers=[]))

    def addressed_to(self, partner_id: int | None, cloud: str, owns: Exists | Q, is_chosen: Q) -> Self:
        """Return what is for a customer of the partner (None: of any) in ``cloud``. Every restriction has to fit.

        ``owns``: they own one of the services that it is about. ``is_chosen``: they are one of the chosen customers.
        """
        its_partner = Q(partner=partner_id) | Q(partner=None, partners__contains=[partner_id])
        return self.filter(
            Q(partner=None, partners=[]) | (its_partner if partner_id else Q(pk__in=[])),
            Q(customers=[]) | is_chosen,
            Q(clouds=[]) | Q(clouds__contains=[cloud]),
            Q(to_owners_only=False) | Q(owns),
        )

    def as_read_by(self, user: User) -> Self:
        """Add when ``user`` read and hid each, None where they have not, and ``is_read`` as 0 or 1, for ordering."""
        return self.annotate(mine=FilteredRelation("reads", condition=Q(reads__user=user))).annotate(
            read_at=F("mine__read_at"),
            dismissed_at=F("mine__dismissed_at"),
            is_read=Case(
                When(mine__read_at__isnull=False, then=Value(1)), default=Value(0), output_field=models.IntegerField()
            ),
        )

    def unread(self) -> Self:
        """Return what has not been read; after :meth:`as_read_by`."""
        return self.filter(is_read=0)


class Announcement(Published):  # type: ignore[django-manager-missing]  # of its history, made by a function
    """A message to customers. Staff write to those of all partners or of chosen ones, a partner's managers to its own.

    The audience is columns of the row, not tables beside it: a version of its history is whole, and no deleted row
    elsewhere can ever widen it. A key of somebody who is gone matches nobody.
    """

    partner = models.ForeignKey(
        Partner,
        verbose_name=_("partner"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Whose customers get it. Empty: those of all partners."),
    )
    title = TranslatedField(_("title"), text_max_length=120)
    body = TranslatedField(
        _("text"),
        text_max_length=4000,
        multiline=True,
        blank=True,
        help_text=_("What happens, what it means for the reader, and what they should do."),
    )
    level = models.CharField(
        _("level"),
        max_length=20,
        choices=Level,
        default=Level.INFORMATION,
        help_text=_("An urgent one stands at the top of every page until its reader has read or hidden it."),
    )
    services = ArrayField(
        models.CharField(max_length=30, choices=Service),
        verbose_name=_("services"),
        default=list,
        blank=True,
        help_text=_("What it is about: readers see it beside the title."),
    )
    address = models.CharField(
        _("address"),
        max_length=300,
        blank=True,
        validators=[validate_address],
        help_text=_("Where there is more to read."),
    )
    happens_from = models.DateTimeField(
        _("happens from"), null=True, blank=True, help_text=_("When what it tells of takes place, in your time zone.")
    )
    happens_until = models.DateTimeField(
        _("happens until"), null=True, blank=True, help_text=_("Empty: nobody knows yet, or it is but a moment.")
    )
    clouds = ArrayField(
        models.CharField(max_length=20, choices=Cloud),
        verbose_name=_("clouds"),
        default=list,
        blank=True,
        help_text=_("None: customers of each cloud."),
    )
    to_owners_only = models.BooleanField(
        _("only for customers who own one of the services"),
        default=False,
        help_text=_("Those with a running subscription to one of the services that are ticked above."),
    )
    customers = ArrayField(
        models.BigIntegerField(),
        verbose_name=_("customers"),
        default=list,
        blank=True,
        help_text=_("None: all of the partner's."),
    )
    partners = ArrayField(
        models.BigIntegerField(),
        verbose_name=_("partners"),
        default=list,
        blank=True,
        help_text=_("Whose customers get it. None: those of each partner."),
    )
    by_mail = models.BooleanField(
        _("also by mail"),
        default=False,
        help_text=_("Once, when it is published, to everybody at the customers who get it. For urgent ones."),
    )
    mailed_at = models.DateTimeField(_("mailed at"), null=True, blank=True, editable=False)
    note = models.CharField(
        _("note"), max_length=400, blank=True, help_text=_("For who keeps this: what is not sure, what was decided.")
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AnnouncementQuerySet.as_manager()

    read_at: datetime.datetime | None
    dismissed_at: datetime.datetime | None
    is_read: int

    class Meta(Published.Meta):
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["id"], condition=Q(by_mail=True, mailed_at=None), name="portal_announcement_to_mail")
        ]
        constraints = [
            *Published.Meta.constraints,
            models.CheckConstraint(
                condition=Q(is_draft=True) | Q(publish_from__isnull=False),
                name="portal_announcement_is_published_at",
                violation_error_message=_("Say from when on it is published."),
            ),
            models.CheckConstraint(
                condition=Q(happens_until__gt=F("happens_from")),  # unknown, and so allowed, where one is empty
                name="portal_announcement_happens_forwards",
                violation_error_message=_(
                    "What it tells of would end before it begins. Look at the two moments of happening."
                ),
            ),
            models.CheckConstraint(
                condition=Q(partner=None, customers=[]) | Q(partner__isnull=False, partners=[]),
                name="portal_announcement_audience",
                violation_error_message=_(
                    "Customers are chosen in a partner's announcement, partners in one of the site."
                ),
            ),
            models.CheckConstraint(
                condition=Q(to_owners_only=False) | ~Q(services=[]),
                name="portal_announcement_owners_of_what",
                violation_error_message=_("Tick the services whose owners get it."),
            ),
            models.CheckConstraint(
                condition=Q(by_mail=False) | Q(level=Level.URGENT),
                name="portal_announcement_mail_is_urgent",
                violation_error_message=_("Only an urgent announcement goes out by mail."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.title)

    def get_absolute_url(self) -> str:
        return reverse("message", args=[self.pk])

    @property
    def has_text(self) -> bool:
        """Whether there is more to read than the title."""
        return any(self.body.values())

    @property
    def host(self) -> str:
        """The computer that ``address`` leads to, as a reader knows it."""
        return urlsplit(self.address).hostname or ""

    @property
    def is_urgent(self) -> bool:
        return self.level == Level.URGENT

    @property
    def service_labels(self) -> list[str]:
        return [str(Service(service).label) for service in self.services]

    def audience(self) -> "models.QuerySet[Customer]":
        """Return the customers whose people read it while it is published: those it is ``for_customer`` of."""
        customers: models.QuerySet[Any] = Customer.objects.all()
        if self.partner_id:
            customers = customers.filter(partner=self.partner_id)
        if self.partners:
            customers = customers.filter(partner__in=self.partners)
        if self.customers:
            customers = customers.filter(pk__in=self.customers)
        if self.clouds:
            customers = customers.filter(cloud__in=self.clouds)
        if self.to_owners_only:
            running = Subscription.objects.running().filter(product__services__overlap=self.services)
            customers = customers.filter(Exists(running.filter(customer=OuterRef("pk"))))
        return customers


class AnnouncementRead(models.Model):
    """What one person has done about an announcement: read it, hidden its banner, or both."""

    announcement = models.ForeignKey(
        Announcement,
        on_delete=models.DO_NOTHING,  # the database deletes it: nobody sees others' rows, so Django could not
        db_constraint=False,
        related_name="reads",
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    read_at = models.DateTimeField(null=True, blank=True)
    dismissed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("read announcement")
        verbose_name_plural = _("read announcements")
        constraints = [
            models.UniqueConstraint(fields=["announcement", "user"], name="portal_announcementread_once"),
            models.CheckConstraint(
                condition=Q(read_at__isnull=False) | Q(dismissed_at__isnull=False), name="portal_announcementread_did"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.announcement_id} · {self.user_id}"

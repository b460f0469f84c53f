"""Where a link or a resource leads in each cloud, and how sure that is."""

import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import Capability, can, partners_where
from portal.lib.clouds import Cloud
from portal.lib.links import validate_link_template
from requests_app.models import Confidence

VERIFIED_FOR = datetime.timedelta(days=180)
"""How long a look at an address holds; then it is due again."""

TENANT = "{tenant}"
"""Stands for the tenant prefix of the customer who opens the address."""


class CheckResult(models.TextChoices):
    """What a program found that went to look; it says nothing of what stands on the page."""

    OPENS = "opens", _("opens")
    SIGN_IN = "sign_in", _("asks to sign in")
    MOVED = "moved", _("leads to another address")
    GONE = "gone", _("there is no such page")
    TIMEOUT = "timeout", _("no answer in time")
    UNREACHABLE = "unreachable", _("cannot be reached")


FOUND_SOMETHING = (CheckResult.MOVED, CheckResult.GONE, CheckResult.TIMEOUT, CheckResult.UNREACHABLE)
"""What an editor should look into. That a page asks to sign in is how most of Microsoft's answer."""


class CheckReason(models.TextChoices):
    """Why an address cannot be reached, where it is not the status of an answer."""

    NAME = "name", _("its name is not known (DNS)")
    PRIVATE = "private", _("it leads into a private network")
    CONNECTION = "connection", _("there is no connection")
    CERTIFICATE = "certificate", _("its certificate does not hold (TLS)")
    ANSWER = "answer", _("the answer makes no sense")
    REDIRECTS = "redirects", _("it leads on and on")
    INSECURE = "insecure", _("it leads to an address without https")


class ContentAddressQuerySet(models.QuerySet["ContentAddress"]):
    def due(self, today: datetime.date) -> Self:
        """Return those that nobody has verified, or not within ``VERIFIED_FOR`` before ``today``."""
        return self.filter(Q(verified_on=None) | Q(verified_on__lte=today - VERIFIED_FOR))

    def kept_by(self, user: User) -> Self:
        """Return those of what ``user`` keeps: staff what is for all customers, a partner's managers what is its own."""
        partners = partners_where(user, Capability.MANAGE_OWN_CONTENT)
        if partners is None:
            return self
        kept = Q(link__partner__in=partners) | Q(resource__partner__in=partners)
        if can(user, Capability.MANAGE_CONTENT):
            kept |= Q(link__isnull=False, link__partner=None) | Q(resource__isnull=False, resource__partner=None)
        return self.filter(kept)


class ContentAddress(models.Model):  # type: ignore[django-manager-missing]  # of its history, made by a function
    """The address of one link or resource in one cloud. A cloud without a row is one where it leads nowhere."""

    link = models.ForeignKey(
        "portal.SelfServiceLink",
        verbose_name=_("self-service link"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="addresses",
    )
    resource = models.ForeignKey(
        "portal.SupportResource",
        verbose_name=_("support resource"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="addresses",
    )
    cloud = models.CharField(_("cloud"), max_length=20, choices=Cloud)
    address = models.CharField(_("address"), max_length=300, validators=[validate_link_template])
    source = models.CharField(_("source"), max_length=400, blank=True, help_text=_("Where the address was read."))
    confidence = models.CharField(_("confidence"), max_length=1, choices=Confidence, default=Confidence.MEDIUM)
    verified_on = models.DateField(_("verified on"), null=True, blank=True)
    checked_at = models.DateTimeField(_("checked by the site at"), null=True, blank=True, editable=False)
    check_result = models.CharField(
        _("found by the check"), max_length=20, choices=CheckResult, blank=True, editable=False
    )
    check_reason = models.CharField(
        _("why it cannot be reached"), max_length=20, choices=CheckReason, blank=True, editable=False
    )
    check_status = models.PositiveSmallIntegerField(_("status of the answer"), null=True, blank=True, editable=False)
    leads_to = models.CharField(_("leads to"), max_length=1000, blank=True, editable=False)

    objects = ContentAddressQuerySet.as_manager()

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(link=None, resource__isnull=False) | Q(link__isnull=False, resource=None),
                name="portal_address_of_one",
            ),
            models.UniqueConstraint(fields=["link", "cloud"], name="portal_address_once_a_link"),
            models.UniqueConstraint(fields=["resource", "cloud"], name="portal_address_once_a_resource"),
            models.CheckConstraint(
                condition=Q(checked_at=None, check_result="") | (Q(checked_at__isnull=False) & ~Q(check_result="")),
                name="portal_address_check_says_what",
            ),
            models.CheckConstraint(
                condition=Q(leads_to="") | Q(check_result=CheckResult.MOVED),
                name="portal_address_leads_on_where_it_moved",
            ),
            models.CheckConstraint(
                condition=Q(check_reason="", check_status=None) | ~Q(check_result=""),
                name="portal_address_unchecked_says_nothing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_cloud_display()}: {self.address}"

    def is_due(self, today: datetime.date) -> bool:
        """Whether somebody should look at it again, as :meth:`ContentAddressQuerySet.due` finds it."""
        return self.verified_on is None or self.verified_on <= today - VERIFIED_FOR

    @property
    def content(self) -> Any:
        """The link or the resource that it belongs to."""
        return self.link or self.resource

    @property
    def needs_tenant(self) -> bool:
        """Whether it leads somewhere only with a customer's tenant prefix."""
        return TENANT in self.address

    @property
    def place_in_page(self) -> str:
        """What stands behind the # of the address: a browser alone knows whether it is there."""
        return self.address.partition("#")[2]

    def forget_check(self) -> None:
        """Take back what a check has found, without saving: it was about another address."""
        self.checked_at, self.check_result = None, ""
        self.check_reason, self.check_status, self.leads_to = "", None, ""

"""What customers can do themselves, and where; and what may answer them before they ask."""

from collections.abc import Set
from typing import Self
from urllib.parse import urlsplit

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from portal.lib.clouds import Cloud, Service
from portal.lib.links import validate_link_template
from portal.lib.translated import TranslatedField
from requests_app.models import Kind


class LinkCategory(models.TextChoices):
    """What one wants to do with a link."""

    ADMINISTER = "administer", _("Administer your services")
    CONFIGURE = "configure", _("Set up a service")
    MESSAGES = "messages", _("Read Microsoft's messages")
    HEALTH = "health", _("Check service health")
    HELP = "help", _("Get help from Microsoft")


class Content(models.Model):
    """What staff keep for customers to read: it has a key, an address for each cloud, and a date of its last check."""

    key = models.SlugField(_("key"), max_length=60, unique=True, help_text=_("Stays the same when texts change."))
    address_commercial = models.CharField(
        _("address, commercial"), max_length=300, blank=True, validators=[validate_link_template]
    )
    address_gcc = models.CharField(_("address, GCC"), max_length=300, blank=True, validators=[validate_link_template])
    address_gcc_high = models.CharField(
        _("address, GCC High"), max_length=300, blank=True, validators=[validate_link_template]
    )
    address_dod = models.CharField(_("address, DoD"), max_length=300, blank=True, validators=[validate_link_template])
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_published = models.BooleanField(_("published"), default=True)
    verified_on = models.DateField(_("verified on"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=250, blank=True, help_text=_("Where the addresses come from."))

    address: str = ""

    class Meta:
        abstract = True

    def address_in(self, cloud: str) -> str:
        """Return the address in ``cloud`` as staff wrote it, its placeholder included; empty when there is none."""
        template: str = getattr(self, f"address_{Cloud(cloud)}")
        return template

    def address_for(self, customer: Customer) -> str:
        """Return the address in the customer's cloud, with their tenant prefix filled in; empty when there is none."""
        template = self.address_in(customer.cloud)
        if "{tenant}" in template and not customer.tenant_prefix:
            return ""
        return template.replace("{tenant}", customer.tenant_prefix)


# --- Links -----------------------------------------------------------------------------------------------------


class SelfServiceLinkQuerySet(models.QuerySet["SelfServiceLink"]):
    def for_customer(self, customer: Customer) -> list["SelfServiceLink"]:
        """Return the published links that lead somewhere in the customer's cloud, each with its ``address`` set.

        A link without an address for the cloud, or one that needs a tenant prefix the customer has none of, is
        left out.
        """
        links: list[SelfServiceLink] = []
        for link in self.filter(is_published=True):
            link.address = link.address_for(customer)
            if link.address:
                links.append(link)
        return links


class SelfServiceLink(Content):
    """A page of Microsoft's where customers manage their own services; it has one address for each cloud."""

    title = TranslatedField(_("title"), text_max_length=100)
    description = TranslatedField(
        _("description"),
        text_max_length=250,
        blank=True,
        help_text=_("What one does there, in one sentence."),
    )
    category = models.CharField(_("category"), max_length=20, choices=LinkCategory)
    service = models.CharField(
        _("service"),
        max_length=30,
        choices=Service,
        blank=True,
        help_text=_("Customers who own the service see the link first."),
    )

    objects = SelfServiceLinkQuerySet.as_manager()

    is_owned: bool = False

    class Meta:
        verbose_name = _("self-service link")
        verbose_name_plural = _("self-service links")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return str(self.title)


# --- Help before asking ----------------------------------------------------------------------------------------


class SupportResourceQuerySet(models.QuerySet["SupportResource"]):
    def published(self) -> Self:
        """Return those that customers may read."""
        return self.filter(is_published=True)

    def before_asking(self, kind: str, services: Set[str]) -> Self:
        """Return the published resources that belong before a request of ``kind`` about any of ``services``.

        One that names no kind, or no service, belongs before each.
        """
        return self.published().filter(
            Q(kinds=[]) | Q(kinds__contains=[kind]), Q(services=[]) | Q(services__overlap=sorted(services))
        )


class SupportResource(Content):
    """What may answer a customer before they ask their partner: a text, a page of Microsoft's, or both."""

    title = TranslatedField(_("title"), text_max_length=100)
    summary = TranslatedField(
        _("summary"),
        text_max_length=250,
        help_text=_("One sentence that says what is to be found here: it stands under the title."),
    )
    body = TranslatedField(
        _("text"),
        text_max_length=4000,
        multiline=True,
        blank=True,
        help_text=_("Plain text; an empty line begins a paragraph. Without one the resource is only its link."),
    )
    services = ArrayField(
        models.CharField(max_length=30, choices=Service),
        verbose_name=_("services"),
        default=list,
        blank=True,
        help_text=_("What it is about. None: about all of them."),
    )
    kinds = ArrayField(
        models.CharField(max_length=20, choices=Kind),
        verbose_name=_("before which requests"),
        default=list,
        blank=True,
        help_text=_("None: before each."),
    )

    objects = SupportResourceQuerySet.as_manager()

    is_read: bool = False

    class Meta:
        verbose_name = _("support resource")
        verbose_name_plural = _("support resources")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return str(self.title)

    def get_absolute_url(self) -> str:
        return reverse("help_page", args=[self.key])

    @property
    def has_text(self) -> bool:
        """Whether there is something to read here; without it the resource is only a link."""
        return any(self.body.values())

    @property
    def host(self) -> str:
        """The computer that ``address`` leads to, as a reader knows it."""
        return urlsplit(self.address).hostname or ""

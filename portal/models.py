"""The site's content: what customers can do themselves, and where."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from portal.lib.clouds import Cloud, Service
from portal.lib.links import validate_link_template
from portal.lib.translated import TranslatedField


class LinkCategory(models.TextChoices):
    """What one wants to do with a link."""

    ADMINISTER = "administer", _("Administer your services")
    CONFIGURE = "configure", _("Set up a service")
    MESSAGES = "messages", _("Read Microsoft's messages")
    HEALTH = "health", _("Check service health")
    HELP = "help", _("Get help from Microsoft")


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


class SelfServiceLink(models.Model):
    """A page of Microsoft's where customers manage their own services; it has one address for each cloud."""

    key = models.SlugField(_("key"), max_length=60, unique=True, help_text=_("Stays the same when texts change."))
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

    objects = SelfServiceLinkQuerySet.as_manager()

    address: str = ""
    is_owned: bool = False

    class Meta:
        verbose_name = _("self-service link")
        verbose_name_plural = _("self-service links")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return str(self.title)

    def address_for(self, customer: Customer) -> str:
        """Return the address in the customer's cloud, with their tenant prefix filled in; empty when there is none."""
        template: str = getattr(self, f"address_{Cloud(customer.cloud)}")
        if "{tenant}" in template and not customer.tenant_prefix:
            return ""
        return template.replace("{tenant}", customer.tenant_prefix)

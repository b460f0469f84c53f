"""What can be bought: products of Microsoft's, and a partner's offers of them."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Partner, PartnerMembership, User
from portal.lib.clouds import Cloud, Service
from portal.lib.translated import TranslatedField


class TermDuration(models.TextChoices):
    """How long a subscription is committed to; Partner Center's ``termDuration``, an ISO 8601 duration."""

    P1M = "P1M", _("1 month")
    P1Y = "P1Y", _("1 year")
    P3Y = "P3Y", _("3 years")


class BillingCycle(models.TextChoices):
    """How often a subscription is billed; Partner Center's ``billingCycle``."""

    MONTHLY = "monthly", _("monthly")
    ANNUAL = "annual", _("yearly")
    TRIENNIAL = "triennial", _("every 3 years")
    ONE_TIME = "one_time", _("once")
    NONE = "none", _("not billed")


class ProductCategory(models.TextChoices):
    """Where a product stands in the catalogue."""

    PRODUCTIVITY = "productivity", _("Productivity")
    SECURITY = "security", _("Security and identity")
    COMMUNICATION = "communication", _("Communication")
    BUSINESS_APPS = "business_apps", _("Business applications")
    DATA = "data", _("Data and analytics")
    INFRASTRUCTURE = "infrastructure", _("Infrastructure")


class ProductType(models.TextChoices):
    """What kind of thing a product is; its cancellation rules follow from it (see ``requests_app.policy``)."""

    LICENSE_BASED = "license_based", _("License-based subscription")
    SOFTWARE_SUBSCRIPTION = "software_subscription", _("Software subscription")
    PERPETUAL_SOFTWARE = "perpetual_software", _("Perpetual software")
    MARKETPLACE_SAAS = "marketplace_saas", _("Marketplace SaaS")
    BUSINESS_CENTRAL = "business_central", _("Dynamics 365 Business Central")
    AZURE_USAGE = "azure_usage", _("Azure, billed by usage")


class Product(models.Model):
    """A product of Microsoft's. Staff keep in which clouds it is sold; nothing in the code assumes it."""

    name = TranslatedField(_("name"), text_max_length=150)
    description = TranslatedField(_("description"), text_max_length=400, multiline=True, blank=True)
    catalog_item_id = models.CharField(
        _("catalog item ID"), max_length=100, unique=True, help_text=_("Partner Center's product and SKU.")
    )
    category = models.CharField(_("category"), max_length=30, choices=ProductCategory)
    product_type = models.CharField(
        _("product type"), max_length=30, choices=ProductType, default=ProductType.LICENSE_BASED
    )
    services = ArrayField(
        models.CharField(max_length=30, choices=Service),
        verbose_name=_("services in it"),
        default=list,
        blank=True,
    )
    clouds = ArrayField(models.CharField(max_length=20, choices=Cloud), verbose_name=_("sold in"), default=list)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["category", "catalog_item_id"]

    def __str__(self) -> str:
        return str(self.name)


class OfferQuerySet(models.QuerySet["Offer"]):
    def visible_to(self, user: User) -> Self:
        """Return the offers of the partners that ``user`` works for or buys from; superusers see all."""
        if not user.is_active:
            return self.none()
        if user.is_superuser:
            return self
        works_for = PartnerMembership.objects.filter(user=user).values("partner_id")
        buys_from = Customer.objects.visible_to(user).values("partner_id")
        return self.filter(Q(partner_id__in=works_for) | Q(partner_id__in=buys_from))

    def available_to(self, customer: Customer) -> Self:
        """Return what ``customer`` can ask to buy today: active, of their partner, sold in their cloud."""
        return self.filter(
            partner_id=customer.partner_id, is_active=True, product__clouds__contains=[customer.cloud]
        ).select_related("product")


class Offer(models.Model):
    """A partner sells a product on a term with a billing cycle at a price for each seat."""

    partner = models.ForeignKey(Partner, verbose_name=_("partner"), on_delete=models.PROTECT, related_name="offers")
    product = models.ForeignKey(Product, verbose_name=_("product"), on_delete=models.PROTECT, related_name="offers")
    term_duration = models.CharField(_("term"), max_length=3, choices=TermDuration, default=TermDuration.P1Y)
    billing_cycle = models.CharField(
        _("billing cycle"), max_length=10, choices=BillingCycle, default=BillingCycle.MONTHLY
    )
    unit_price = models.DecimalField(
        _("price per seat"),
        max_digits=12,
        decimal_places=2,
        validators=[MinValueValidator(0)],
        help_text=_("For one billing cycle."),
    )
    currency = models.CharField(_("currency"), max_length=3, default="TWD", help_text=_("Three letters, such as TWD."))
    is_active = models.BooleanField(_("on sale"), default=True)

    objects = OfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        ordering = ["product__category", "product__catalog_item_id", "term_duration", "billing_cycle", "pk"]
        constraints = [
            # What lines refer to: they have its partner and its product.
            models.UniqueConstraint(fields=["id", "partner", "product"], name="requests_app_offer_partner"),
            models.UniqueConstraint(
                fields=["partner", "product", "term_duration", "billing_cycle", "currency"],
                name="requests_app_offer_once",
                violation_error_message=_("There is an offer with this term, billing cycle and currency already."),
            ),
            models.CheckConstraint(
                condition=Q(unit_price__gte=0),
                name="requests_app_offer_price",
                violation_error_message=_("A price cannot be negative."),
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"),
                name="requests_app_offer_currency",
                violation_error_message=_("A currency is three capital letters, such as TWD or USD."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} · {self.get_term_duration_display()} · {self.get_billing_cycle_display()}"

"""What customers can do themselves, and where; and what may answer them before they ask."""

import datetime
from collections.abc import Set
from typing import TYPE_CHECKING, Any, ClassVar, Self
from urllib.parse import urlsplit

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, FilteredRelation, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Partner, User
from portal.lib.clouds import Service
from portal.lib.translated import TranslatedField
from portal.models.publishing import Published, PublishedQuerySet
from requests_app.models import Kind

if TYPE_CHECKING:
    from portal.content.articles import Article


class LinkCategory(models.TextChoices):
    """What one wants to do with a link."""

    ADMINISTER = "administer", _("Administer your services")
    CONFIGURE = "configure", _("Set up a service")
    MESSAGES = "messages", _("Read Microsoft's messages")
    HEALTH = "health", _("Check service health")
    HELP = "help", _("Get help from Microsoft")


class ContentQuerySet[Model: "Content"](PublishedQuerySet[Model]):
    """What is kept for customers, as one of them meets it."""

    def visible_to(self, user: User) -> Self:
        """Return what is for all customers, and what is of a partner that ``user`` may know of."""
        return self.filter(Q(partner=None) | Q(partner__in=Partner.objects.visible_to(user)))

    def of_partner(self, partner_id: int) -> Self:
        """Return what the partner's customers may read: what is for all, and what is for them."""
        return self.filter(Q(partner=None) | Q(partner=partner_id))

    def in_cloud(self, cloud: str) -> Self:
        """Add to each row its ``template`` in ``cloud`` and the day that was verified, both None where it leads nowhere.

        It costs no further statement: a row has one address in a cloud at most.
        """
        here = FilteredRelation("addresses", condition=Q(addresses__cloud=cloud))
        return self.annotate(here=here).annotate(
            template=F("here__address"), address_verified_on=F("here__verified_on")
        )

    def reaching(self, customer: Customer) -> list[Model]:
        """Return the rows, each with the ``address`` where it leads the customer: empty where it leads nowhere.

        Those of other partners are left out. It does not ask whether they are published. One statement.
        """
        rows = list(self.of_partner(customer.partner_id).in_cloud(customer.cloud))
        for row in rows:
            row.address = filled_in(row.template, customer)
        return rows


class Content(Published):
    """What is kept for customers to read: it has a key, and an address in each cloud where it leads somewhere.

    Staff keep what is for all customers, a partner's managers what is for its own.
    """

    partner = models.ForeignKey(
        Partner,
        verbose_name=_("partner"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Whose customers see it. Empty: those of all partners."),
    )
    key = models.SlugField(_("key"), max_length=60, help_text=_("Stays the same when texts change."))
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    note = models.CharField(
        _("note"), max_length=400, blank=True, help_text=_("For who keeps this: what is not sure, what was decided.")
    )

    addresses: ClassVar[Any]
    address: str = ""
    template: str | None
    address_verified_on: datetime.date | None

    class Meta(Published.Meta):
        abstract = True
        constraints = [
            *Published.Meta.constraints,
            models.UniqueConstraint(
                fields=["partner", "key"],
                name="%(app_label)s_%(class)s_key",
                nulls_distinct=False,
                violation_error_message=_("There is one with this key already."),
            ),
        ]

    def address_in(self, cloud: str) -> str:
        """Return the address in ``cloud`` as it is kept, its placeholder included; empty when there is none."""
        return next((one.address for one in self.addresses.all() if one.cloud == cloud), "")


def filled_in(template: str | None, customer: Customer) -> str:
    """Return an address with the customer's tenant prefix; empty where there is none, or no prefix to fill in."""
    if not template or ("{tenant}" in template and not customer.tenant_prefix):
        return ""
    return template.replace("{tenant}", customer.tenant_prefix)


# --- Links -----------------------------------------------------------------------------------------------------


class SelfServiceLinkQuerySet(ContentQuerySet["SelfServiceLink"]):
    def for_customer(self, customer: Customer, now: datetime.datetime) -> list["SelfServiceLink"]:
        """Return the links published at ``now`` that lead somewhere in the customer's cloud; in one statement.

        A link without an address for the cloud, or one that needs a tenant prefix the customer has none of, is
        left out.
        """
        return [link for link in self.current(now).reaching(customer) if link.address]


class SelfServiceLink(Content):  # type: ignore[django-manager-missing]  # of its history, made by a function
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
    needs_tenant: bool = False

    class Meta(Content.Meta):
        verbose_name = _("self-service link")
        verbose_name_plural = _("self-service links")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return str(self.title)


# --- Help before asking ----------------------------------------------------------------------------------------


class SupportResourceQuerySet(ContentQuerySet["SupportResource"]):
    def before_asking(self, kind: str, services: Set[str]) -> Self:
        """Return the resources that belong before a request of ``kind`` about any of ``services``, drafts included.

        One that names no kind, or no service, belongs before each.
        """
        return self.filter(
            Q(kinds=[]) | Q(kinds__contains=[kind]), Q(services=[]) | Q(services__overlap=sorted(services))
        )


class SupportResource(Content):  # type: ignore[django-manager-missing]  # of its history, made by a function
    """What may answer a customer before they ask their partner: a text, a page of Microsoft's, or both."""

    title = TranslatedField(_("title"), text_max_length=100)
    summary = TranslatedField(
        _("summary"),
        text_max_length=250,
        help_text=_("One sentence that says what is to be found here: it stands under the title."),
    )
    body = TranslatedField(
        _("text"),
        text_max_length=20_000,
        multiline=True,
        blank=True,
        help_text=_("Markdown; an empty line begins a paragraph. Without one the resource is only its link."),
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
    verified_on = models.DateField(
        _("text verified on"),
        null=True,
        blank=True,
        help_text=_("When its facts were last compared with their source."),
    )

    objects = SupportResourceQuerySet.as_manager()

    is_read: bool = False
    is_shown: bool = True
    article: "Article"
    """The text as readers meet it, once ``portal.content.articles.write_out`` has been here."""

    class Meta(Content.Meta):
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

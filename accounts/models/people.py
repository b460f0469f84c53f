"""People, partners, their customers, and who belongs to which: one file, because each asks the others who sees it."""

import datetime
import zoneinfo
from collections.abc import Collection
from typing import Any, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.core.validators import DomainNameValidator, RegexValidator, URLValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.lib.clouds import Cloud
from portal.lib.languages import languages
from portal.lib.plain_names import validate_plain_name
from portal.lib.spoken_languages import in_words, spoken_languages
from portal.lib.stored_column import StoredColumn
from portal.lib.time_zones import known_zone, validate_time_zone


class Weekday(models.IntegerChoices):
    """Days of the week as Python counts them."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


def monday_to_friday() -> list[int]:
    """Return the business days of a partner that has not said otherwise."""
    return [Weekday.MONDAY, Weekday.TUESDAY, Weekday.WEDNESDAY, Weekday.THURSDAY, Weekday.FRIDAY]


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create and return a person; the address is kept in lower case. Without a password nobody can sign in yet."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create and return a person who may do everything."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Signs in by e-mail address; what they may do comes from their memberships and ``is_staff``."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(pgettext_lazy("person", "name"), max_length=150, validators=[validate_plain_name])
    language = models.CharField(
        _("language"),
        max_length=10,
        blank=True,
        choices=languages,
        help_text=_("Mails are written in it. Empty: the same as their browser."),
    )
    last_language = models.CharField(
        max_length=10, blank=True, editable=False, help_text="The site's language at the last sign-in."
    )
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[validate_time_zone], help_text="Asia/Taipei"
    )
    urgent_messages_by_mail = models.BooleanField(
        _("urgent messages by mail"),
        default=True,
        db_default=True,
        help_text=_("They stand in the portal in any case. Mails about your requests are not affected."),
    )
    is_active = models.BooleanField(_("may sign in"), default=True)
    is_staff = models.BooleanField(
        _("staff of the site"), default=False, help_text=_("Looks after content, partners and people.")
    )
    date_joined = models.DateTimeField(_("created"), auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="accounts_user_email_ci",
                violation_error_message=_("Somebody with this e-mail address is here already."),
            )
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def clean(self) -> None:
        super().clean()
        self.email = self.email.strip().lower()

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The person's time zone; UTC where this machine's database does not know the one they chose."""
        return known_zone(self.time_zone)

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


class PartnerQuerySet(models.QuerySet["Partner"]):
    def visible_to(self, user: User) -> Self:
        """Return the partners whose people ``user`` is one of, or whose customers'; staff see all."""
        if not user.is_active:
            return self.none()
        if user.is_staff or user.is_superuser:
            return self
        own = PartnerMembership.objects.filter(user=user).values("partner_id")
        of_customers = CustomerMembership.objects.filter(user=user).values("customer__partner_id")
        return self.filter(Q(pk__in=own) | Q(pk__in=of_customers))


class Partner(models.Model):
    """A Cloud Solution Provider partner: sells the subscriptions and carries the requests out in Partner Center."""

    class Edition(models.TextChoices):
        COMMERCIAL = "commercial", _("Partner Center")
        US_GOVERNMENT = "us_government", _("Partner Center for Microsoft Cloud for US Government")

    name = models.CharField(_("name"), max_length=150, unique=True, validators=[validate_plain_name])
    edition = models.CharField(_("Partner Center edition"), max_length=20, choices=Edition, default=Edition.COMMERCIAL)
    contact_email = models.EmailField(_("contact e-mail"))
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    hours = models.CharField(
        _("hours"), max_length=150, blank=True, help_text=_("When people are there, with the time zone.")
    )
    languages = ArrayField(
        models.CharField(max_length=8, choices=spoken_languages),
        verbose_name=_("languages spoken"),
        default=list,
        db_default=[],
        blank=True,
        help_text=_("In which customers are answered."),
    )
    web_page = models.URLField(_("web page"), blank=True, validators=[URLValidator(schemes=["https", "http"])])
    lead_time_days = models.PositiveSmallIntegerField(
        _("lead time in days"),
        default=0,
        help_text=_("How long before a window closes or a term ends the work has to be done. Moves deadlines forward."),
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        default="UTC",
        db_default="UTC",
        validators=[validate_time_zone],
        help_text="Asia/Taipei",
    )
    business_days = ArrayField(
        models.PositiveSmallIntegerField(choices=Weekday),
        verbose_name=_("business days"),
        default=monday_to_friday,
        db_default=[0, 1, 2, 3, 4],
    )
    opens_at = models.TimeField(_("opens at"), default=datetime.time(9), db_default=datetime.time(9))
    closes_at = models.TimeField(_("closes at"), default=datetime.time(18), db_default=datetime.time(18))
    answer_hours = models.PositiveSmallIntegerField(
        _("promised answer time in business hours"),
        default=18,
        db_default=18,
        help_text=_("Customers are told by when they get an answer; holidays and closed hours do not count."),
    )

    objects = PartnerQuerySet.as_manager()

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(lead_time_days__lte=60),
                name="accounts_partner_lead_time",
                violation_error_message=_("A lead time is at most 60 days."),
            ),
            models.CheckConstraint(
                condition=Q(closes_at__gt=models.F("opens_at")),
                name="accounts_partner_hours",
                violation_error_message=_("A business day cannot close before it opens."),
            ),
            models.CheckConstraint(
                condition=Q(business_days__len__gte=1) & Q(business_days__contained_by=list(range(7))),
                name="accounts_partner_days",
                violation_error_message=_("Choose at least one business day."),
            ),
            models.CheckConstraint(
                condition=Q(answer_hours__gte=1) & Q(answer_hours__lte=400),
                name="accounts_partner_answer",
                violation_error_message=_("An answer is promised within 1 to 400 business hours."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def languages_in_words(self) -> list[str]:
        """The languages spoken, as the reader calls them."""
        return in_words(self.languages)

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The partner's time zone; UTC where this machine's database does not know it."""
        return known_zone(self.time_zone)


class PartnerHolidayQuerySet(models.QuerySet["PartnerHoliday"]):
    def visible_to(self, user: User) -> Self:
        """Return the holidays of the partners that ``user`` may know of."""
        return self.filter(partner__in=Partner.objects.visible_to(user))


class PartnerHoliday(models.Model):
    """A day on which nobody is there: it does not count towards a promised answer time."""

    partner = models.ForeignKey(Partner, verbose_name=_("partner"), on_delete=models.CASCADE, related_name="holidays")
    date = models.DateField(_("date"))
    name = models.CharField(_("name"), max_length=100, blank=True)

    objects = PartnerHolidayQuerySet.as_manager()

    class Meta:
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        ordering = ["-date"]
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "date"],
                name="accounts_holiday_once",
                violation_error_message=_("This day is a holiday already."),
            ),
            models.CheckConstraint(
                condition=Q(date__gte="2000-01-01") & Q(date__lt="2101-01-01"),
                name="accounts_holiday_plausible",
                violation_error_message=_("Dates lie between the years 2000 and 2100. Look for a mistyped year."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d} {self.name}".strip()


class CustomerQuerySet(models.QuerySet["Customer"]):
    def visible_to(self, user: User) -> Self:
        """Return the customers that ``user`` may know of: their own, and those of their partner.

        The one place that knows how memberships open rows; every other tenant-owned queryset filters by it.
        """
        if not user.is_active:
            return self.none()
        if user.is_superuser:
            return self
        own = CustomerMembership.objects.filter(user=user).values("customer_id")
        of_partner = PartnerMembership.objects.filter(user=user).values("partner_id")
        return self.filter(Q(pk__in=own) | Q(partner_id__in=of_partner))

    def with_member(self, user: User) -> Self:
        """Return the customers that ``user`` belongs to: those whose pages they may open."""
        if not user.is_active:
            return self.none()
        return self.filter(pk__in=CustomerMembership.objects.filter(user=user).values("customer_id"))


def within_reach_of(user: User) -> Q:
    """Return the condition for rows that name a customer and its partner: ``user`` belongs to one, or works for the other.

    The same rows as those of ``Customer.objects.visible_to``, without a look at the customers.
    """
    if not user.is_active:
        return Q(pk__in=[])
    if user.is_superuser:
        return Q()
    own = CustomerMembership.objects.filter(user=user).values("customer_id")
    of_partner = PartnerMembership.objects.filter(user=user).values("partner_id")
    return Q(customer_id__in=own) | Q(partner_id__in=of_partner)


class Customer(models.Model):
    """A customer's record at one partner, as in Partner Center. A company with two partners has two records."""

    partner = models.ForeignKey(Partner, verbose_name=_("partner"), on_delete=models.PROTECT, related_name="customers")
    name = models.CharField(_("company name"), max_length=150, validators=[validate_plain_name])
    domain = models.CharField(
        _("domain"),
        max_length=253,
        blank=True,
        validators=[DomainNameValidator(message=_("Give a domain such as example.com."), accept_idna=False)],
    )
    tenant_id = models.UUIDField(_("Microsoft tenant ID"), null=True, blank=True, default=None)
    tenant_prefix = models.CharField(
        _("tenant prefix"),
        max_length=63,
        blank=True,
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9-]*\Z", _("Small letters, digits and hyphens only."))],
        help_text=_("What stands before .onmicrosoft.com. Links that need it are shown only when it is here."),
    )
    cloud = models.CharField(_("cloud"), max_length=20, choices=Cloud, default=Cloud.COMMERCIAL)
    tenant_may_join = models.BooleanField(
        _("people of our tenant may join"),
        default=False,
        help_text=_(
            "Whoever signs in with Microsoft from this tenant becomes a viewer, without an invitation. "
            "People you have removed stay out until somebody adds them again."
        ),
    )

    # A column, because an expression would not do: the second wall lets no index answer what calls lower().
    name_folded = StoredColumn(expression=Lower("name"), output_field=models.CharField(max_length=300))

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ["name", "pk"]
        indexes = [
            models.Index(
                fields=["partner", "name_folded"],
                opclasses=["int8_ops", "varchar_pattern_ops"],
                name="accounts_customer_prefix",
            ),
        ]
        constraints = [
            # What other tables refer to, so that a row of one partner can never name a customer of another.
            models.UniqueConstraint(fields=["id", "partner"], name="accounts_customer_partner"),
            models.UniqueConstraint(
                fields=["partner", "tenant_id"],
                name="accounts_customer_tenant",
                violation_error_message=_("This partner has a customer with this tenant ID already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def close_door_to_another_tenant(self, changed: Collection[str]) -> None:
        """Let nobody join any more whose tenant is another one than the customer's admin knew. Does not save."""
        if {"tenant_id", "cloud"} & set(changed):
            self.tenant_may_join = False


class CustomerMembershipQuerySet(models.QuerySet["CustomerMembership"]):
    def visible_to(self, user: User) -> Self:
        """Return who belongs to the customers that ``user`` may know of."""
        return self.filter(customer__in=Customer.objects.visible_to(user))


class CustomerMembership(models.Model):
    """A person's place at a customer."""

    class Role(models.TextChoices):
        VIEWER = "viewer", _("Viewer")
        REQUESTER = "requester", _("Requester")
        ADMIN = "admin", _("Admin")

    user = models.ForeignKey(
        User, verbose_name=_("person"), on_delete=models.CASCADE, related_name="customer_memberships"
    )
    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.REQUESTER)

    objects = CustomerMembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer's person")
        verbose_name_plural = _("customers' people")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "customer"],
                name="accounts_customermembership_once",
                violation_error_message=_("This person belongs to the customer already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"


class FormerMember(models.Model):
    """Remembers that a person was removed from a customer: their tenant must not let them in again by itself.

    A trigger writes it when a membership is deleted, and removes it when there is one again, whoever does it.
    """

    user = models.ForeignKey(User, on_delete=models.DO_NOTHING, db_constraint=False, related_name="former_memberships")
    customer = models.ForeignKey(
        Customer, on_delete=models.DO_NOTHING, db_constraint=False, related_name="former_members"
    )
    removed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("former person of a customer")
        verbose_name_plural = _("former people of customers")
        constraints = [models.UniqueConstraint(fields=["user", "customer"], name="accounts_formermember_once")]

    def __str__(self) -> str:
        return f"{self.user} · {self.customer}"


class PartnerMembershipQuerySet(models.QuerySet["PartnerMembership"]):
    def visible_to(self, user: User) -> Self:
        """Return the people of the partners that ``user`` works for; staff see all. A customer's people see none."""
        if not user.is_active:
            return self.none()
        if user.is_staff or user.is_superuser:
            return self
        return self.filter(partner_id__in=PartnerMembership.objects.filter(user=user).values("partner_id"))


class PartnerMembership(models.Model):
    """A person's place at a partner."""

    class Role(models.TextChoices):
        AGENT = "agent", _("Agent")
        MANAGER = "manager", _("Manager")

    user = models.ForeignKey(
        User, verbose_name=_("person"), on_delete=models.CASCADE, related_name="partner_memberships"
    )
    partner = models.ForeignKey(
        Partner, verbose_name=_("partner"), on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.AGENT)

    objects = PartnerMembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("partner's person")
        verbose_name_plural = _("partners' people")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "partner"],
                name="accounts_partnermembership_once",
                violation_error_message=_("This person belongs to the partner already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"


class Affiliation(models.Model):
    """Who belongs to an organisation, or ever did: kept by the database itself and read by its policies alone.

    A history names people who have left since. The second wall shows their names to those who knew them, and the
    application's role cannot read or write this table at all.
    """

    user = models.ForeignKey(User, on_delete=models.DO_NOTHING, related_name="+")
    partner = models.ForeignKey(Partner, on_delete=models.DO_NOTHING, related_name="+")
    customer = models.ForeignKey(Customer, null=True, on_delete=models.DO_NOTHING, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "partner", "customer"], nulls_distinct=False, name="accounts_affiliation_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} · {self.partner_id} · {self.customer_id or '–'}"

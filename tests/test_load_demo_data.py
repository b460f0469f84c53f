"""``manage.py load_demo_data``: everything is there, hangs together, and is told from now."""

import datetime
from collections import Counter
from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import Customer, CustomerMembership, Invitation, OutgoingMail, Partner, PartnerMembership, User
from portal import demo_data
from portal.demo import DEMO_PASSWORD, DEMO_PEOPLE
from portal.demo_data.products import PLANS
from portal.lib.clouds import Cloud
from portal.models import SelfServiceLink
from requests_app.models import (
    Offer,
    Product,
    RequestEvent,
    RequestLine,
    Subscription,
    SubscriptionRequest,
    SubscriptionStatus,
)
from tests import factories

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 11, 25, 9, 0, tzinfo=datetime.UTC)
MODELS = (
    User,
    EmailAddress,
    Partner,
    Customer,
    CustomerMembership,
    PartnerMembership,
    Invitation,
    Product,
    Offer,
    Subscription,
    SubscriptionRequest,
    RequestLine,
    RequestEvent,
    SelfServiceLink,
)
DAY = datetime.timedelta(days=1)


@pytest.fixture
def demo(db):
    demo_data.load(NOW)


def load() -> str:
    output = StringIO()
    call_command("load_demo_data", stdout=output)
    return output.getvalue().strip()


def counts() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in MODELS}


# --- The command -----------------------------------------------------------------------------------------------


def test_command_loads_what_was_promised():
    assert load() == (
        "Demonstration data loaded: 2 partners, 8 customers, 21 people, 17 products, 92 offers, "
        "62 subscriptions, 119 requests."
    )
    assert counts() == {
        "User": 21,
        "EmailAddress": 21,
        "Partner": 2,
        "Customer": 8,
        "CustomerMembership": 15,
        "PartnerMembership": 5,
        "Invitation": 3,
        "Product": 17,
        "Offer": 92,
        "Subscription": 62,
        "SubscriptionRequest": 119,
        "RequestLine": RequestLine.objects.count(),
        "RequestEvent": RequestEvent.objects.count(),
        "SelfServiceLink": 14,
    }


def test_command_tells_dates_from_the_present():
    before = timezone.now()
    load()
    soonest = Subscription.objects.filter(cancellation_allowed_until__gt=before).order_by("cancellation_allowed_until")
    assert soonest[0].cancellation_allowed_until - before < datetime.timedelta(hours=4, minutes=13)
    newest = SubscriptionRequest.objects.latest("submitted_at").submitted_at
    assert datetime.timedelta(minutes=23) < timezone.now() - newest < datetime.timedelta(minutes=25)


def test_command_uses_few_statements(django_assert_max_num_queries):
    """Rows are written in bulk; what is asked for each request is what a form would ask: its rule, plan, batches, holidays."""
    with django_assert_max_num_queries(600):
        load()


def test_command_tells_nobody():
    load()
    assert (ProcrastinateJob.objects.count(), OutgoingMail.objects.count()) == (0, 0)


def test_command_run_twice_refuses_and_changes_nothing():
    load()
    before = counts()
    with pytest.raises(CommandError):
        load()
    assert counts() == before


@pytest.mark.parametrize(
    ("make", "label"),
    [
        (lambda: User.objects.create_user("sam@example.com", None, name="Sam"), "accounts.User"),
        (lambda: factories.partner("Blue Heron Cloud"), "accounts.Partner"),
        (factories.product, "requests_app.Product"),
        (lambda: OutgoingMail.objects.create(message_id="1", recipient="a@example.com"), "accounts.OutgoingMail"),
    ],
)
def test_command_refuses_a_database_that_holds_something(make, label):
    make()
    before = counts()
    with pytest.raises(CommandError) as refusal:
        load()
    assert str(refusal.value) == (
        f"Demonstration data go into an empty database only; this one holds rows of {label}. Nothing was changed."
    )
    assert counts() == before


def test_command_leaves_links_as_staff_edited_them():
    call_command("load_content", stdout=StringIO())
    SelfServiceLink.objects.filter(key="azure-portal").update(title={"en": "Azure"})
    SelfServiceLink.objects.filter(key="public-status").delete()
    load()
    assert SelfServiceLink.objects.get(key="azure-portal").title == {"en": "Azure"}
    assert SelfServiceLink.objects.filter(key="public-status").count() == 1


def test_load_that_fails_leaves_nothing(monkeypatch):
    monkeypatch.setattr(demo_data, "load_requests", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        demo_data.load(NOW)
    assert set(counts().values()) == {0}


# --- People ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("email", [email for email, _role in DEMO_PEOPLE])
def test_everybody_who_is_printed_can_sign_in(demo, client, email):
    response = client.post(reverse("account_login"), {"login": email, "password": DEMO_PASSWORD})
    assert response.status_code == 302
    assert client.session["_auth_user_id"] == str(User.objects.get(email=email).pk)


def test_everybody_has_a_confirmed_address_in_the_demonstrations_domain(demo):
    people = User.objects.prefetch_related("emailaddress_set")
    for person in people:
        addresses = [(each.email, each.verified, each.primary) for each in person.emailaddress_set.all()]
        assert addresses == [(person.email, True, True)]
        assert person.email.endswith("@demo.example")
        assert person.check_password(DEMO_PASSWORD)
        assert (person.is_active, person.language) == (True, "")


def test_roles_of_the_people_who_are_printed(demo):
    roles = {
        email: sorted(
            [
                f"{m.customer.name.split()[0]} {m.customer.name.split()[1]} {m.role}"
                for m in user.customer_memberships.all()
            ]
            + [f"{m.partner.name.split()[0]} {m.role}" for m in user.partner_memberships.all()]
            + ["superuser"] * user.is_superuser
            + ["staff"] * (user.is_staff and not user.is_superuser)
        )
        for email, user in ((email, User.objects.get(email=email)) for email, _role in DEMO_PEOPLE)
    }
    assert roles == {
        "customer@demo.example": ["Pinewhistle Foods admin", "Pinewhistle Logistics requester"],
        "member@demo.example": ["Pinewhistle Foods requester"],
        "viewer@demo.example": ["Pinewhistle Foods viewer"],
        "other@demo.example": ["Amberkite Machinery admin"],
        "gov@demo.example": ["Ironquill Avionics admin"],
        "agent@demo.example": ["Lanternfig agent"],
        "manager@demo.example": ["Lanternfig manager"],
        "foreign@demo.example": ["Quillmarsh agent"],
        "staff@demo.example": ["staff"],
        "admin@demo.example": ["superuser"],
    }


def test_time_zones_are_those_of_the_side_of_the_world(demo):
    zones = dict(User.objects.values_list("email", "time_zone"))
    assert {zones[f"{key}@demo.example"] for key in ("customer", "viewer", "agent", "staff")} == {"Asia/Taipei"}
    assert {zones[f"{key}@demo.example"] for key in ("gov", "foreign")} == {"America/New_York"}


def test_two_invitations_are_open_and_one_has_expired(demo):
    rows = Invitation.objects.unanswered().order_by("pk")
    assert [(one.email, str(one.organisation).split()[0], one.role, one.state(NOW).value) for one in rows] == [
        ("hana.kao@demo.example", "Pinewhistle", "requester", "open"),
        ("ray.sun@demo.example", "Lanternfig", "agent", "open"),
        ("mona.yu@demo.example", "Pinewhistle", "viewer", "expired"),
    ]


# --- Organisations and catalogue -------------------------------------------------------------------------------


def test_customers_live_in_all_four_clouds(demo):
    assert Counter(Customer.objects.values_list("partner__edition", "cloud")) == {
        ("commercial", Cloud.COMMERCIAL): 5,
        ("us_government", Cloud.GCC): 1,
        ("us_government", Cloud.GCC_HIGH): 1,
        ("us_government", Cloud.DOD): 1,
    }
    assert dict(Partner.objects.values_list("edition", "lead_time_days")) == {"commercial": 2, "us_government": 1}


def test_every_customer_has_tenant_and_domain(demo):
    for customer in Customer.objects.all():
        assert customer.tenant_id is not None
        assert customer.tenant_prefix != ""
        assert customer.domain.endswith(".demo.example")


def test_products_have_texts_in_both_languages(demo):
    for product in Product.objects.all():
        assert (product.catalog_item_id, product.name.missing(), product.description.missing()) == (
            product.catalog_item_id,
            [],
            [],
        )


def test_offers_are_sold_in_the_partners_currency_and_a_few_are_not(demo):
    assert set(Offer.objects.values_list("partner__edition", "currency")) == {
        ("commercial", "TWD"),
        ("us_government", "USD"),
    }
    assert Offer.objects.filter(is_active=False).count() == 6
    assert set(Offer.objects.values_list("term_duration", "billing_cycle")) == {
        (plan.term, plan.cycle) for plan in PLANS.values()
    }


def test_every_customer_has_something_to_choose_from(demo):
    sold = {customer.cloud: Offer.objects.available_to(customer).count() for customer in Customer.objects.all()}
    assert sold == {Cloud.COMMERCIAL: 47, Cloud.GCC: 30, Cloud.GCC_HIGH: 31, Cloud.DOD: 12}


# --- Subscriptions ---------------------------------------------------------------------------------------------


def test_subscriptions_in_every_status(demo):
    assert Counter(Subscription.objects.values_list("status", flat=True)) == {
        SubscriptionStatus.ACTIVE: 50,
        SubscriptionStatus.PENDING: 1,
        SubscriptionStatus.SUSPENDED: 2,
        SubscriptionStatus.EXPIRED: 3,
        SubscriptionStatus.DISABLED: 1,
        SubscriptionStatus.DELETED: 5,
    }


def test_main_customer_has_twelve_subscriptions_and_twenty_requests(demo):
    customer = Customer.objects.get(name__startswith="Pinewhistle Foods")
    assert (customer.subscriptions.count(), customer.requests.count()) == (12, 22)


def test_cancellation_windows_open_closing_and_closed(demo):
    hours = [
        round((subscription.cancellation_allowed_until - NOW) / datetime.timedelta(hours=1))
        for subscription in Subscription.objects.cancellable().filter(cancellation_allowed_until__isnull=False)
    ]
    assert sorted(hour for hour in hours if 0 < hour <= 48) == [4, 5, 9, 21, 26, 31, 42]
    assert len([hour for hour in hours if hour > 48]) == 7
    assert len([hour for hour in hours if -48 < hour < 0]) == 1
    assert Subscription.objects.cancellable().filter(cancellation_allowed_until__isnull=True).count() == 4


def test_terms_end_soon_and_late(demo):
    ends = Subscription.objects.cancellable().filter(commitment_end_date__isnull=False)
    days = sorted((day - NOW.date()).days for day in ends.values_list("commitment_end_date", flat=True))
    assert [day for day in days if day <= 14] == [2, 3, 5, 6, 9, 10, 12, 14]
    assert days[-1] > 700


def test_auto_renew_is_on_and_off(demo):
    running = Subscription.objects.cancellable().filter(commitment_end_date__isnull=False)
    assert running.filter(auto_renew_enabled=False).count() == 4
    assert not Subscription.objects.filter(auto_renew_enabled=True, ends_on__isnull=False).exists()


def test_every_row_is_valid_on_a_leap_day():
    demo_data.load(datetime.datetime(2028, 2, 29, 12, 0, tzinfo=datetime.UTC))
    for model in MODELS:
        for row in model.objects.all():
            row.full_clean()

"""``manage.py load_content``: the links of a new site, exactly as the facts have them, and its support resources."""

import datetime
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone, translation

from accounts.models import Customer
from portal.content.addresses import known_addresses
from portal.content.initial_links import INITIAL_LINKS
from portal.content.initial_resources import FOR_PEOPLE, INITIAL_RESOURCES
from portal.help import resources_before
from portal.lib.clouds import Cloud, Service
from portal.models import ContentAddress, SelfServiceLink, SupportResource
from requests_app.models import Kind
from tests import factories
from tests.jobs import nobody_has_said_who_acts

pytestmark = pytest.mark.django_db

COMMERCIAL = {
    "m365-admin-center": "https://admin.microsoft.com",
    "azure-portal": "https://portal.azure.com",
    "entra-admin-center": "https://entra.microsoft.com",
    "message-center": "https://admin.microsoft.com/#/MessageCenter",
    "service-health": "https://admin.microsoft.com/#/servicehealth",
    "exchange-admin-center": "https://admin.exchange.microsoft.com",
    "sharepoint-admin-center": "https://admin.microsoft.com/sharepoint",
    "teams-admin-center": "https://admin.teams.microsoft.com",
    "intune-admin-center": "https://intune.microsoft.com",
    "power-platform-admin-center": "https://admin.powerplatform.microsoft.com",
    "azure-support-request": "https://portal.azure.com/#create/Microsoft.Support",
    "public-status": "https://status.cloud.microsoft",
}
ADDRESSES = {
    Cloud.COMMERCIAL: COMMERCIAL,
    Cloud.GCC: {key: address for key, address in COMMERCIAL.items() if "entra" not in key and "intune" not in key}
    | {
        "sharepoint-admin-center": "https://heronworks-admin.sharepoint.com",
        "power-platform-admin-center": "https://gcc.admin.powerplatform.microsoft.us",
    },
    Cloud.GCC_HIGH: {
        "m365-admin-center": "https://portal.office365.us",
        "azure-portal": "https://portal.azure.us",
        "entra-admin-center": "https://entra.microsoft.us",
        "message-center": "https://portal.office365.us/adminportal/home#/MessageCenter",
        "service-health": "https://portal.office365.us/adminportal/home#/servicehealth",
        "exchange-admin-center": "https://admin.exchange.office365.us",
        "sharepoint-admin-center": "https://heronworks-admin.sharepoint.us",
        "teams-admin-center": "https://admin.gov.teams.microsoft.us",
        "intune-admin-center": "https://intune.microsoft.us",
        "power-platform-admin-center": "https://high.admin.powerplatform.microsoft.us",
    },
    Cloud.DOD: {
        "m365-admin-center": "https://portal.apps.mil",
        "azure-portal": "https://portal.azure.us",
        "sharepoint-admin-center": "https://portal.apps.mil/SharePoint",
        "teams-admin-center": "https://admin.dod.teams.microsoft.us",
        "power-platform-admin-center": "https://admin.appsplatform.us",
    },
}

SURE = {
    "m365-admin-center": "HMHH",
    "azure-portal": "HHHH",
    "entra-admin-center": "H-H-",
    "message-center": "HML-",
    "service-health": "HMM-",
    "exchange-admin-center": "HMH-",
    "sharepoint-admin-center": "HMHM",
    "teams-admin-center": "HHHH",
    "intune-admin-center": "H-H-",
    "power-platform-admin-center": "MMMM",
    "azure-support-request": "MM--",
    "public-status": "MM--",
}
"""How sure each address is, in the order of the clouds: high, medium, low, none known."""


def load() -> str:
    output = StringIO()
    with nobody_has_said_who_acts():
        call_command("load_content", stdout=output)
    return output.getvalue().strip()


def rows() -> list[dict[str, object]]:
    return [
        row
        for model in (SelfServiceLink, SupportResource, ContentAddress)
        for row in model.objects.order_by("pk").values()
    ]


@pytest.mark.parametrize("cloud", Cloud)
def test_content_in_each_cloud(cloud):
    load()
    customer = Customer(cloud=cloud, tenant_prefix="heronworks")
    links = SelfServiceLink.objects.for_customer(customer, timezone.now())
    assert {link.key: link.address for link in links} == ADDRESSES[cloud]


def test_content_needs_the_tenant_prefix_only_for_sharepoint_in_gcc_and_gcc_high():
    load()
    without = {
        cloud: set(ADDRESSES[cloud])
        - {
            link.key
            for link in SelfServiceLink.objects.for_customer(Customer(cloud=cloud, tenant_prefix=""), timezone.now())
        }
        for cloud in Cloud
    }
    assert without == {
        Cloud.COMMERCIAL: set(),
        Cloud.GCC: {"sharepoint-admin-center"},
        Cloud.GCC_HIGH: {"sharepoint-admin-center"},
        Cloud.DOD: set(),
    }


def test_content_is_complete_and_valid():
    load()
    links = list(SelfServiceLink.objects.all())
    for link in links:
        link.full_clean()
        assert (link.key, link.title.missing(), link.description.missing()) == (link.key, [], [])
    assert [link.key for link in links] == [initial.key for initial in INITIAL_LINKS]
    now = timezone.now()
    assert {link.state(now) for link in links} == {"published"}
    assert {one.verified_on for one in ContentAddress.objects.all()} == {datetime.date(2026, 11, 1)}
    for language in ("en", "zh-hant"):
        assert len({link.title.in_language(language) for link in links}) == 12


def test_content_says_how_sure_each_address_is_whatever_language_is_active():
    with translation.override("zh-hant"):
        load()
    for link in SelfServiceLink.objects.all():
        sure = {one.cloud: one.confidence for one in link.addresses.all()}
        assert (link.key, "".join(sure.get(cloud, "-") for cloud in Cloud)) == (link.key, SURE[link.key])
    sources = dict(ContentAddress.objects.values_list("confidence", "source").distinct())
    assert sources == {
        "H": "A page of Microsoft's, or two independent sources, as of 2026-11-01",
        "M": "One good secondary source, as of 2026-11-01",
        "L": "Inferred from the addresses of other clouds, as of 2026-11-01",
    }


def test_command_says_what_it_did():
    assert load().splitlines() == [
        "Self-service links: 12 added, 0 were there and stay as they are.",
        "Support resources: 14 added, 0 were there and stay as they are.",
    ]
    SelfServiceLink.objects.filter(key__startswith="azure").delete()
    SupportResource.objects.filter(key__startswith="azure").delete()
    assert load().splitlines() == [
        "Self-service links: 2 added, 10 were there and stay as they are.",
        "Support resources: 2 added, 12 were there and stay as they are.",
    ]


def test_command_run_twice_changes_nothing():
    load()
    before = rows()
    load()
    assert rows() == before


def test_command_keeps_what_staff_have_edited():
    load()
    link = SelfServiceLink.objects.get(key="entra-admin-center")
    link.title = {"en": "Identities"}
    link.is_draft = True
    link.position = 990
    link.save()
    link.addresses.filter(cloud="commercial").update(address="https://entra.example")
    link.addresses.filter(cloud="gcc_high").delete()
    SupportResource.objects.filter(key="keep-mail").update(title={"en": "Mail"}, kinds=[], is_draft=True)
    before = rows()
    load()
    assert rows() == before


# --- Support resources -----------------------------------------------------------------------------------------


def test_resources_are_complete_and_valid():
    load()
    resources = list(SupportResource.objects.all())
    for resource in resources:
        resource.full_clean()
        missing = [text.missing() for text in (resource.title, resource.summary, resource.body) if text]
        assert (resource.key, missing) == (resource.key, [[]] * len(missing))
    assert [resource.key for resource in resources] == [initial.key for initial in INITIAL_RESOURCES]
    assert {(one.is_draft, one.verified_on) for one in resources} == {(False, datetime.date(2026, 11, 1))}
    assert {service for one in resources for service in one.services} == {*FOR_PEOPLE, Service.AZURE} == set(Service)


def test_resources_lead_where_the_links_lead():
    """No address stands here that is not among the facts, and each kind of service has its own."""
    load()
    links = {link.key: known_addresses(link) for link in SelfServiceLink.objects.all()}
    for initial in INITIAL_RESOURCES:
        resource = SupportResource.objects.get(key=initial.key)
        assert known_addresses(resource) == (links[initial.link] if initial.link else {})


@pytest.mark.parametrize(
    ("cloud", "links"),
    [
        (Cloud.COMMERCIAL, {"check-service-health", "announced-by-microsoft"}),
        (Cloud.GCC_HIGH, {"check-service-health", "announced-by-microsoft"}),
        (Cloud.DOD, set()),
    ],
)
def test_resources_before_a_cancellation_in_each_cloud(cloud, links):
    load()
    customer = factories.customer(factories.partner("Blue Heron Cloud"), "Victoria Dental", cloud)
    found = resources_before(Kind.CANCELLATION, customer, None, timezone.now())
    texts = {"what-cancelling-does", "three-ways-a-term-ends", "ask-about-a-bill"}
    assert {one.key for one in found} == texts | links


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_request_has_something_before_it(kind):
    load()
    assert len(SupportResource.objects.before_asking(kind, {Service.EXCHANGE})) >= 2
    assert len(SupportResource.objects.before_asking(kind, {Service.AZURE})) >= 1

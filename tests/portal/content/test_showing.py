"""What customers of each cloud find, with the services they own first: the table of Microsoft's addresses, by hand."""

import pytest
from django.utils import timezone

from accounts.models import Customer
from portal.content.initial_links import add_missing_links
from portal.content.showing import grouped_links
from portal.lib.clouds import Cloud

ADMINISTER, CONFIGURE, MESSAGES, HEALTH, HELP = "administer", "configure", "messages", "health", "help"

FOUND = [
    # cloud, services they own, what is found where, in this order
    (Cloud.COMMERCIAL, set(), {
        ADMINISTER: ["m365-admin-center", "azure-portal", "entra-admin-center"],
        CONFIGURE: ["exchange-admin-center", "sharepoint-admin-center", "teams-admin-center", "intune-admin-center",
                    "power-platform-admin-center"],
        MESSAGES: ["message-center"], HEALTH: ["service-health", "public-status"], HELP: ["azure-support-request"],
    }),
    (Cloud.COMMERCIAL, {"teams", "intune", "azure"}, {
        ADMINISTER: ["azure-portal", "m365-admin-center", "entra-admin-center"],
        CONFIGURE: ["teams-admin-center", "intune-admin-center", "exchange-admin-center", "sharepoint-admin-center",
                    "power-platform-admin-center"],
        MESSAGES: ["message-center"], HEALTH: ["service-health", "public-status"], HELP: ["azure-support-request"],
    }),
    (Cloud.GCC, {"sharepoint"}, {
        ADMINISTER: ["m365-admin-center", "azure-portal"],
        CONFIGURE: ["sharepoint-admin-center", "exchange-admin-center", "teams-admin-center",
                    "power-platform-admin-center"],
        MESSAGES: ["message-center"], HEALTH: ["service-health", "public-status"], HELP: ["azure-support-request"],
    }),
    (Cloud.GCC_HIGH, {"exchange", "entra"}, {
        ADMINISTER: ["entra-admin-center", "m365-admin-center", "azure-portal"],
        CONFIGURE: ["exchange-admin-center", "sharepoint-admin-center", "teams-admin-center", "intune-admin-center",
                    "power-platform-admin-center"],
        MESSAGES: ["message-center"], HEALTH: ["service-health"],
    }),
    (Cloud.DOD, {"power_platform", "dynamics"}, {
        ADMINISTER: ["m365-admin-center", "azure-portal"],
        CONFIGURE: ["power-platform-admin-center", "sharepoint-admin-center", "teams-admin-center"],
    }),
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(("cloud", "services", "expected"), FOUND)
def test_customer_finds_exactly_these_links_in_this_order(cloud, services, expected):
    add_missing_links()
    groups = grouped_links(Customer(cloud=cloud, tenant_prefix="heronworks"), services, timezone.now())
    assert {group.category: [link.key for link in group.links] for group in groups} == expected
    assert [group.category for group in groups] == list(expected)
    assert {link.key for group in groups for link in group.links if link.is_owned} == {
        key for keys in expected.values() for key in keys if OF.get(key) in services
    }


OF = {
    "azure-portal": "azure", "entra-admin-center": "entra", "exchange-admin-center": "exchange",
    "sharepoint-admin-center": "sharepoint", "teams-admin-center": "teams", "intune-admin-center": "intune",
    "power-platform-admin-center": "power_platform", "azure-support-request": "azure",
}  # fmt: skip
"""Which service each link is of."""


@pytest.mark.django_db
def test_all_links_take_one_statement(cast, django_assert_num_queries):
    add_missing_links()
    with django_assert_num_queries(1):
        grouped_links(cast.customer, {"azure"}, timezone.now())

"""The search: in whichever language something is written, in the customer's cloud, and never past a wall."""

import re

import pytest
from django.core.cache import cache
from django.utils import timezone

from accounts.models import CustomerMembership
from portal import search
from portal.content.initial_links import add_missing_links
from portal.lib.clouds import Cloud
from tests import factories
from tests.factories import link, resource


@pytest.fixture
def as_(client):
    def sign_in(person):
        client.force_login(person)
        return client

    return sign_in


def found(words, customer, person):
    groups = search.find(words, customer=customer, user=person, now=timezone.now()).groups
    return {group.key: [hit.title for hit in group.hits] for group in groups}


@pytest.fixture
def things(cast):
    link("a", title={"en": "Exchange admin center", "zh-hant": "Exchange 系統管理中心"}, service="exchange", address_commercial="https://a.example")  # fmt: skip
    link("b", title={"en": "Straße", "zh-hant": "街"}, description={"en": "Über alles"}, address_commercial="https://b.example")  # fmt: skip
    link("d", title={"en": "Pulse", "zh-hant": "脈動"}, category="health", address_commercial="https://d.example")
    resource(
        "c", title={"en": "Keep your mail", "zh-hant": "保存郵件"}, summary={"en": "S"}, body={"en": "A mailbox, 𝐛𝐨𝐥𝐝"}
    )
    product = factories.product("Power BI Pro", services=["power_platform"])
    factories.subscription(cast.customer, product, friendly_name="Sales 業務部")
    factories.subscription(cast.customer, product, status="deleted", friendly_name="Former sales")
    factories.subscription(cast.sibling, product, friendly_name="Sibling sales")
    factories.subscription(cast.foreign_customer, product, friendly_name="Foreign sales")
    return cast


A, B, C = "Exchange admin center", "Straße", "Keep your mail"
BOTH = ["Sales 業務部", "Former sales"]
FOUND = {
    "exchange": {"links": [A]},
    "EXCH": {"links": [A]},
    "change adm": {"links": [A]},
    "ｅｘｃｈａｎｇｅ": {"links": [A]},
    "系統管理": {"links": [A]},
    "系統 exchange": {"links": [A]},
    "信箱": {"links": [A]},
    "Outlook": {"links": [A]},
    "strasse": {"links": [B]},
    "STRAẞE": {"links": [B]},
    "uber": {"links": [B]},
    "U\u0308ber": {"links": [B]},
    "mail": {"links": [A], "help": [C]},
    "bold": {"help": [C]},
    "保存": {"help": [C]},
    "sales": {"subscriptions": BOTH},
    "業務": {"subscriptions": ["Sales 業務部"]},
    "power bi": {"subscriptions": BOTH},
    "bi pro（中）": {"subscriptions": BOTH},
    "exchange nothing": {},
    "outage": {"links": ["Pulse"]},
    "故障": {"links": ["Pulse"]},
    "%": {},
    "_": {},
    "": {},
    " \t\u3000 ": {},
    "\x00": {},
    "x" * 5000: {},
}


@pytest.mark.parametrize("words", FOUND)
def test_words_find(things, words):
    assert found(words, things.customer, things.alice) == FOUND[words]


def test_what_has_the_words_in_its_title_comes_first(cast):
    resource("text", title={"en": "Other"}, body={"en": "seats"}, position=1)
    resource("title", title={"en": "Seats"}, position=2)
    assert found("seats", cast.customer, cast.alice) == {"help": ["Seats", "Other"]}


def test_help_about_many_services_is_not_found_by_the_name_of_one(cast):
    resource("many", services=["exchange", "teams", "sharepoint", "entra"])
    resource("few", services=["exchange", "teams"])
    assert found("outlook", cast.customer, cast.alice) == {"help": ["Title of few"]}


def test_service_health_is_found_in_either_language_and_cloud(cast):
    add_missing_links()
    for cloud in (Cloud.COMMERCIAL, Cloud.GCC_HIGH):
        customer = factories.customer(cast.partner, f"In {cloud}", cloud)
        for words in ("service health", "服務健康"):
            assert found(words, customer, cast.alice)["links"][0] == "Service health"
        assert found("EAC", customer, cast.alice)["links"] == ["Exchange admin center"]


def test_nothing_of_others_is_found(cast):
    for key, partner in (("all", None), ("heron", cast.partner), ("owl", cast.other_partner)):
        link(key, title={"en": f"Thing {key}"}, partner=partner, address_commercial="https://a.example")
        resource(key, title={"en": f"Thing {key}"}, partner=partner)
    resource("draft", title={"en": "Thing draft"}, is_draft=True)
    link("elsewhere", title={"en": "Thing elsewhere"}, address_dod="https://a.example")
    for customer, person, own in (
        (cast.customer, cast.alice, "heron"), (cast.foreign_customer, cast.frank, "owl"),
    ):  # fmt: skip
        expected = ["Thing all", f"Thing {own}"]
        assert found("thing", customer, person) == {"links": expected, "help": expected}
    assert found("sales", cast.sibling, cast.alice) == {}


def test_search_is_of_one_customer_at_a_time(things):
    """Also for somebody who belongs to two."""
    CustomerMembership.objects.create(user=things.alice, customer=things.sibling, role=CustomerMembership.Role.VIEWER)
    assert found("sales", things.customer, things.alice) == {"subscriptions": BOTH}
    assert found("sales", things.sibling, things.alice) == {"subscriptions": ["Sibling sales"]}


def test_link_that_needs_the_tenants_name_leads_to_where_that_is_said(as_, cast):
    link("sites", address_commercial="https://{tenant}.example")
    page = as_(cast.alice).get("/search/", {"q": "sites"}).text
    assert 'href="/self-service/#link-sites"' in page
    assert "Needs your company&#x27;s short name at Microsoft" in page


@pytest.mark.parametrize("rows", [1, 7])
def test_search_takes_the_same_statements(cast, django_assert_num_queries, rows):
    for number in range(rows):
        link(f"l{number}", address_commercial="https://a.example")
        resource(f"r{number}")
        factories.subscription(cast.customer)
    with django_assert_num_queries(4):
        search.find("e", customer=cast.customer, user=cast.alice, now=timezone.now())


def test_page_shows_all_and_the_list_the_first_with_how_many_more(as_, cast):
    for number in range(7):
        link(f"l{number}", address_commercial="https://a.example")
    client = as_(cast.alice)
    page = client.get("/search/", {"q": "title"}).text
    assert page.count('href="https://a.example"') == 7
    assert "7 results for “title”" in page
    live = client.get("/search/", {"q": "title", "live": "1"})
    assert (live.text.count('href="https://a.example"'), live.text.count('role="option"')) == (5, 6)
    assert 'href="/search/?q=title#found-links">2 more</a>' in live.text
    assert "<html" not in live.text
    assert 'data-count="7"' in live.text


@pytest.mark.parametrize(("name", "may_ask"), [("alice", True), ("carol", False)])
def test_nothing_found_says_what_to_do(as_, cast, name, may_ask):
    page = as_(getattr(cast, name)).get("/search/", {"q": "xyzzy"}).text
    main = page.split("<h2>Nothing was found", 1)[1].split("</div>", 1)[0]
    asks = ["/ask/purchase/"] if may_ask else []
    assert re.findall(r'href="([^"]+)"', main) == ["/self-service/", "/support/", "mailto:hello@example.com", *asks]


def test_what_was_typed_is_shown_as_text(as_, cast):
    typed = '"><script>alert(1)</script>'
    for live in ({}, {"live": "1"}):
        assert "<script>alert" not in as_(cast.alice).get("/search/", {"q": typed, **live}).text
    assert search.asked("a" * 200) == "a" * 100


def test_search_is_limited(as_, cast, settings):
    settings.ACCOUNT_RATE_LIMITS = {"search": "2/m/user"}
    cache.clear()
    client = as_(cast.alice)
    assert [client.get("/search/", {"q": "x"}).status_code for _one in range(3)] == [200, 200, 429]
    assert client.get("/search/").status_code == 200
    cache.clear()

"""Self-service, support and articles, as customers meet them."""

import datetime
import re
from html import unescape

import pytest
from django.contrib.messages import get_messages
from django.utils import timezone, translation

from portal.content import hours, support
from portal.content.self_service import all_links, in_short
from portal.lib.acting import acting_as
from portal.lib.clouds import Cloud, Service
from portal.models import ArticleVerdict
from tests import factories
from tests.factories import link, resource
from tests.second_wall.sql import fetch

NOW = timezone.now()
LATER = NOW + datetime.timedelta(days=1)


@pytest.fixture
def as_(client):
    def sign_in(person):
        client.force_login(person)
        return client

    return sign_in


def text_of(page):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text.split("<main", 1)[1])).split())


# --- Self-service --------------------------------------------------------------------------------------------------


@pytest.fixture
def links(cast):
    link("mail", service="exchange", address_commercial="https://mail.example", address_gcc="https://mail.gcc.example")
    link("sites", service="sharepoint", address_commercial="https://{tenant}-sites.example")
    link("health", category="health", address_commercial="https://health.example")
    link("nowhere", address_dod="https://nowhere.example")
    link("draft", is_draft=True, address_commercial="https://draft.example")
    link("heron", category="help", partner=cast.partner, address_commercial="https://heron.example")
    link("owl", category="help", partner=cast.other_partner, address_commercial="https://owl.example")
    factories.subscription(cast.customer, factories.product(services=["sharepoint"]))
    return cast


def test_links_are_those_of_the_cloud_by_what_one_wants_with_what_is_owned_first(as_, links):
    page = as_(links.alice).get("/self-service/")
    main = page.text.split("<main", 1)[1]
    assert re.findall(r'id="link-(\w+)"', main) == ["sites", "mail", "health", "heron"]
    assert re.findall(r'<h2 class="card-head" id="(\w+)-title">', main)[:3] == ["configure", "health", "partner"]
    assert main.count("In your subscriptions") == 1


def test_link_that_needs_the_tenants_name_says_so_and_whom_to_ask(as_, links):
    client = as_(links.alice)
    page = client.get("/self-service/")
    assert "sites.example" not in page.text
    said = "Opens once your company's short name at Microsoft is on record: what stands before .onmicrosoft.com in its"
    assert f"{said} first domain. {links.partner} enters it; write to hello@example.com" in text_of(page)
    links.customer.tenant_prefix = "heronworks"
    links.customer.save()
    page = client.get("/self-service/")
    assert 'href="https://heronworks-sites.example"' in page.text
    assert "on record" not in text_of(page)


def test_home_is_shorter_and_leads_to_all(as_, links):
    for number in range(6):
        link(f"more-{number}", category="health", address_commercial="https://a.example")
    groups = in_short(all_links(links.customer, {"sharepoint"}, NOW))
    assert {group.category: [one.key for one in group.links] for group in groups} == {
        "configure": ["sites"], "health": ["health", "more-0", "more-1", "more-2"], None: ["heron"],
    }  # fmt: skip
    page = as_(links.alice).get("/")
    assert '<a href="/self-service/">All self-service links' in page.text
    assert "more-3" not in page.text


def test_date_of_the_last_look_is_said(as_, cast):
    shown = link("mail", address_commercial="https://mail.example")
    shown.addresses.update(verified_on=datetime.date(2026, 11, 1))
    assert "Checked on 1 Nov 2026" in text_of(as_(cast.alice).get("/self-service/"))


@pytest.mark.parametrize("path", ["/self-service/", "/support/", "/search/?q=x"])
@pytest.mark.parametrize(("name", "status", "to"), [("dana", 302, "/admin/"), ("sam", 302, "/admin/")])
def test_who_has_no_customer_is_led_to_the_desk(as_, cast, path, name, status, to):
    answer = as_(getattr(cast, name)).get(path)
    assert (answer.status_code, answer["Location"]) == (status, to)


@pytest.mark.parametrize(("path", "statements"), [("/self-service/", 11), ("/support/", 12), ("/help/r0/", 12)])
@pytest.mark.parametrize("rows", [1, 3])
def test_pages_take_the_same_statements(as_, cast, django_assert_num_queries, path, statements, rows):
    for number in range(rows):
        link(f"l{number}", category="help", address_commercial="https://a.example")
        resource(f"r{number}", services=[list(Service)[number]])
        factories.subscription(cast.customer)
    client = as_(cast.alice)
    client.get(path)
    with django_assert_num_queries(statements):
        assert client.get(path).status_code == 200


# --- Support -------------------------------------------------------------------------------------------------------


def topics(rows, owned, only=""):
    return [(one.service, [row.key for row in one.resources]) for one in support.by_topic(rows, owned, only)]


@pytest.mark.django_db
def test_resources_are_listed_once_with_what_is_owned_first():
    rows = [
        resource("all"),
        resource("mail", services=["exchange"]),
        resource("both", services=["exchange", "teams"]),
        resource("cloud", services=["azure"]),
        resource("many", services=["exchange", "teams", "sharepoint", "entra"]),
    ]
    assert topics(rows, {"teams", "azure"}) == [
        ("teams", ["both"]), ("azure", ["cloud"]), ("", ["all", "many"]), ("exchange", ["mail"]),
    ]  # fmt: skip
    assert topics(rows, set(), "exchange") == [("exchange", ["mail", "both", "many"]), ("", ["all"])]
    assert topics(rows, set(), "dynamics") == [("", ["all"])]
    assert support.services_of(rows, {"azure"})[:2] == ["azure", "exchange"]


@pytest.mark.django_db
def test_beside_an_article_is_what_is_about_the_same():
    rows = [resource("all"), resource("mail", services=["exchange"]), resource("cloud", services=["azure"])]
    rows += [resource(f"mail-{number}", services=["exchange"]) for number in range(3)]
    assert [one.key for one in support.beside(rows[1], rows)] == ["mail-0", "mail-1", "mail-2", "all"]
    assert [one.key for one in support.beside(rows[2], rows)] == ["all"]


def test_page_offers_services_and_leads_to_articles_or_out(as_, cast):
    resource("text", services=["exchange"])
    resource("out", body={}, address_commercial="https://out.example/x")
    resource("elsewhere", body={}, address_dod="https://dod.example")
    resource("owl", partner=cast.other_partner)
    link("ticket", category="help", address_commercial="https://ticket.example")
    link("mail", category="configure", address_commercial="https://mail.example")
    client = as_(cast.alice)
    main = client.get("/support/").text.split("<main", 1)[1]
    led = re.findall(r'href="(/help/\w+/|https://\w+\.example/?\w*|/support/\?\S+)"', main)
    assert led == ["/support/?service=exchange", "https://out.example/x", "/help/text/", "https://ticket.example"]
    only = client.get("/support/?service=azure").text.split("<main", 1)[1]
    assert "/help/text/" not in only
    assert "https://out.example/x" in only
    assert client.get("/support/?service=nonsense").text.split("<main", 1)[1].count("/help/text/") == 1


PAGES = ["/", "/self-service/", "/support/", "/help/x/", "/subscriptions/", "/subscriptions/{subscription}/", "/renewals/",
         "/ask/purchase/", "/requests/new/purchase/", "/requests/new/cancellation/?subscription={subscription}",
         "/requests/new/more_seats/?subscription={subscription}"]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_page_says_that_nobody_changes_a_subscription_with_microsoft(as_, cast, path):
    resource("x")
    subscription = factories.subscription(cast.customer)
    page = as_(cast.alice).get(path.format(subscription=subscription.pk))
    assert page.status_code == 200
    assert page.text.count('data-notice="no-direct-change"') == 1


# --- Articles ------------------------------------------------------------------------------------------------------


def test_article_is_shown_as_it_was_written_in_each_language(as_, cast):
    body = {"en": "# One\n\n**two**\n\n<script>alert(1)</script>", "zh-hant": "# 一\n\n**二**"}
    resource("x", body=body)
    client = as_(cast.alice)
    page = client.get("/help/x/")
    assert '<h2 id="section-one">One <a class="anchor" href="#section-one"' in page.text
    assert "<strong>two</strong>" in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert "<strong>二</strong>" in client.get("/help/x/", headers={"accept-language": "zh-TW"}).text
    first = client.get("/ask/purchase/")
    assert '<h2 id="section-x-one">' in first.text


def test_table_of_contents_comes_with_many_headings(as_, cast):
    resource("short", body={"en": "# A\n\n# B\n\n# C"})
    resource("long", body={"en": "# A\n\n# B\n\n## C\n\n# D"})
    client = as_(cast.alice)
    assert "On this page" not in client.get("/help/short/").text
    listed = re.search(r'<nav class="contents".*?</nav>', client.get("/help/long/").text, re.DOTALL).group()
    assert re.findall(r'class="contents-(\d)"><a href="#section-(\w)"', listed) == [("2", "a"), ("2", "b"), ("3", "c"), ("2", "d")]  # fmt: skip


# --- Did this help? ------------------------------------------------------------------------------------------------


def said():
    return [(one.user.name, one.customer.name, one.helped) for one in ArticleVerdict.objects.order_by("pk")]


def test_verdict_is_kept_once_and_may_be_changed(as_, cast):
    resource("x")
    client = as_(cast.carol)
    assert client.get("/help/x/helped/").status_code == 405
    answer = client.post("/help/x/helped/", {"helped": "yes"})
    assert answer["Location"] == "/help/x/"
    assert [str(one) for one in get_messages(answer.wsgi_request)] == ["Thank you. Good that it helped."]
    assert "You said: yes, it helped. Thank you." in text_of(client.get("/help/x/"))
    assert said() == [("Carol", cast.customer.name, True)]
    assert client.post("/help/x/helped/", {"helped": "no"})["Location"] == "/help/x/#verdict"
    assert said() == [("Carol", cast.customer.name, False)]


@pytest.mark.parametrize(("name", "may_ask"), [("bob", True), ("carol", False)])
def test_no_leads_on(as_, cast, name, may_ask):
    resource("x", services=["azure"])
    resource("other", services=["azure"])
    client = as_(getattr(cast, name))
    client.post("/help/x/helped/", {"helped": "no"})
    on = re.search(r'<section class="card stack stack-m" id="verdict".*?</section>', client.get("/help/x/").text, re.DOTALL).group()  # fmt: skip
    asks = ["/subscriptions/", "/ask/purchase/"] if may_ask else []
    assert re.findall(r'<a href="([^"]+)"', on) == ["/help/other/", "mailto:hello@example.com", *asks]


@pytest.mark.parametrize("key", ["draft", "owl", "elsewhere", "none"])
def test_nothing_is_said_of_what_one_does_not_read(as_, cast, key):
    resource("draft", is_draft=True)
    resource("owl", partner=cast.other_partner)
    assert as_(cast.alice).post(f"/help/{key}/helped/", {"helped": "yes"}).status_code == 404
    assert said() == []


@pytest.mark.parametrize("helped", ["", "maybe"])
def test_verdict_is_yes_or_no(as_, cast, helped):
    resource("x")
    assert as_(cast.alice).post("/help/x/helped/", {"helped": helped}).status_code == 404


SEES = {
    "alice": {"Heron Works"},
    "dana": {"Heron Works", "sibling"},
    "frank": {"foreign"},
    "erin": {"foreign"},
    "sam": set(),
}


@pytest.fixture
def three_said(cast):
    shown = resource("x")
    for person, customer, helped in (
        (cast.alice, cast.customer, True), (cast.charlie, cast.sibling, True), (cast.frank, cast.foreign_customer, False),
    ):  # fmt: skip
        ArticleVerdict.objects.create(
            resource=shown, user=person, customer=customer, partner=customer.partner, helped=helped, said_at=NOW
        )
    return cast, shown


@pytest.mark.parametrize("name", ["alice", "charlie", "frank", "dana", "max", "erin", "sam", "root"])
def test_both_walls_show_the_same_verdicts(three_said, name):
    cast, shown = three_said
    person = getattr(cast, name)
    own = set(ArticleVerdict.objects.visible_to(person).values_list("customer_id", flat=True))
    home, all_ = {cast.customer.pk, cast.sibling.pk}, {cast.customer.pk, cast.sibling.pk, cast.foreign_customer.pk}
    expected = {
        "alice": {cast.customer.pk}, "charlie": {cast.sibling.pk}, "frank": {cast.foreign_customer.pk},
        "dana": home, "max": home, "erin": {cast.foreign_customer.pk}, "sam": set(), "root": all_,
    }[name]  # fmt: skip
    assert own == expected
    with acting_as(person.pk):
        assert {pk for (pk,) in fetch("SELECT customer_id FROM portal_articleverdict")} == expected
        counted = fetch(
            "SELECT portal_article_verdicts(%s, '-infinity', 'infinity', true), portal_article_verdicts(%s, '-infinity', 'infinity', false)",
            shown.pk,
            shown.pk,
        )
    assert counted == [(2, 1) if name in ("sam", "root") else (0, 0)]


@pytest.mark.parametrize("forged", ["user", "customer", "other"])
def test_database_refuses_what_somebody_says_for_others(three_said, forged):
    from django.db import Error

    cast, _shown = three_said
    other = resource("y")
    who = {"user": cast.bob, "customer": cast.alice, "other": cast.alice}[forged]
    where = {"user": cast.customer, "customer": cast.sibling, "other": cast.foreign_customer}[forged]
    with pytest.raises(Error, match="row-level security"), acting_as(cast.alice.pk):
        ArticleVerdict.objects.create(
            resource=other, user=who, customer=where, partner=where.partner, helped=True, said_at=NOW
        )


def test_nobody_changes_what_others_have_said(three_said):
    cast, _shown = three_said
    for person in (cast.bob, cast.dana, cast.max, cast.sam):
        with acting_as(person.pk):
            assert ArticleVerdict.objects.update(helped=False) == 0
    assert ArticleVerdict.objects.said(helped=True).between(NOW, LATER).count() == 2
    assert ArticleVerdict.objects.between(LATER, LATER).count() == 0


def test_article_that_somebody_has_judged_is_not_deleted(as_, three_said):
    cast, shown = three_said
    there = f"/admin/portal/supportresource/{shown.pk}/delete/"
    assert as_(cast.sam).post(there, {"post": "yes"}).status_code == 403


# --- Hours ---------------------------------------------------------------------------------------------------------

AT = datetime.datetime(2026, 11, 23, 3, tzinfo=datetime.UTC)
IN_TAIPEI = "Monday to Friday, 09:00 to 18:00 (Taipei)"


@pytest.mark.parametrize(
    ("zone", "here"),
    [
        ("Asia/Taipei", ""),
        ("Asia/Singapore", ""),
        ("UTC", "Monday to Friday, 01:00 to 10:00 (UTC)"),
        ("America/Los_Angeles", "Sunday to Thursday, 17:00 to 02:00 (Los Angeles)"),
    ],
)
def test_hours_are_said_by_the_readers_clock(cast, zone, here):
    cast.partner.time_zone = "Asia/Taipei"
    with timezone.override(zone):
        assert hours.hours_of(cast.partner, AT) == hours.Hours(IN_TAIPEI, here)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ([0, 2, 4], "Monday, Wednesday, Friday"),
        ([5, 6], "Saturday, Sunday"),
        ([4, 5, 6, 0], "Friday to Monday"),
        ([0, 1, 2, 3, 4, 5, 6], "every day"),
        ([0, 1, 2, 5], "Monday, Tuesday, Wednesday, Saturday"),
    ],
)
def test_days_in_words(cast, days, words):
    cast.partner.business_days = days
    with timezone.override("UTC"):
        assert hours.hours_of(cast.partner, AT).there == f"{words}, 09:00 to 18:00 (UTC)"


def test_card_says_the_partners_words_and_the_readers_time(as_, cast):
    cast.partner.hours, cast.partner.time_zone = "Weekdays nine to six", "Asia/Taipei"
    cast.partner.save()
    page = text_of(as_(cast.alice).get("/support/"))
    assert "Weekdays nine to six Your time: Monday to Friday, 01:00 to 10:00 (UTC)" in page


# --- Other clouds --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("cloud", "seen"), [(Cloud.COMMERCIAL, {"a"}), (Cloud.GCC_HIGH, {"b"}), (Cloud.DOD, set())])
def test_pages_are_of_the_customers_cloud(as_, cast, cloud, seen):
    for key, where in (("a", "commercial"), ("b", "gcc_high")):
        link(key, category="help", **{f"address_{where}": f"https://{key}.example"})
    cast.customer.cloud = cloud
    cast.customer.save()
    client = as_(cast.alice)
    with translation.override("en"):
        for path in ("/self-service/", "/support/", "/search/?q=title"):
            assert set(re.findall(r"https://(\w)\.example", client.get(path).text)) == seen

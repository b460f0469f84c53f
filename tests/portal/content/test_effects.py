"""What content does: what is counted as opened, helped and asked for, who is shown the sums, and in how many statements."""

import csv
import datetime
import io

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import CustomerMembership
from portal.content.effects import Effect, months_until, read_effects
from portal.content.openings import forget_openings, month_before, record_opening
from portal.lib.acting import SITE, acting_as
from portal.models import ContentOpening, HelpAnswer
from tests import factories

NOON = datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.UTC)
DAY, HOUR = datetime.timedelta(days=1), datetime.timedelta(hours=1)
OPENED, PAGE = "/opened/", "/admin/content/effects/"
NOVEMBER = datetime.date(2026, 11, 1)


@pytest.fixture
def as_(client):
    def sign_in(person):
        client.force_login(person)
        return client

    return sign_in


@pytest.fixture
def content(cast):
    """A link and a resource for all, and one of each of both partners."""
    cast.links = {
        name: factories.link(name, partner=partner, address_commercial=f"https://{name}.example")
        for name, partner in (("all", None), ("heron", cast.partner), ("owl", cast.other_partner))
    }
    cast.resources = {
        name: factories.resource(name, partner=partner)
        for name, partner in (("all", None), ("heron", cast.partner), ("owl", cast.other_partner))
    }
    return cast


def asked(customer, author, at, *read):
    filed = factories.purchase(customer, author)
    type(filed).objects.filter(pk=filed.pk).update(submitted_at=at, read_before=list(read))


def shown(person, partner, month=NOVEMBER, now=NOON):
    """Return what a month's page says, by key."""
    with acting_as(person.pk):
        found = read_effects(person, partner, month, now)
    return {line.content.key: line.effect for line in found.links}, {
        line.content.key: line.effect for line in found.resources
    }


# --- What is counted -------------------------------------------------------------------------------------------


def test_opening_is_counted_once_a_day_for_a_person_and_a_customer(content):
    link, resource = content.links["all"], content.resources["all"]
    for opened in (link, resource):
        for at in (NOON, NOON + HOUR, NOON + DAY):
            record_opening(opened, customer=content.customer, reader=content.alice, now=at)
        record_opening(opened, customer=content.customer, reader=content.bob, now=NOON)
    links, resources = shown(content.max, content.partner)
    assert (links["all"], resources["all"]) == (Effect(opened=3), Effect(opened=3))


def test_link_led_to_a_request_of_the_same_person_for_the_same_customer_within_a_day(content):
    record_opening(content.links["all"], customer=content.customer, reader=content.alice, now=NOON)
    record_opening(content.links["heron"], customer=content.customer, reader=content.bob, now=NOON)
    asked(content.customer, content.alice, NOON + 23 * HOUR)
    asked(content.customer, content.alice, NOON + 2 * HOUR)  # the same opening leads once
    asked(content.customer, content.bob, NOON + DAY)  # too late
    asked(content.customer, content.bob, NOON - HOUR)  # before
    asked(content.sibling, content.charlie, NOON + HOUR)  # somebody else
    links, _resources = shown(content.max, content.partner)
    assert (links["all"], links["heron"]) == (Effect(opened=1, asked=1), Effect(opened=1))


def test_resource_led_to_the_requests_whose_author_had_read_it(content):
    asked(content.customer, content.alice, NOON, "all", "heron")
    asked(content.customer, content.bob, NOON, "all", "owl", "gone")
    asked(content.foreign_customer, content.frank, NOON, "owl")
    asked(content.customer, content.alice, NOON - 31 * DAY, "all")  # in October
    assert shown(content.max, content.partner)[1] == {"all": Effect(asked=2), "heron": Effect(asked=1)}
    assert shown(content.sam, None)[1] == {"all": Effect(asked=2), "heron": Effect(asked=1), "owl": Effect(asked=1)}


def test_resource_helped_as_often_as_somebody_said_so(content):
    for customer, reader, found in (
        (content.customer, content.alice, content.resources["all"]),
        (content.sibling, content.charlie, content.resources["all"]),
        (content.foreign_customer, content.frank, content.resources["all"]),
        (content.customer, content.alice, None),  # the page as a whole is no resource
    ):
        HelpAnswer.objects.create(
            resource=found, kind="purchase", customer=customer, partner=customer.partner, user=reader, created_at=NOON
        )
    assert shown(content.max, content.partner)[1] == {"all": Effect(helped=2), "heron": Effect()}
    assert shown(content.sam, None)[1]["all"] == Effect(helped=3)


def test_sums_are_kept_apart_by_month_and_by_partner(content):
    last = datetime.datetime(2026, 10, 31, 23, 59, tzinfo=datetime.UTC)
    record_opening(content.links["all"], customer=content.customer, reader=content.alice, now=last)
    record_opening(content.links["all"], customer=content.customer, reader=content.alice, now=last + HOUR)
    record_opening(content.links["all"], customer=content.foreign_customer, reader=content.frank, now=NOON)
    with acting_as(content.sam.pk):
        every = read_effects(content.sam, None, NOVEMBER, NOON)
        october = read_effects(content.sam, content.partner, datetime.date(2026, 10, 1), NOON)
    assert {month: links.opened for month, (links, _resources) in every.months.items() if links.opened} == {
        datetime.date(2026, 10, 1): 1,
        NOVEMBER: 2,
    }
    assert every.of_links == Effect(opened=2)
    assert october.of_links == Effect(opened=1)


def test_what_nobody_sees_now_is_shown_only_where_it_was_counted(content):
    for name in ("all", "heron"):
        record_opening(content.links[name], customer=content.customer, reader=content.alice, now=NOON)
    for row in (content.links["all"], content.resources["heron"]):
        row.is_draft = True
        row.save()
    links, resources = shown(content.max, content.partner)
    assert (list(links), list(resources)) == (["all", "heron"], ["all"])


def test_most_opened_comes_first(content):
    record_opening(content.links["heron"], customer=content.customer, reader=content.alice, now=NOON)
    assert list(shown(content.max, content.partner)[0]) == ["heron", "all"]


def test_months_that_can_be_chosen_are_twelve():
    months = months_until(datetime.datetime(2026, 2, 28, tzinfo=datetime.UTC))
    assert (len(months), months[0], months[1], months[-1]) == (
        12, datetime.date(2026, 2, 1), datetime.date(2026, 1, 1), datetime.date(2025, 3, 1),
    )  # fmt: skip
    assert [month_before(datetime.date(2026, 1, 31), back) for back in (-1, 0, 1, 13)] == [
        datetime.date(2026, 2, 1), datetime.date(2026, 1, 1), datetime.date(2025, 12, 1), datetime.date(2024, 12, 1),
    ]  # fmt: skip


# --- Telling ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["link", "resource"])
def test_browser_tells_what_was_opened(as_, content, kind):
    row = (content.links if kind == "link" else content.resources)["heron"]
    sent = {kind: row.pk, "customer": content.customer.pk}
    browser = as_(content.carol)  # a viewer reads, too
    assert [browser.post(OPENED, sent).status_code for _again in range(2)] == [204, 204]
    opening = ContentOpening.objects.get()
    assert (opening.link or opening.resource) == row
    assert (opening.customer, opening.partner, opening.user) == (content.customer, content.partner, content.carol)
    assert opening.day == timezone.now().date()


@pytest.mark.parametrize(
    ("name", "what", "where"),
    [
        ("alice", "owl", "customer"),  # not shown to this customer
        ("alice", "all", "sibling"),  # somebody else's customer
        ("dana", "all", "customer"),  # no customer of theirs: the partner works for it
        ("root", "all", "customer"),
        ("alice", "draft", "customer"),
        ("alice", "none", "customer"),
    ],
)
def test_opening_of_what_is_not_shown_is_none(as_, content, name, what, where):
    content.links["draft"] = factories.link("draft", is_draft=True)
    pk = content.links[what].pk if what in content.links else 10**9
    sent = {"link": pk, "customer": getattr(content, where).pk}
    assert as_(getattr(content, name)).post(OPENED, sent).status_code == 404
    assert ContentOpening.objects.count() == 0


def test_link_of_another_partner_is_none_also_for_who_buys_from_both(as_, content):
    """They may read it, in the name of the other customer."""
    CustomerMembership.objects.create(user=content.alice, customer=content.foreign_customer, role="viewer")
    browser, owl = as_(content.alice), content.links["owl"].pk
    assert browser.post(OPENED, {"link": owl, "customer": content.customer.pk}).status_code == 404
    assert browser.post(OPENED, {"link": owl, "customer": content.foreign_customer.pk}).status_code == 204


@pytest.mark.parametrize("sent", ["", "x", "-1", "1" * 19, "１", "1\0"])
def test_opening_of_nonsense_is_none(as_, content, sent):
    assert as_(content.alice).post(OPENED, {"link": sent, "customer": content.customer.pk}).status_code == 404


def test_get_counts_nothing(as_, content):
    assert as_(content.alice).get(OPENED, {"link": content.links["all"].pk}).status_code == 405
    assert ContentOpening.objects.count() == 0


def test_pages_name_what_is_opened_there(as_, content):
    browser = as_(content.alice)
    link, resource = content.links["heron"].pk, content.resources["heron"].pk
    assert f'data-opens="link:{link}"' in browser.get("/").text
    assert f'data-opens="resource:{resource}"' in browser.get("/ask/purchase/").text
    page = browser.get(content.resources["heron"].get_absolute_url()).text
    assert f'data-opens="resource:{resource}"' in page
    assert f'<meta name="openings" content="{OPENED}" data-customer="{content.customer.pk}">' in page
    assert "openings.js" not in as_(content.dana).get(content.resources["heron"].get_absolute_url()).text


# --- Forgetting ------------------------------------------------------------------------------------------------


def test_what_is_older_than_thirteen_months_is_forgotten(content):
    for months in (0, 12, 13, 14):
        at = datetime.datetime.combine(month_before(timezone.now().date(), months), datetime.time(), datetime.UTC)
        record_opening(content.links["all"], customer=content.customer, reader=content.alice, now=at)
    with acting_as(SITE):
        assert forget_openings(timezone.now()) == 1
        assert forget_openings(timezone.now()) == 0
    assert ContentOpening.objects.count() == 3


def test_what_is_deleted_takes_its_openings_along(as_, content):
    for kind in ("selfservicelink", "supportresource"):
        row = (content.links if kind == "selfservicelink" else content.resources)["heron"]
        record_opening(row, customer=content.customer, reader=content.alice, now=NOON)
        answer = as_(content.max).post(f"/admin/portal/{kind}/{row.pk}/delete/", {"post": "yes"})
        assert answer.status_code == 302
    assert ContentOpening.objects.count() == 0


# --- The page --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "status"), [("max", 200), ("erin", 200), ("sam", 200), ("root", 200), ("dana", 403), ("alice", 302)]
)
def test_page_and_file_open_for_who_keeps_content(as_, content, name, status):
    browser = as_(getattr(content, name))
    assert [browser.get(one).status_code for one in (PAGE, f"{PAGE}export/")] == [status, status]
    if status != 302:
        assert (f'href="{PAGE}"' in browser.get("/admin/").text) == (status == 200)


def lines(page, key):
    card = next(one for one in page.context["cards"] if one.key == key)
    return {row.name: [text for text, _parts in row.cells] for row in card.bars.rows}


def test_manager_sees_the_own_partner_and_no_other(as_, content):
    now = timezone.now()
    for customer, reader in ((content.customer, content.alice), (content.foreign_customer, content.frank)):
        record_opening(content.links["all"], customer=customer, reader=reader, now=now)
    browser = as_(content.max)
    assert lines(browser.get(PAGE), "links") == {
        "Title of all": ["1", "0"],
        f"Title of heron · {content.partner}": ["0", "0"],
    }
    assert browser.get(PAGE, {"partner": content.other_partner.pk}).status_code == 404
    assert browser.get(f"{PAGE}export/", {"partner": content.other_partner.pk}).status_code == 404
    staff = as_(content.sam)
    assert lines(staff.get(PAGE), "links")["Title of all"] == ["2", "0"]
    assert lines(staff.get(PAGE, {"partner": content.partner.pk}), "links")["Title of all"] == ["1", "0"]
    assert staff.get(PAGE, {"partner": "x"}).status_code == 404


def test_page_says_the_shares(as_, content):
    now = timezone.now()
    for reader in (content.alice, content.bob, content.carol):
        record_opening(content.resources["all"], customer=content.customer, reader=reader, now=now)
    asked(content.customer, content.alice, now, "all", "heron")
    HelpAnswer.objects.create(
        resource=content.resources["all"], kind="purchase", customer=content.customer, partner=content.partner,
        user=content.bob, created_at=now,
    )  # fmt: skip
    page = as_(content.max).get(PAGE)
    assert lines(page, "resources") == {
        "Title of all": ["3", "1 (33%)", "1 (33%)"],
        f"Title of heron · {content.partner}": ["0", "0", "1"],  # read by a browser that tells nothing
    }
    months = next(one for one in page.context["cards"] if one.key == "months")
    assert len(months.table.rows) == 12
    assert months.table.rows[-1][1] == ["0", "3", "1", "2"]


@pytest.mark.parametrize("month", ["", "x", "2001-01", "2026-13", "9999-99", "\0"])
def test_month_that_cannot_be_chosen_is_this_one(as_, content, month):
    page = as_(content.max).get(PAGE, {"month": month})
    assert page.context["month"] == timezone.now().date().replace(day=1)


def test_nobody_is_named_on_the_page_or_in_the_file(as_, content):
    record_opening(content.links["all"], customer=content.customer, reader=content.alice, now=timezone.now())
    for keeper in (content.max, content.sam, content.root):
        browser = as_(keeper)
        for address in (PAGE, f"{PAGE}export/"):
            answer = browser.get(address)
            said = b"".join(answer.streaming_content).decode() if answer.streaming else answer.text
            for word in (content.alice.name, content.alice.email, content.customer.name):
                assert said.count(word) == 0


def test_file_says_what_the_page_says(as_, content):
    now = timezone.now()
    content.links["all"].title = {"en": "=1+1"}
    content.links["all"].save()
    record_opening(content.links["all"], customer=content.customer, reader=content.alice, now=now)
    answer = as_(content.max).get(f"{PAGE}export/", {"month": f"{now:%Y-%m}"})
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode().lstrip("\ufeff"))))
    assert answer.headers["Content-Disposition"] == f'attachment; filename="content-{now:%Y-%m}.csv"'
    assert rows[0] == {
        "Month": f"{now:%Y-%m}", "Kind": "self-service link", "Key": "all", "Title": "'=1+1", "Kept by": "the site",
        "Opened": "1", "Helped": "0", "Did not help": "0", "Led to a request": "0",
    }  # fmt: skip
    assert [row["Key"] for row in rows] == ["all", "heron", "all", "heron"]


@pytest.mark.parametrize(("name", "statements"), [("max", 8), ("sam", 7)])
@pytest.mark.parametrize("many", [1, 3])
def test_page_takes_the_same_statements_for_one_row_and_for_three(
    as_, content, assert_statements, name, statements, many
):
    for number in range(many):
        link = factories.link(f"link-{number}", partner=content.partner)
        record_opening(link, customer=content.customer, reader=content.alice, now=timezone.now())
    browser = as_(getattr(content, name))
    browser.get(PAGE)
    with assert_statements(statements):
        assert browser.get(PAGE).status_code == 200


def test_reading_takes_three_statements(content, django_assert_num_queries):
    with acting_as(content.max.pk), django_assert_num_queries(3):
        read_effects(content.max, content.partner, NOVEMBER, NOON)


# --- The database ----------------------------------------------------------------------------------------------


def test_opening_is_of_one_thing_and_mixes_no_tenants(content):
    whole = {
        "customer": content.customer, "partner": content.partner, "user": content.alice, "day": NOON.date(),
        "opened_at": NOON,
    }  # fmt: skip
    link, resource = content.links["all"], content.resources["all"]
    for wrong in ({}, {"link": link, "resource": resource}, {"link": link, "partner": content.other_partner}):
        with pytest.raises(IntegrityError, match="portal_opening_of_"), transaction.atomic():
            ContentOpening.objects.create(**whole | wrong)


def test_month_of_a_partner_is_found_by_its_index(content):
    """Among twenty thousand openings; the statement is the one within ``portal_content_effects``."""
    fill = (
        "INSERT INTO portal_contentopening (link_id, customer_id, partner_id, user_id, day, opened_at) "
        "SELECT %s, %s, %s, %s, '2000-01-01'::date + n, '2000-01-01'::timestamptz FROM generate_series(1, 20000) n"
    )
    where = "day >= '2026-11-01' AND day < '2026-12-01'"
    with connection.cursor() as cursor:
        cursor.execute(fill, [content.links["all"].pk, content.customer.pk, content.partner.pk, content.alice.pk])
        plans = {}
        for name, rows in (("partner", f"partner_id = {content.partner.pk} AND {where}"), ("day", where)):
            cursor.execute(f"EXPLAIN SELECT count(*) FROM portal_contentopening WHERE {rows}")
            plans[name] = "\n".join(line for (line,) in cursor.fetchall())
    assert {name: f"portal_opening_{name}" in plan for name, plan in plans.items()} == {"partner": True, "day": True}

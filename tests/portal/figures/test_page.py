"""The manager's page of pictures: who sees it, what it says, of which days, in how many statements."""

import datetime
import re

import pytest
from django.utils import timezone

from accounts.models import PartnerMembership
from portal.models import HelpAnswer, SupportResource
from requests_app.models import Kind, Status
from tests import factories
from tests.requests_app.desk import listed
from tests.requests_app.figures import DAY, HOUR, on_file

PAGE = "/admin/figures/"
LINK = f'href="{PAGE}"'


@pytest.fixture
def as_(client):
    def sign_in(person):
        client.force_login(person)
        return client

    return sign_in


@pytest.fixture
def busy(cast):
    """Of the partner's: eight requests at two customers; of the other one's: some more."""
    now = timezone.now()
    story = {"submitted_at": now - 3 * DAY, "answered_at": now - 3 * DAY + HOUR, "window_closes_at": now - DAY}
    late = story | {"submitted_at": now - 5 * DAY, "answered_at": now - 5 * DAY + HOUR, "closed_at": now - HOUR}
    on_file(
        cast.customer, cast.alice, cast.dana,
        *[story | {"status": Status.COMPLETED, "kind": Kind.MORE_SEATS}] * 3,
        late | {"status": Status.COMPLETED, "kind": Kind.FEWER_SEATS, "assignee": cast.max},
        story | {"status": Status.DECLINED},
        story | {"status": Status.IN_REVIEW},
        {"submitted_at": now - 10 * DAY, "status": Status.SUBMITTED},
    )  # fmt: skip
    on_file(cast.sibling, cast.charlie, cast.dana, {"submitted_at": now - HOUR, "status": Status.SUBMITTED})
    on_file(cast.foreign_customer, cast.frank, cast.erin, *[story | {"status": Status.COMPLETED}] * 5)
    resource = SupportResource.objects.create(key="x", title={"en": "Free licences", "zh-hant": "可用的授權"})
    for customer, reader, found in (
        (cast.customer, cast.alice, resource), (cast.sibling, cast.charlie, resource), (cast.customer, cast.alice, None),
        (cast.foreign_customer, cast.frank, resource),
    ):  # fmt: skip
        HelpAnswer.objects.create(
            resource=found, kind="purchase", customer=customer, partner=customer.partner, user=reader, created_at=now
        )
    return cast


def card(page, key):
    return next(one for one in page.context["cards"] if one.key == key)


def bars(of_card):
    return {row.name: [text for text, _parts in row.cells] for row in of_card.bars.rows}


# --- Who -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "status"), [("max", 200), ("erin", 200), ("root", 200), ("dana", 403), ("sam", 403), ("alice", 302)]
)
def test_page_opens_for_managers_and_superusers(as_, busy, name, status):
    assert as_(getattr(busy, name)).get(PAGE).status_code == status


@pytest.mark.parametrize(("name", "shown"), [("max", True), ("root", True), ("dana", False), ("sam", False)])
def test_way_to_the_page_is_shown_to_those_it_opens_for(as_, cast, name, shown):
    assert (LINK in as_(getattr(cast, name)).get("/admin/").text) == shown


def test_manager_sees_the_own_partner_and_no_other(as_, busy):
    browser = as_(busy.max)
    assert browser.get(PAGE).context["partner"] == busy.partner
    assert browser.get(PAGE, {"partner": busy.partner.pk}).context["partner"] == busy.partner
    assert [browser.get(PAGE, {"partner": pk}).status_code for pk in (busy.other_partner.pk, 799_999_999)] == [404, 404]


@pytest.mark.parametrize("partner", ["x", "-1", "9" * 30, "\0", "１"])
def test_partner_that_cannot_be_answers_like_one_that_is_not_there(as_, cast, partner):
    assert as_(cast.max).get(PAGE, {"partner": partner}).status_code == 404


def test_agent_at_one_partner_and_manager_at_another_sees_the_other_one(as_, busy):
    PartnerMembership.objects.create(user=busy.dana, partner=busy.other_partner, role="manager")
    browser = as_(busy.dana)
    assert browser.get(PAGE).context["partner"] == busy.other_partner
    assert browser.get(PAGE, {"partner": busy.partner.pk}).status_code == 404


def test_superuser_chooses_a_partner_and_every_link_keeps_it(as_, busy):
    browser = as_(busy.root)
    assert browser.get(PAGE).context["partner"] == busy.partner
    page = browser.get(PAGE, {"partner": busy.other_partner.pk, "period": "year"})
    assert page.context["partner"] == busy.other_partner
    assert card(page, "kinds").finding == "5 requests came in; 100% of them were purchases"
    assert f'<option value="{busy.other_partner.pk}" selected>Grey Owl Cloud</option>' in page.text
    addresses = [address for _label, address, _current in page.context["choices"]]
    assert addresses == [f"?period={one}&partner={busy.other_partner.pk}" for one in ("month", "quarter", "year")]


# --- What ------------------------------------------------------------------------------------------------------


def test_page_says_what_there_is_to_see(as_, busy):
    page = as_(busy.max).get(PAGE)
    findings = {one.key: one.finding for one in page.context["cards"]}
    kept = {key: finding for key, finding in findings.items() if key not in ("answers", "done")}
    assert kept == {
        "kinds": "8 requests came in; 50% of them were purchases",
        "states": "50% of it is done, 3 requests are still open",
        "ages": "3 requests are open, 2 of them overdue",
        "windows": "60% of what had a window was done before it closed: 3 of 5",
        "people": "Of 3 open requests, 2 are with nobody yet",
        "help": "3 questions were answered without a request: 27% of all",
    }
    assert findings["answers"].startswith("First answers: half within ")
    assert findings["done"] == "Done: half within 1 day, nine of ten within 3 days 18 hours"
    assert [(tile.value, tile.name) for tile in page.context["head"]] == [
        ("8", "came in"), ("4", "were done"), ("100%", "answered within your promise"),
        ("60%", "done before their window closed"), ("3", "are open now"), ("2", "are overdue"),
    ]  # fmt: skip
    for finding in findings.values():
        assert finding in page.text


def test_numbers_stand_in_tables_too(as_, busy):
    page = as_(busy.max).get(PAGE)
    kinds = card(page, "kinds").table
    assert (kinds.columns, kinds.total) == (
        ["Purchase", "More seats", "Fewer seats", "Together"], ["4", "3", "1", "8"],
    )  # fmt: skip
    assert len(kinds.rows) == 30
    assert sum(int(cells[-1]) for _name, cells in kinds.rows) == 8
    states = card(page, "states").table
    assert (states.columns, states.total) == (
        ["Done", "Declined", "In review", "Not taken on yet", "Together"], ["4", "1", "1", "2", "8"],
    )  # fmt: skip
    assert bars(card(page, "ages")) == {
        "less than a day": ["1", "0"], "1 to 2 days": ["0", "0"], "3 to 6 days": ["1", "1"], "7 to 13 days": ["1", "1"],
        "14 to 29 days": ["0", "0"], "30 days and more": ["0", "0"],
    }  # fmt: skip
    assert bars(card(page, "windows")) == {
        "Before it closed": ["3", "60%"], "After it had closed": ["1", "20%"], "Still open, and it has closed": ["1", "20%"],
    }  # fmt: skip
    assert bars(card(page, "people")) == {"Dana": ["1", "3"], "Max": ["0", "1"], "Nobody yet": ["2", "0"]}
    assert bars(card(page, "help")) == {"Free licences": ["2"], "The page as a whole": ["1"]}


def test_every_picture_has_a_name_and_nothing_is_named_twice(as_, busy):
    text = as_(busy.max).get(PAGE).text
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    pictures = re.findall(r'<svg[^>]*role="img"[^>]*>', text)
    assert len(pictures) == 4
    for picture in pictures:
        names = re.search(r'aria-labelledby="([^"]+)"', picture)[1].split()
        assert set(names) <= set(ids)
    others = re.findall(r"<svg(?![^>]*(?:role=|base-svgs))[^>]*>", text)
    assert [one for one in others if 'aria-hidden="true"' not in one and "figure-swatch" not in one] == []
    used = set(re.findall(r"url\(#([^)]+)\)", text))
    assert used <= set(ids)
    assert "texture-dots" in used


def test_bars_lead_to_the_views_that_they_count(as_, busy):
    page = as_(busy.max).get(PAGE)
    queue = "/admin/requests_app/subscriptionrequest/"
    assert {row.name: row.href for row in card(page, "people").bars.rows} == {
        "Dana": f"{queue}?show=open&assignee={busy.dana.pk}",
        "Max": f"{queue}?show=open&assignee={busy.max.pk}",
        "Nobody yet": f"{queue}?show=unassigned",
    }
    assert card(page, "ages").links == [
        ("All that is open", f"{queue}?show=open"), ("What is overdue", f"{queue}?show=overdue"),
    ]  # fmt: skip
    overdue = page.context["head"][-1]
    assert str(len(listed(as_(busy.max).get(overdue.href)))) == overdue.value


def test_people_who_have_left_have_no_name_here(as_, busy):
    busy.dana.partner_memberships.all().delete()
    page = as_(busy.max).get(PAGE)
    assert bars(card(page, "people")) == {
        "Max": ["0", "1"],
        "Not in the team any more": ["1", "3"],
        "Nobody yet": ["2", "0"],
    }
    assert "Dana" not in page.text


def test_many_people_are_in_the_table_and_the_busiest_in_the_picture(as_, busy):
    for number in range(12):
        person = factories.person(f"agent{number:02}")
        PartnerMembership.objects.create(user=person, partner=busy.partner, role="agent")
    people = card(as_(busy.max).get(PAGE), "people")
    assert len(people.bars.rows) == 8
    assert {"Dana", "Max", "Nobody yet"} <= {row.name for row in people.bars.rows}
    assert len(people.table.rows) == 15
    assert people.table.total == ["3", "2", "4"]


def test_nothing_at_all_says_so(as_, cast):
    page = as_(cast.max).get(PAGE)
    assert page.context["cards"] == []
    assert "Nothing to show yet" in page.text


def test_each_picture_says_when_there_is_nothing_in_the_period(as_, busy):
    page = as_(busy.max).get(PAGE, {"first": "2001-01-01", "last": "2001-02-01"})
    assert {one.key: one.finding for one in page.context["cards"]} == {
        "kinds": "Nothing came in",
        "states": "Nothing came in",
        "answers": "Nothing came in",
        "done": "Nothing was done in this period",
        "ages": "3 requests are open, 2 of them overdue",
        "windows": "No window had to be met",
        "people": "Of 3 open requests, 2 are with nobody yet",
        "help": "No support resource has answered anybody",
    }


def test_page_speaks_the_readers_language(as_, busy):
    busy.max.language = "zh-hant"
    busy.max.save()
    page = as_(busy.max).get(PAGE)
    assert page.status_code == 200
    assert "可用的授權" in page.text


# --- Of which days ---------------------------------------------------------------------------------------------


def test_days_are_those_of_the_partner_and_the_page_says_so(as_, cast):
    cast.partner.time_zone = "Pacific/Kiritimati"
    cast.partner.save()
    cast.max.time_zone = "America/Los_Angeles"
    cast.max.save()
    page = as_(cast.max).get(PAGE)
    today = timezone.now().astimezone(cast.partner.zone).date()
    assert f"{today.day} {today:%b %Y}</strong>" in page.text
    assert "days of Kiritimati, the partner" in page.text


@pytest.mark.parametrize("period", ["month", "nonsense", "", "\0"])
def test_page_opens_on_the_last_thirty_days(as_, busy, period):
    page = as_(busy.max).get(PAGE, {"period": period})
    assert (page.context["name"], len(card(page, "kinds").table.rows)) == ("month", 30)


def test_own_period_is_drawn_by_week_or_month_as_fits(as_, busy):
    browser, today = as_(busy.max), timezone.now().date()
    for days, columns in ((60, {9, 10}), (400, {13, 14, 15})):
        page = browser.get(PAGE, {"first": f"{today - datetime.timedelta(days=days)}", "last": f"{today}"})
        assert page.context["name"] == "own"
        assert len(card(page, "kinds").table.rows) in columns


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"first": "2026-02-01", "last": "2026-01-31"}, "The period ends before it begins."),
        ({"first": "2022-01-01", "last": "2024-01-02"}, "A period is at most two years long. Choose a later day."),
        ({"first": "0001-01-01"}, "Dates lie between the years 2000 and 2100. Look for a mistyped year."),
        ({"last": "9999-12-31"}, "Dates lie between the years 2000 and 2100. Look for a mistyped year."),
        ({"first": "yesterday\0"}, "Enter a valid date."),
    ],
)
def test_period_that_cannot_be_is_told_and_the_last_thirty_days_are_shown(as_, busy, given, error):
    page = as_(busy.max).get(PAGE, given)
    assert page.status_code == 200
    assert error in page.text
    assert page.context["name"] == "month"


@pytest.mark.parametrize(
    "given", [{"first": "2100-12-31"}, {"last": "2000-01-01"}, {"first": "2022-01-01", "last": "2023-12-31"}]
)
def test_period_at_the_edge_is_shown(as_, busy, given):
    page = as_(busy.max).get(PAGE, given)
    assert (page.status_code, page.context["name"]) == (200, "own")


# --- In how many statements ------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 3])
def test_page_takes_the_same_statements_for_any_number_of_rows(as_, cast, assert_statements, rows):
    now = timezone.now()
    story = {"submitted_at": now - DAY, "answered_at": now, "status": Status.COMPLETED}
    on_file(cast.customer, cast.alice, cast.dana, *[story] * rows, *[{"submitted_at": now - DAY}] * rows)
    browser = as_(cast.max)
    with assert_statements(12):
        assert browser.get(PAGE).status_code == 200


def test_nothing_is_sent_to_the_page(as_, cast):
    assert as_(cast.max).post(PAGE).status_code == 405

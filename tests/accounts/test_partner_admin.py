"""Business hours and holidays in the admin: whose they are, who keeps them, what is refused."""

import datetime
import html
import re

import pytest
from django.db import transaction
from django.db.utils import ProgrammingError
from django.utils import timezone

from accounts.models import Partner, PartnerHoliday
from portal.lib.acting import acting_as
from tests import factories

HOLIDAYS = "/admin/accounts/partnerholiday/"
DAY = datetime.date(2027, 1, 1)


@pytest.fixture
def as_(client):
    def sign_in(person):
        client.force_login(person)
        return client

    return sign_in


@pytest.fixture
def holiday(cast):
    return cast.partner.holidays.create(date=DAY, name="New Year")


@pytest.mark.parametrize(
    ("name", "sees", "keeps"),
    [("dana", True, False), ("max", True, True), ("sam", True, True), ("root", True, True), ("erin", False, False)],
)
def test_holidays_by_each_of_the_desk(as_, cast, holiday, name, sees, keeps):
    browser = as_(getattr(cast, name))
    assert list(browser.get(HOLIDAYS).context["cl"].result_list) == ([holiday] if sees else [])
    change = f"{HOLIDAYS}{holiday.pk}/change/"
    assert browser.get(change).status_code == (200 if sees else 404)
    answer = browser.post(change, {"date": "2027-02-06", "name": "春節"})
    assert answer.status_code == (302 if keeps else 403 if sees else 404)
    holiday.refresh_from_db()
    assert holiday.name == ("春節" if keeps else "New Year")
    answer = browser.post(f"{HOLIDAYS}{holiday.pk}/delete/", {"post": "yes"})
    assert answer.status_code == (302 if keeps else 403 if sees else 404)
    assert PartnerHoliday.objects.exists() is not keeps


@pytest.mark.parametrize("name", ["alice", "carol", "charlie", "frank"])
def test_holidays_are_closed_to_customers(as_, cast, holiday, name):
    assert as_(getattr(cast, name)).get(f"{HOLIDAYS}{holiday.pk}/change/", follow=True).status_code == 403


def test_manager_adds_holidays_for_their_own_partner_alone(as_, cast):
    browser = as_(cast.max)
    answer = browser.post(f"{HOLIDAYS}add/", {"partner": cast.other_partner.pk, "date": "2027-01-01"})
    assert list(answer.context["adminform"].form.errors) == ["partner"]
    assert browser.post(f"{HOLIDAYS}add/", {"partner": cast.partner.pk, "date": "2027-01-01"}).status_code == 302
    assert PartnerHoliday.objects.get().partner == cast.partner
    answer = browser.post(f"{HOLIDAYS}add/", {"partner": cast.partner.pk, "date": "2027-01-01"})
    assert "This day is a holiday already." in answer.text


@pytest.mark.parametrize("date", ["1999-12-31", "2101-01-01", "0001-01-01", "tomorrow", ""])
def test_holiday_with_a_mistyped_date_is_told(as_, cast, date):
    answer = as_(cast.max).post(f"{HOLIDAYS}add/", {"partner": cast.partner.pk, "date": date})
    assert answer.status_code == 200
    assert answer.context["errors"]
    assert PartnerHoliday.objects.count() == 0


def hours(cast, **fields):
    form = {
        "name": cast.partner.name, "edition": "commercial", "contact_email": "hello@example.com", "lead_time_days": "0",
        "time_zone": "Asia/Taipei", "business_days": ["0", "1", "5"], "opens_at": "08:30", "closes_at": "17:00",
        "answer_hours": "9",
    }  # fmt: skip
    return form | fields


@pytest.mark.parametrize(
    ("name", "status"), [("sam", 302), ("max", 302), ("root", 302), ("dana", 403), ("erin", 404), ("alice", 302)]
)
def test_page_is_kept_by_staff_and_the_partners_managers(as_, cast, name, status):
    address = f"/admin/accounts/partner/{cast.partner.pk}/change/"
    answer = as_(getattr(cast, name)).post(address, hours(cast, phone="+886 2 0100 0000", languages=["zh", "nan"]))
    assert answer.status_code == status
    cast.partner.refresh_from_db()
    changed = name in ("sam", "max", "root")
    assert (cast.partner.phone, cast.partner.languages) == (
        ("+886 2 0100 0000", ["zh", "nan"]) if changed else ("", [])
    )


def test_name_and_edition_are_the_staffs_to_change(as_, cast):
    """Also where a form is forged, and in the database."""
    address = f"/admin/accounts/partner/{cast.partner.pk}/change/"
    forged = hours(cast, name="Somebody Else", edition="us_government")
    page = as_(cast.max).get(address)
    assert "The site's staff change these two" in html.unescape(page.text)
    assert as_(cast.max).post(address, forged).status_code == 302
    cast.partner.refresh_from_db()
    assert (cast.partner.name, cast.partner.edition) == ("Blue Heron Cloud", "commercial")
    for column, value in (("name", "x"), ("edition", "us_government")):
        with acting_as(cast.max.pk), pytest.raises(ProgrammingError, match="the staff's"), transaction.atomic():
            Partner.objects.filter(pk=cast.partner.pk).update(**{column: value})
    assert as_(cast.sam).post(address, forged).status_code == 302
    cast.partner.refresh_from_db()
    assert (cast.partner.name, cast.partner.edition) == ("Somebody Else", "us_government")


def test_manager_adds_no_partner(as_, cast):
    browser = as_(cast.max)
    assert browser.get("/admin/accounts/partner/add/").status_code == 403
    assert browser.post("/admin/accounts/partner/add/", hours(cast, name="Another")).status_code == 403


@pytest.mark.parametrize(("name", "own"), [("max", True), ("dana", True), ("sam", False), ("root", False)])
def test_own_partners_page_is_one_press_from_the_first_page(as_, cast, name, own):
    address = f'href="/admin/accounts/partner/{cast.partner.pk}/change/"' if own else 'href="/admin/accounts/partner/"'
    assert as_(getattr(cast, name)).get("/admin/").text.count(address) >= 1


def test_page_shows_the_card_in_each_language_the_holidays_and_the_own_content(as_, cast):
    factories.link("own", partner=cast.partner)
    factories.link("all")
    factories.resource("foreign", partner=cast.other_partner)
    Partner.objects.filter(pk=cast.partner.pk).update(languages=["en", "nan", "zh"])
    today = timezone.now().date()
    for days in (-1, 5, 3):
        cast.partner.holidays.create(date=today + datetime.timedelta(days=days), name=f"In {days} days")
    address = f"/admin/accounts/partner/{cast.partner.pk}/change/"
    page = html.unescape(as_(cast.max).get(address).text)
    assert "Chinese · Min Nan Chinese · English" in page
    assert "中文 · 閩南語 · 英文" in page
    assert re.findall(r"In -?\d days", page) == ["In 3 days", "In 5 days"]
    assert re.findall(r"links</a> · (\d)|resources</a> · (\d)", page) == [("1", ""), ("", "0")]
    reads = html.unescape(as_(cast.dana).get(address).text)
    assert "Kept for your customers alone" not in reads
    assert "Add a holiday" not in reads
    assert "Chinese · Min Nan Chinese · English" in reads


@pytest.mark.parametrize("many", [1, 3])
def test_page_takes_the_same_statements_for_one_holiday_and_for_three(as_, cast, assert_statements, many):
    for days in range(many):
        cast.partner.holidays.create(date=timezone.now().date() + datetime.timedelta(days=days + 1))
    browser = as_(cast.max)
    address = f"/admin/accounts/partner/{cast.partner.pk}/change/"
    browser.get(address)
    with assert_statements(7):
        assert browser.get(address).status_code == 200


def test_customers_read_which_languages_are_spoken(as_, cast):
    Partner.objects.filter(pk=cast.partner.pk).update(languages=["en", "zh"])
    assert "Chinese · English" in as_(cast.alice).get("/").text


def test_manager_keeps_business_hours(as_, cast):
    address = f"/admin/accounts/partner/{cast.partner.pk}/change/"
    assert as_(cast.max).post(address, hours(cast)).status_code == 302
    cast.partner.refresh_from_db()
    partner = cast.partner
    assert (partner.time_zone, partner.business_days, partner.opens_at, partner.answer_hours) == (
        "Asia/Taipei", [0, 1, 5], datetime.time(8, 30), 9,
    )  # fmt: skip
    text = as_(cast.dana).get(address).text
    assert "Monday · Tuesday · Saturday" in text
    assert "Taipei" in text


@pytest.mark.parametrize(
    ("field", "value", "wrong"),
    [
        ("business_days", [], "business_days"),
        ("business_days", ["7"], "business_days"),
        ("time_zone", "Mars/Olympus", "time_zone"),
        ("closes_at", "08:00", "closes_at"),
        ("answer_hours", "0", "answer_hours"),
        ("answer_hours", "401", "answer_hours"),
        ("contact_email", "nobody", "contact_email"),
        ("web_page", "javascript:alert(1)", "web_page"),
        ("languages", ["tlh"], "languages"),
    ],
)
def test_business_hours_that_cannot_be_are_told(as_, cast, field, value, wrong):
    address = f"/admin/accounts/partner/{cast.partner.pk}/change/"
    answer = as_(cast.max).post(address, hours(cast, **{field: value}))
    assert list(answer.context["adminform"].form.errors) == [wrong]
    assert [len(said) for said in answer.context["adminform"].form.errors.values()] == [1]

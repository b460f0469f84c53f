"""Business hours and holidays in the admin: whose they are, who keeps them, what is refused."""

import datetime

import pytest

from accounts.models import PartnerHoliday

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


def test_staff_keep_business_hours(as_, cast):
    address = f"/admin/accounts/partner/{cast.partner.pk}/change/"
    assert as_(cast.max).post(address, hours(cast)).status_code == 403
    assert as_(cast.sam).post(address, hours(cast)).status_code == 302
    cast.partner.refresh_from_db()
    partner = cast.partner
    assert (partner.time_zone, partner.business_days, partner.opens_at, partner.answer_hours) == (
        "Asia/Taipei", [0, 1, 5], datetime.time(8, 30), 9,
    )  # fmt: skip
    text = as_(cast.max).get(address).text
    assert "Monday · Tuesday · Saturday" in text
    assert "Taipei" in text


@pytest.mark.parametrize(
    ("field", "value", "wrong"),
    [
        ("business_days", [], "business_days"),
        ("business_days", ["7"], "business_days"),
        ("time_zone", "Mars/Olympus", "time_zone"),
        ("closes_at", "08:00", "__all__"),
        ("answer_hours", "0", "__all__"),
    ],
)
def test_business_hours_that_cannot_be_are_told(as_, cast, field, value, wrong):
    address = f"/admin/accounts/partner/{cast.partner.pk}/change/"
    answer = as_(cast.sam).post(address, hours(cast, **{field: value}))
    assert list(answer.context["adminform"].form.errors) == [wrong]

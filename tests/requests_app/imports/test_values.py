"""Cells in the words that people and Partner Center use."""

import datetime
from decimal import Decimal

import pytest

from requests_app.imports import values
from requests_app.imports.problems import NeedsAnswer, Wrong
from requests_app.imports.reading import CellError, Formula
from requests_app.imports.values import How

DAY = datetime.date(2026, 11, 22)
UTC = datetime.UTC


@pytest.mark.parametrize(
    "written",
    ["2026-11-22", "22/11/2026", "11/22/2026", "2026年11月22日", "2026/11/22", "2026.11.22", "22.11.2026", "22 Nov 2026",
     "Nov 22, 2026", "2026-11-22T00:00:00Z", "2026-11-22 23:59:59", "2026-11-22T23:59:59.9999999Z", "11/22/2026 11:59:59 PM",
     "2026/11/22 下午 03:30", DAY, datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.UTC).replace(tzinfo=None)],
    ids=str,
)  # fmt: skip
def test_days_in_every_usual_form(written):
    assert values.date(written, How()) == DAY


@pytest.mark.parametrize(("day_first", "day"), [(True, datetime.date(2026, 6, 5)), (False, datetime.date(2026, 5, 6))])
def test_day_that_can_be_read_in_two_ways_is_asked_for(day_first, day):
    with pytest.raises(NeedsAnswer) as question:
        values.date("05/06/2026", How())
    assert question.value.code == "day_first"
    assert values.date("05/06/2026", How(day_first=day_first)) == day


def test_same_day_in_both_readings_is_no_question():
    assert values.date("05/05/2026", How()) == datetime.date(2026, 5, 5)


def test_what_was_said_about_dates_holds_for_all_of_them():
    with pytest.raises(Wrong) as wrong:
        values.date("22/11/2026", How(day_first=False))
    assert wrong.value.code == "no_date"


@pytest.mark.parametrize(("epoch", "written", "day"), [(1900, "46348", DAY), (1900, 46348, DAY), (1904, "44886", DAY)])
def test_excels_numbers_are_asked_for(epoch, written, day):
    with pytest.raises(NeedsAnswer) as question:
        values.date(written, How())
    assert question.value.code == "serials"
    assert values.date(written, How(epoch=epoch)) == day


@pytest.mark.parametrize("written", ["9999-12-31T00:00:00Z", "31/12/9999", datetime.date(9999, 12, 31).isoformat()])
def test_partner_centers_end_of_time_is_no_end(written):
    assert values.date(written, How()) is None


@pytest.mark.parametrize(
    ("written", "code"),
    [("2026-02-30", "no_date"), ("tomorrow", "no_date"), ("1926-11-22", "far_date"), ("2206-11-22", "far_date"),
     ("2026-11-22 25:00", "no_date"), ("9" * 30, "no_date"), ("1" * 5000, "no_date"), ("2026-11-22T10:00:00+99:00", "no_date"),
     ("0000-00-00", "no_date"), (Formula("=TODAY()"), "formula"), (CellError("#REF!"), "cell_error")],
    ids=lambda one: str(one)[:30],
)  # fmt: skip
def test_what_is_no_day_is_told(written, code):
    with pytest.raises(Wrong) as wrong:
        values.date(written, How())
    assert wrong.value.code == code


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-11-29T08:30:00Z", datetime.datetime(2026, 11, 29, 8, 30, tzinfo=UTC)),
        ("2026-11-29T16:30:00+08:00", datetime.datetime(2026, 11, 29, 8, 30, tzinfo=UTC)),
        ("2026-11-29 08:30", datetime.datetime(2026, 11, 29, 8, 30, tzinfo=UTC)),
        ("2026-11-29", datetime.datetime(2026, 11, 29, 23, 59, 59, tzinfo=UTC)),
        ("2026-11-29T00:00:00Z", datetime.datetime(2026, 11, 29, tzinfo=UTC)),
        ("2026-11-29T08:30:00.123456Z", datetime.datetime(2026, 11, 29, 8, 30, 0, 123456, tzinfo=UTC)),
    ],
)
def test_moments_are_utc(written, moment):
    assert values.moment(written, How()) == moment


@pytest.mark.parametrize(
    ("read", "written", "value"),
    [
        (values.term, "P1Y", "P1Y"), (values.term, "1 Year", "P1Y"), (values.term, "Annual", "P1Y"), (values.term, "1年", "P1Y"),
        (values.term, "One-Month", "P1M"), (values.term, "Monthly", "P1M"), (values.term, "3 years", "P3Y"),
        (values.billing, "Monthly", "monthly"), (values.billing, "年繳", "annual"), (values.billing, "Annually", "annual"),
        (values.billing, "OneTime", "one_time"), (values.billing, "Triennial", "triennial"), (values.billing, "None", "none"),
        (values.status, "Active", "active"), (values.status, "已取消", "deleted"), (values.status, "Canceled", "deleted"),
        (values.status, "SUSPENDED", "suspended"),
        (values.cloud, "GCC High", "gcc_high"), (values.cloud, "商業", "commercial"),
        (values.yes_or_no, "TRUE", True), (values.yes_or_no, True, True), (values.yes_or_no, "否", False),
        (values.yes_or_no, 0, False), (values.yes_or_no, "Enabled", True),
        (values.seats, "1,200", 1200), (values.seats, 25, 25), (values.seats, 25.0, 25), (values.seats, "25.0", 25),
        (values.price, "1,234.50", Decimal("1234.50")), (values.price, "NT$ 310", Decimal("310.00")),
        (values.price, "14,5", Decimal("14.50")), (values.price, 14.4, Decimal("14.40")), (values.price, "134.4000000", Decimal("134.40")),
        (values.currency, "twd", "TWD"), (values.domain, "HTTPS://Contoso.Example/", "contoso.example"),
    ],
    ids=lambda one: one.__qualname__ if callable(one) else str(one),
)  # fmt: skip
def test_words_of_partner_centers_and_of_excels(read, written, value):
    assert read(written, How()) == value


@pytest.mark.parametrize(
    ("read", "written", "code"),
    [
        (values.seats, "many", "no_number"), (values.seats, "-3", "no_number"), (values.seats, "2.5", "no_number"),
        (values.seats, "0", "no_seats"), (values.seats, "1000001", "no_seats"), (values.seats, "²", "no_number"),
        (values.seats, "9" * 30, "no_number"), (values.price, "-1", "no_price"), (values.price, "1e400", "no_price"),
        (values.price, "NaN", "no_price"), (values.term, "P5Y", "no_choice"), (values.status, "Fine", "no_choice"),
        (values.yes_or_no, "perhaps", "no_answer"), (values.tenant_id, "contoso", "no_id"),
        (values.tenant_id, "0f1e2d3c-1111-4222-8333-00000000000g", "no_id"), (values.limited(5), "123456", "long"),
        (values.limited(50), "a\u202eb", "characters"), (values.limited(50), "a\nb", "characters"),
    ],
    ids=lambda one: str(one)[:20] if isinstance(one, str) else "",
)  # fmt: skip
def test_what_cannot_be_meant_is_told(read, written, code):
    with pytest.raises(Wrong) as wrong:
        read(written, How())
    assert wrong.value.code == code

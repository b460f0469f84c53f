"""Moments, deadlines and time spans in words."""

import datetime
import zoneinfo

import pytest
from django.utils import timezone, translation

from portal.lib import display

NOW = datetime.datetime(2026, 11, 22, 9, 0, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("span", "english", "chinese"),
    [
        ({"days": 2, "hours": 4, "minutes": 59}, "2 days 4 hours", "2 天 4 小時"),
        ({"days": 1}, "1 day", "1 天"),
        ({"days": 40, "minutes": 3}, "40 days 3 minutes", "40 天 3 分鐘"),
        ({"hours": 1, "minutes": 1}, "1 hour 1 minute", "1 小時 1 分鐘"),
        ({"seconds": 59}, "less than a minute", "不到 1 分鐘"),
        ({"seconds": -1}, "less than a minute", "不到 1 分鐘"),
    ],
)
def test_duration_in_words(span, english, chinese):
    for language, words in (("en", english), ("zh-hant", chinese)):
        with translation.override(language):
            assert display.duration(datetime.timedelta(**span)) == words


def test_time_left_is_empty_once_it_has_passed():
    later = NOW + datetime.timedelta(hours=3)
    assert (display.time_left(later, NOW), display.time_left(NOW, NOW)) == ("3 hours", "")
    assert (display.time_past(NOW, later), display.time_past(later, NOW)) == ("3 hours", "")


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("UTC", "25 Nov 2026, 09:00 UTC"),
        ("Asia/Taipei", "25 Nov 2026, 09:00 UTC / 17:00 Taipei"),
        ("Pacific/Auckland", "25 Nov 2026, 09:00 UTC / 22:00 Auckland"),
        ("America/New_York", "25 Nov 2026, 09:00 UTC / 04:00 New York"),
        ("Pacific/Kiritimati", "25 Nov 2026, 09:00 UTC / 23:00 Kiritimati"),
    ],
)
def test_deadline_in_utc_with_the_readers_time_beside_it(zone, text):
    moment = datetime.datetime(2026, 11, 25, 9, 0, tzinfo=datetime.UTC)
    with timezone.override(zoneinfo.ZoneInfo(zone)):
        assert display.deadline(moment) == f'<time datetime="2026-11-25T09:00:00+00:00">{text}</time>'


def test_deadline_on_another_local_day_names_that_day():
    moment = datetime.datetime(2026, 11, 25, 20, 0, tzinfo=datetime.UTC)
    with timezone.override(zoneinfo.ZoneInfo("Asia/Taipei")):
        assert "25 Nov 2026, 20:00 UTC / 26 Nov 2026, 04:00 Taipei" in display.deadline(moment)


@pytest.mark.parametrize(("days", "text"), [(0, "today"), (1, "in 1 day"), (3, "in 3 days"), (-2, "2 days ago")])
def test_days_until_in_words(days, text):
    assert display.days_until(NOW.date() + datetime.timedelta(days=days), NOW) == text


def test_day_goes_on_until_it_is_over_in_utc():
    """In Taipei it is the 23rd already, but the last day of a term is UTC's 22nd."""
    evening = datetime.datetime(2026, 11, 22, 18, tzinfo=datetime.UTC)
    with timezone.override("Asia/Taipei"):
        assert display.days_until(evening.date(), evening) == "today"
        assert display.days_until(evening.date() - datetime.timedelta(days=1), evening) == "2 days ago"

"""Places that time zones are named for."""

import zoneinfo

import pytest
from django.utils import translation

from portal.lib.time_zones import place_name


@pytest.mark.parametrize(
    ("zone", "english", "chinese"),
    [
        ("Asia/Taipei", "Taipei", "台北"),
        ("Asia/Kolkata", "Kolkata", "加爾各答"),
        ("Europe/Kyiv", "Kyiv", "基輔"),
        ("America/Argentina/Buenos_Aires", "Argentina/Buenos Aires", "布宜諾斯艾利斯"),
    ],
)
def test_place_is_named_in_the_readers_language(zone, english, chinese):
    with translation.override("en"):
        assert place_name(zone) == english
    with translation.override("zh-hant"):
        assert place_name(zone) == chinese


def test_every_zone_has_a_place():
    assert [zone for zone in zoneinfo.available_timezones() if "/" in zone and not place_name(zone)] == []

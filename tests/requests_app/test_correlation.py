"""The ID that is quoted to Microsoft: always the same one, a valid UUID, and the way back to its request."""

import uuid

import pytest

from requests_app.correlation import correlation_id, number_in

NUMBER = "R-000000042"


def test_correlation_id_never_changes():
    assert str(correlation_id(NUMBER)) == "6a035108-eb8c-8ded-9733-000000000042"
    assert correlation_id("R-999999999") != correlation_id(NUMBER)


def test_correlation_id_is_a_uuid_of_our_own_making():
    made = correlation_id(NUMBER)
    assert (made.variant, made.version) == (uuid.RFC_4122, 8)


@pytest.mark.parametrize("number", [NUMBER, "R-000000000", "R-999999999", "R-192366944"])
@pytest.mark.parametrize("written", ["{}", " {} ", "{{{}}}"], ids=["as it is", "with blanks", "in braces"])
def test_number_is_found_in_its_id(number, written):
    assert number_in(written.format(correlation_id(number))) == number
    assert number_in(written.format(correlation_id(number)).upper()) == number
    assert number_in(correlation_id(number).hex) == number


@pytest.mark.parametrize(
    "text", ["", NUMBER, "000000042", "x", "\0", "0" * 32, str(uuid.uuid5(uuid.NAMESPACE_DNS, "a")), "٤" * 32]
)
def test_nothing_is_found_in_what_is_no_id_of_ours(text):
    assert number_in(text) is None


def test_mistyped_id_is_no_id():
    made = correlation_id(NUMBER).hex
    for position, digit in enumerate(made):
        assert number_in(made[:position] + ("0" if digit != "0" else "1") + made[position + 1 :]) is None

"""Names that stand in other people's mails."""

import pytest
from django.core.exceptions import ValidationError

from portal.lib.plain_names import validate_plain_name


@pytest.mark.parametrize(
    "name", ["J. R. O’Neil", "林　美玲", "松哨食品 Pinewhistle c/o Lin", "Zoë\u00a0Ng", "Wwwiktor Nowak"]
)
def test_names_of_people_and_companies_pass(name):
    validate_plain_name(name)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Ann\nYour account is locked", "line"),
        ("Ann\r\nBcc: x", "line"),
        ("Ann\u2028x", "line"),
        ("Ann\u202ereversed", "line"),
        ("Go to https://evil.example", "address"),
        ("See WWW.evil.example", "address"),
    ],
)
def test_a_second_line_or_an_address_is_no_name(name, code):
    with pytest.raises(ValidationError) as caught:
        validate_plain_name(name)
    assert caught.value.code == code

"""Log lines without keys."""

import pytest

from portal.lib.redact import KEYS


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("Gone: /invitation/s3-cr_et/", "Gone: /invitation/…/"),
        ("GET /accounts/login/?next=%2Finvitation%2Fs3-cr_et%2F HTTP", "GET /accounts/login/?next=%2Finvitation%2F…%2F HTTP"),
        ("GET /accounts/login/?next=/invitation/s3&a=b", "GET /accounts/login/?next=/invitation/…&a=b"),
        ("/accounts/password/reset/key/1-abc/", "/accounts/password/reset/key/…/"),
        ("/people/invitations/1/resend/", "/people/invitations/1/resend/"),
    ],
)  # fmt: skip
def test_keys_are_left_out_of_addresses(line, shown):
    assert KEYS.sub(r"\1…", line) == shown

"""What the pages about second factors say, and where they lead."""

import pytest

from tests.accounts.second_factor.steps import ACTIVATE, ADD, passkey, sign_in


def test_page_before_the_last_passkey_goes_says_what_goes_with_it(client, cast):
    client.force_login(cast.alice)
    address = f"/accounts/2fa/webauthn/keys/{passkey(cast.alice).pk}/remove/"
    assert "It is your only second factor." in client.get(address).text
    passkey(cast.alice, "Phone")
    assert "It is your only second factor." not in client.get(address).text


@pytest.mark.parametrize(("page", "alone"), [(ADD, "/accounts/2fa/webauthn/"), (ACTIVATE, "/accounts/2fa/")])
def test_giving_up_leads_back_to_the_choice(client, cast, page, alone):
    sign_in(client, cast.dana)
    assert f'<a class="button button-quiet" href="{alone}">' in client.get(page).text
    assert (
        '<a class="button button-quiet" href="/admin/?from=mail">' in client.get(f"{page}?next=/admin/?from=mail").text
    )
    assert f'<a class="button button-quiet" href="{alone}">' in client.get(f"{page}?next=https://evil.example/").text


@pytest.mark.parametrize(
    ("name", "words"), [("dana", "The desk: what customers ask for"), ("alice", "You manage your")]
)
def test_foot_of_the_settings_speaks_to_its_reader(client, cast, name, words):
    client.force_login(getattr(cast, name))
    assert words in client.get("/accounts/2fa/").text

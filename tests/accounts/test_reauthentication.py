"""Before something sensitive changes, somebody shows again who they are: by password, second factor or mailed code."""

import datetime
import re
import time
import uuid

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail as outbox
from django.utils import timezone

from accounts import invitations, reauthentication
from accounts.models import (
    Customer,
    CustomerMembership,
    Invitation,
    OutgoingMail,
    PartnerMembership,
    User,
)
from tests import factories
from tests.jobs import run_jobs

ACTIVATE, ASK = "/accounts/2fa/totp/activate/", "/me/reauthenticate/"
RECORDS = "account_authentication_methods"
SENSITIVE = [
    (ACTIVATE, "get", {}),
    ("/accounts/2fa/webauthn/add/", "get", {}),
    ("/accounts/2fa/totp/deactivate/", "post", {}),
    ("/accounts/2fa/recovery-codes/", "get", {}),
    ("/accounts/2fa/recovery-codes/download/", "get", {}),
    ("/accounts/2fa/recovery-codes/generate/", "post", {}),
    ("/accounts/email/", "post", {"action_add": "", "email": "new@example.com"}),
]


def age(client, seconds):
    """Let the session's sign-in lie back."""
    session = client.session
    session[RECORDS] = [one | {"at": one["at"] - seconds} for one in session[RECORDS]]
    session.save()


@pytest.fixture
def mailbox_only(db):
    """Somebody who comes in through Microsoft, or by codes: no password, no second factor."""
    person = User.objects.create_user("mia@example.com", name="Mia")
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


def mailed_code():
    run_jobs()
    return re.search(r"^[A-Z]{4}-[A-Z]{4}$", outbox.outbox[-1].body, re.MULTILINE).group()


@pytest.mark.parametrize(("address", "method", "form"), SENSITIVE, ids=[one[0] for one in SENSITIVE])
def test_sensitive_pages_ask_after_ten_minutes_and_not_before(client, cast, address, method, form):
    factories.second_factor(cast.alice)
    if "activate" in address and "deactivate" not in address:
        Authenticator.objects.filter(type="totp").delete()
    client.force_login(cast.alice)
    age(client, 601)
    answer = getattr(client, method)(address, form)
    assert answer.url.startswith("/accounts/reauthenticate/?next=")
    assert OutgoingMail.objects.count() == 0
    age(client, -10)
    answer = getattr(client, method)(address, form)
    assert not answer.get("Location", "").startswith("/accounts/reauthenticate/")


def test_what_was_posted_is_done_after_the_password(client, cast):
    client.force_login(cast.alice)
    age(client, 601)
    answer = client.post("/accounts/email/", {"action_add": "", "email": "new@example.com"})
    client.post(answer.url, {"password": "wrong"})
    assert EmailAddress.objects.filter(email="new@example.com").count() == 0
    client.post(answer.url, {"password": factories.PASSWORD})
    assert EmailAddress.objects.get(email="new@example.com").user == cast.alice


def people_changes(cast):
    """Every change of who belongs and may do what: by whom, the address, the form."""
    bob = cast.customer.memberships.get(user=cast.bob).pk
    dana = cast.partner.memberships.get(user=cast.dana).pk
    invited = invitations.invite(cast.customer, email="waits@example.com", role="viewer", actor=cast.alice).pk
    Invitation.objects.update(last_sent_at=timezone.now() - datetime.timedelta(hours=1))
    desk = "/admin/accounts"
    new = {"email": "new@example.com", "role": "viewer"}
    return [
        (cast.alice, "/people/invite/", new | {"customer": cast.customer.pk}),
        (cast.alice, f"/people/invitations/{invited}/resend/", {}),
        (cast.alice, f"/people/{bob}/role/", {"role": "admin"}),
        (cast.alice, "/people/joining/", {"customer": cast.customer.pk, "allowed": "yes"}),
        (cast.alice, f"/people/{bob}/remove/", {}),
        (cast.max, f"{desk}/invitation/add/", new | {"organisation": f"customer-{cast.sibling.pk}"}),
        (cast.max, f"{desk}/invitation/{invited}/revoke/", {}),
        (cast.max, f"{desk}/partnermembership/{dana}/change/", {"role": "manager"}),
        (cast.max, f"{desk}/partnermembership/{dana}/delete/", {"post": "yes"}),
    ]


def who_belongs():
    tables = (CustomerMembership, PartnerMembership, Invitation, Customer)
    return [list(model.objects.order_by("pk").values()) for model in tables]


@pytest.mark.parametrize("number", range(9))
def test_changes_of_people_ask_first_and_are_then_done(client, cast, number):
    Customer.objects.filter(pk=cast.customer.pk).update(tenant_id=uuid.uuid4())
    person, address, form = people_changes(cast)[number]
    client.force_login(person)
    age(client, 601)
    before = who_belongs()
    asked = client.post(address, form)
    assert asked.url.startswith("/accounts/reauthenticate/?next=")
    assert who_belongs() == before
    client.post(asked.url, {"password": factories.PASSWORD})
    assert who_belongs() != before


def test_a_sign_in_counts(client, cast):
    client.post("/accounts/login/", {"login": cast.alice.email, "password": factories.PASSWORD})
    assert client.get(ACTIVATE).status_code == 200


def test_who_has_only_a_mailbox_is_asked_for_a_code(client, mailbox_only):
    client.force_login(mailbox_only)
    age(client, 601)
    asked = client.get(ACTIVATE).url
    assert asked == f"{ASK}?next=%2Faccounts%2F2fa%2Ftotp%2Factivate%2F"
    assert client.get(asked).status_code == 200
    assert OutgoingMail.objects.count() == 0  # looking sends nothing
    form_page = client.post(asked, {"next": ACTIVATE}).url
    code = mailed_code()
    assert [message.to for message in outbox.outbox] == [[mailbox_only.email]]
    wrong = client.post(form_page, {"code": "BBBB-BBBB", "next": ACTIVATE})
    assert wrong.context["form"].errors == {"code": ["This code is not correct, or it is too old."]}
    assert client.get(ACTIVATE).status_code == 302
    assert client.post(form_page, {"code": code.lower().replace("-", " "), "next": ACTIVATE}).url == ACTIVATE
    assert client.get(ACTIVATE).status_code == 200


def test_mailed_code_counts_once_and_not_for_ever(client, mailbox_only):
    client.force_login(mailbox_only)
    client.post(ASK)
    code = mailed_code()
    session = client.session
    session[reauthentication.CODE] |= {"at": time.time() - 601}
    session.save()
    assert client.post(ASK, {"code": code}).status_code == 200
    client.post(ASK)
    code = mailed_code()
    assert client.post(ASK, {"code": code}).url == "/"
    assert client.post(ASK, {"code": code}).status_code == 200


def test_mailed_code_may_be_tried_three_times(client, mailbox_only):
    client.force_login(mailbox_only)
    age(client, 601)
    client.post(ASK)
    code = mailed_code()
    for _try in range(3):
        client.post(ASK, {"code": "BBBB-BBBB"})
    assert client.post(ASK, {"code": code}).status_code == 200
    assert client.get(ACTIVATE).status_code == 302


def test_code_is_not_kept_in_plain(client, mailbox_only):
    client.force_login(mailbox_only)
    client.post(ASK)
    assert mailed_code() not in str(dict(client.session))


@pytest.mark.parametrize("has", ["password", "second factor"])
def test_mail_is_no_way_round_something_better(client, cast, mailbox_only, has):
    person = cast.alice if has == "password" else mailbox_only
    if has == "second factor":
        factories.second_factor(person)
    client.force_login(person)
    assert client.post(ASK).url == "/accounts/reauthenticate/?next=%2F"
    assert OutgoingMail.objects.count() == 0


def test_first_password_is_set_only_after_being_asked(client, mailbox_only):
    client.force_login(mailbox_only)
    age(client, 601)
    new = "three-otters-juggle-lamps"
    assert client.get("/accounts/password/set/").status_code == 200
    answer = client.post("/accounts/password/set/", {"password1": new, "password2": new})
    assert answer.url.startswith(ASK)
    mailbox_only.refresh_from_db()
    assert not mailbox_only.has_usable_password()
    client.post(answer.url, {})
    client.post(answer.url, {"code": mailed_code(), "next": "/accounts/password/set/"})
    mailbox_only.refresh_from_db()
    assert mailbox_only.check_password(new)


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example"])
def test_being_asked_leads_nowhere_else(client, mailbox_only, target):
    client.force_login(mailbox_only)
    client.post(ASK)
    assert client.post(f"{ASK}?next={target}", {"code": mailed_code(), "next": target}).url == "/"


def test_strangers_are_not_asked_but_led_to_sign_in(client, db):
    assert client.get(ASK).url.startswith("/accounts/login/")

"""Accepting an invitation: somebody new, somebody known, somebody else, and links that do not work (any more)."""

import datetime
import logging
import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail as outbox
from django.test import Client
from django.utils import timezone

from accounts import invitations, memberships
from accounts.models import CustomerMembership, Invitation, PartnerMembership, User
from tests import factories
from tests.jobs import mailed_link, run_jobs

NEW = "new@example.com"
PASSWORD = "another-horse-battery"
FORM = {"name": "Nina New", "password1": PASSWORD, "password2": PASSWORD}


def invite(cast, email=NEW, role="requester", actor=None, organisation=None, **details):
    return invitations.invite(
        organisation or cast.customer, email=email, role=role, actor=actor or cast.alice, **details
    )


def move(invitation, **fields):
    """Change what only time, or an attack on the database, would change."""
    Invitation.objects.filter(pk=invitation.pk).update(**fields)


# --- Accepting: somebody new -----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_looking_accepts_nothing(client, cast, method):
    sent = invite(cast, name="Nina")
    before = sent.token_digest
    getattr(client, method)(mailed_link())
    sent.refresh_from_db()
    assert (sent.accepted_at, sent.token_digest, User.objects.filter(email=NEW).exists()) == (None, before, False)


def test_page_shows_who_invites_to_what(client, cast):
    invite(cast, name="Nina")
    answer = client.get(mailed_link())
    assert answer.context["form"]["name"].value() == "Nina"
    assert [word for word in ("Alice", "Victoria Dental", "Requester", NEW) if word not in answer.text] == []
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert re.findall(r'href="(?:https?:)?//[^"]+', answer.text) == []


def test_new_person_accepts_and_is_signed_in(client, cast):
    User.objects.filter(pk=cast.alice.pk).update(time_zone="Asia/Taipei")
    sent = invite(cast, role="admin")
    answer = client.post(mailed_link(), FORM)
    assert (answer.status_code, answer.url) == (302, "/")
    user = User.objects.get(email=NEW)
    sent.refresh_from_db()
    assert (user.name, user.time_zone, user.last_language, user.check_password(PASSWORD)) == (
        "Nina New", "Asia/Taipei", "en", True,
    )  # fmt: skip
    assert EmailAddress.objects.filter(user=user).values_list("email", "verified", "primary").get() == (NEW, True, True)
    assert user.customer_memberships.values_list("customer", "role").get() == (cast.customer.pk, "admin")
    assert (sent.accepted_by, sent.state(timezone.now())) == (user, Invitation.State.ACCEPTED)
    assert client.session["_auth_user_id"] == str(user.pk)
    assert [one["method"] for one in client.session["account_authentication_methods"]] == ["password"]
    home = client.get("/")
    assert "Welcome. You belong to Victoria Dental now. Your role: Admin." in home.text


def test_new_agent_lands_on_the_desk(client, cast):
    invite(cast, role="agent", actor=cast.max, organisation=cast.partner)
    assert client.post(mailed_link(), FORM).url == "/admin/"
    page = client.get("/admin/", follow=True)  # a second factor comes first
    assert page.redirect_chain[-1] == ("/me/second-factor/?next=%2Fadmin%2F", 302)
    assert PartnerMembership.objects.get(user__email=NEW).role == "agent"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": ""}, ["name"]),
        ({"name": "x" * 151}, ["name"]),
        ({"name": "a\0b"}, ["name"]),
        ({"password1": "short-1", "password2": "short-1"}, ["password1"]),
        ({"password1": "new@example.com", "password2": "new@example.com"}, ["password1"]),
        ({"password2": "another-horse-batter"}, ["password2"]),
        ({"password1": "a\0bcdefghijklmno", "password2": "a\0bcdefghijklmno"}, ["password1", "password2"]),
        ({"password1": "x" * 1001, "password2": "x" * 1001}, ["password1", "password2"]),
        ({"password1": "", "password2": ""}, ["password1", "password2"]),
    ],
    ids=["no name", "long name", "NUL name", "short", "address", "differ", "NUL", "huge", "empty"],
)
def test_new_persons_mistakes_are_told_and_the_name_stays(client, cast, fields, wrong):
    invite(cast)
    answer = client.post(mailed_link(), FORM | fields)
    assert list(answer.context["form"].errors) == wrong
    assert answer.context["form"]["name"].value() == (FORM | fields)["name"]
    assert not User.objects.filter(email=NEW).exists()
    assert client.post(mailed_link(), FORM).url == "/"


def test_form_names_no_other_address(client, cast):
    invite(cast)
    client.post(mailed_link(), FORM | {"email": "evil@example.com", "role": "admin", "is_staff": "on"})
    user = User.objects.get(email=NEW)
    assert (user.is_staff, user.customer_memberships.get().role) == (False, "requester")
    assert not User.objects.filter(email="evil@example.com").exists()


# --- Accepting: somebody known ---------------------------------------------------------------------------------


def test_known_person_signs_in_first_and_comes_back(client, cast):
    sent = invite(cast, cast.frank.email)
    link = mailed_link()
    page = client.get(link)
    assert "form" not in page.context
    assert page.context["sign_in"] == f"/accounts/login/?next={link.replace('/', '%2F')}"
    assert client.post(link, FORM).url == page.context["sign_in"]
    signed_in = client.post(
        "/accounts/login/", {"login": cast.frank.email, "password": factories.PASSWORD, "next": link}
    )
    assert signed_in.url == link
    assert client.get(link).status_code == 200
    sent.refresh_from_db()
    assert sent.accepted_at is None
    assert client.post(link).url == "/"
    assert set(cast.frank.customer_memberships.values_list("customer__name", "role")) == {
        ("Foreign Works", "admin"), ("Victoria Dental", "requester"),
    }  # fmt: skip
    assert client.get("/").context["customer"] == cast.customer
    frank = User.objects.get(pk=cast.frank.pk)
    assert (frank.name, frank.check_password(factories.PASSWORD)) == ("Frank", True)


def test_somebody_else_cannot_accept_and_sees_nothing(client, cast):
    sent = invite(cast)
    known = invite(cast, cast.frank.email)
    run_jobs()
    links = {message.to[0]: re.search(r"/invitation/\S+", message.body).group() for message in outbox.outbox}
    client.force_login(cast.erin)
    pages = [client.get(links[address]) for address in (NEW, cast.frank.email)]
    for page in pages:
        assert (page.status_code, page.templates[0].name) == (200, "accounts/invitation_wrong_person.html")
        assert [word for word in (NEW, cast.frank.email, "Victoria Dental", "Alice") if word in page.text] == []
    for link in links.values():
        answer = client.post(link, FORM)
        assert (answer.status_code, answer.templates[0].name) == (403, "accounts/invitation_wrong_person.html")
    assert list(Invitation.objects.unanswered().order_by("pk")) == [sent, known]
    assert not cast.erin.customer_memberships.exists()
    assert client.post("/accounts/logout/", {"next": links[NEW]}).url == links[NEW]
    assert "form" in client.get(links[NEW]).context


def test_pages_of_somebody_else_do_not_tell_whose_account_exists(client, cast):
    invite(cast)
    unknown = mailed_link()
    invite(cast, cast.frank.email)
    known = mailed_link()
    client.force_login(cast.erin)
    first, second = (client.get(link).text.replace(link, "LINK") for link in (unknown, known))
    strip = re.compile(r'(name="csrfmiddlewaretoken" value|nonce)="[^"]+"')
    assert strip.sub("", first) == strip.sub("", second)


def test_role_of_somebody_who_belongs_already_stays(client, cast):
    invite(cast, cast.frank.email, "viewer")
    CustomerMembership.objects.create(user=cast.frank, customer=cast.customer, role="admin")
    client.force_login(cast.frank)
    link = mailed_link()
    assert client.post(link).url == "/"
    assert "You belonged to Victoria Dental already. Your role stays: Admin." in client.get("/").text
    assert cast.customer.memberships.get(user=cast.frank).role == "admin"
    assert client.get(link).status_code == 410


def test_locked_out_person_does_not_get_in(client, cast):
    User.objects.filter(pk=cast.frank.pk).update(is_active=False)
    invite(cast, cast.frank.email)
    link = mailed_link()
    client.post(link, FORM)
    client.post("/accounts/login/", {"login": cast.frank.email, "password": factories.PASSWORD, "next": link})
    client.post(link, FORM)
    assert "_auth_user_id" not in client.session
    with pytest.raises(invitations.WrongPerson):
        invitations.accept(link.split("/")[2], actor=User.objects.get(pk=cast.frank.pk))
    assert not cast.customer.memberships.filter(user=cast.frank).exists()


def test_person_with_two_addresses_accepts_with_either(client, cast):
    EmailAddress.objects.create(user=cast.frank, email="frank.two@example.com", verified=True)
    invite(cast, "frank.two@example.com")
    link = mailed_link()
    assert "sign_in" in client.get(link).context
    client.force_login(cast.frank)
    assert client.post(link).url == "/"
    assert cast.customer.memberships.filter(user=cast.frank).count() == 1


def test_address_that_was_not_proved_opens_nothing(client, cast):
    EmailAddress.objects.create(user=cast.erin, email=NEW, verified=False)
    invite(cast)
    client.force_login(cast.erin)
    assert client.post(mailed_link()).status_code == 403


# --- Links that do not work (any more) -------------------------------------------------------------------------


def test_link_works_until_the_very_moment(cast):
    sent = invite(cast)
    last = sent.expires_at - datetime.timedelta(microseconds=1)
    assert (sent.state(last), sent.state(sent.expires_at)) == (Invitation.State.OPEN, Invitation.State.EXPIRED)


@pytest.mark.parametrize(
    ("state", "word"), [("accepted", "accepted"), ("revoked", "withdrawn"), ("expired", "expired")]
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_link_that_was_real_says_what_happened_and_nothing_else(client, cast, state, word, method):
    sent = invite(cast)
    now = timezone.now()
    change = {
        "accepted": {"accepted_at": now},
        "revoked": {"revoked_at": now},
        "expired": {"expires_at": now},
    }
    link = mailed_link()
    move(sent, **change[state])
    answer = getattr(client, method)(link, FORM if method == "post" else None)
    assert (answer.status_code, answer.context["state"]) == (410, state)
    assert word in answer.text
    assert [secret for secret in (NEW, "Victoria Dental", "Alice", "Blue Heron") if secret in answer.text] == []
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert not User.objects.filter(email=NEW).exists()


@pytest.mark.parametrize(
    "token",
    ["x", "%00", "%FF%FE", "a" * 5000, "..%2f..", "%ED%A0%80", "\u202e", "'%20OR%201=1--", "<script>", "{{7*7}}"],
    ids=["short", "NUL", "bytes", "long", "path", "surrogate", "rtl", "sql", "html", "template"],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_link_that_never_was_shows_nothing(client, cast, token, method):
    invite(cast)
    answer = getattr(client, method)(f"/invitation/{token}/", FORM if method == "post" else None)
    assert (answer.status_code, "Victoria" in answer.text, User.objects.filter(email=NEW).exists()) == (
        404,
        False,
        False,
    )


def test_digest_opens_nothing(client, cast):
    sent = invite(cast)
    assert client.get(f"/invitation/{sent.token_digest}/").status_code == 404


def test_link_needs_its_form_token(cast):
    invite(cast)
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(mailed_link(), FORM).status_code == 403
    assert not User.objects.filter(email=NEW).exists()


def test_links_are_in_no_log(cast, client, caplog):
    """Django logs the path of each answer from 400 on; a link that is still good must not stand in it."""
    from django.conf import settings

    invite(cast)
    link = mailed_link()
    caplog.set_level(logging.DEBUG)
    Client(enforce_csrf_checks=True).post(link, FORM)
    client.put(link)
    client.force_login(cast.erin)
    client.post(link)
    filters = [
        logging.config.DictConfigurator(settings.LOGGING).configure_filter(dict(one))
        for one in settings.LOGGING["filters"].values()
    ]
    lines = [record.getMessage() for record in caplog.records if all(one.filter(record) for one in filters)]
    assert len([line for line in lines if "/invitation/…/" in line]) >= 3
    assert [line for line in lines if link in line] == []


# --- What follows from leaving ---------------------------------------------------------------------------------


def test_who_was_removed_can_be_invited_again(client, cast):
    memberships.remove(cast.customer.memberships.get(user=cast.bob), actor=cast.alice)
    invite(cast, cast.bob.email, "viewer")
    client.force_login(cast.bob)
    client.post(mailed_link())
    assert cast.customer.memberships.get(user=cast.bob).role == "viewer"


# --- What the page says ----------------------------------------------------------------------------------------


def test_new_person_reads_one_sentence_about_the_password(client, cast):
    invite(cast)
    page = client.get(mailed_link())
    assert page.text.count("At least 12 characters.") == 1
    assert "<li></li>" not in page.text
    assert "personal information" not in page.text


def test_strangers_read_the_time_of_whoever_invites(client, cast):
    User.objects.filter(pk=cast.alice.pk).update(time_zone="Asia/Taipei")
    invite(cast)
    assert re.search(r"UTC / [^<]*Taipei</time>", client.get(mailed_link()).text)


def test_whoever_accepted_reads_that_they_did(client, cast):
    invite(cast)
    link = mailed_link()
    client.post(link, FORM)
    again = client.get(link)
    assert (again.status_code, "You have accepted this invitation" in again.text) == (410, True)
    assert "You have accepted" not in Client().get(link).text
    other = Client()
    other.force_login(cast.bob)
    assert "You have accepted" not in other.get(link).text

"""Inviting: who is asked and by whom, what the mail says, sending again and withdrawing."""

import datetime

import pytest
from allauth.account.models import EmailAddress
from django.core import mail as outbox
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import invitations
from accounts.models import CustomerMembership, Invitation, OutgoingMail, User
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


# --- Inviting --------------------------------------------------------------------------------------------------


def test_invitation_is_kept_with_a_digest_and_for_seven_days(cast):
    before = timezone.now()
    sent = invite(cast, "  New@Example.com ", name=" Nina ")
    sent.refresh_from_db()
    assert (sent.email, sent.name, sent.customer, sent.partner, sent.role, sent.invited_by) == (
        NEW, "Nina", cast.customer, cast.partner, "requester", cast.alice,
    )  # fmt: skip
    assert before <= sent.created_at == sent.last_sent_at <= timezone.now()
    assert sent.expires_at - sent.created_at == datetime.timedelta(days=7)
    token = mailed_link().split("/")[2]
    assert len(token) == 43
    assert (sent.token_digest == token, sent.token_digest == invitations.digest(token)) == (False, True)
    assert not User.objects.filter(email=NEW).exists()


@pytest.mark.parametrize(
    ("language", "subject", "sentence", "role"),
    [
        ("en", "Alice invites you to Victoria Dental in the Self-Service Portal", "for seven days", "Requester"),
        ("zh-hant", "Alice", "Victoria Dental", "Requester"),
    ],
)
def test_mail_says_who_invites_to_what_as_what_and_until_when(cast, language, subject, sentence, role):
    from django.utils import translation

    from accounts.roles import YOU_MAY

    sent = invite(cast, language=language)
    run_jobs()
    (message,) = outbox.outbox
    html = message.alternatives[0].content
    with translation.override(language):
        expected = [
            "Alice", cast.alice.email, "Victoria Dental", str(CustomerMembership.Role.REQUESTER.label),
            str(YOU_MAY["requester"]).replace("'", "&#x27;"), mailed_link(), NEW,
        ]  # fmt: skip
    assert message.to == [NEW]
    assert subject in message.subject
    assert [word for word in expected if word.replace("&#x27;", "'") not in message.body] == []
    assert [word for word in expected if word not in html] == []
    assert sentence in message.body
    assert f'<html lang="{language}">' in html
    assert str(sent.expires_at.year) in message.body
    assert OutgoingMail.objects.get().text == ""


@pytest.mark.parametrize(
    ("known", "chosen", "actor", "language"),
    [("zh-hant", "en", "en", "zh-hant"), ("", "zh-hant", "en", "zh-hant"), (None, "", "zh-hant", "zh-hant"), (None, "", "", "en")],
)  # fmt: skip
def test_mail_is_in_the_readers_language_then_the_chosen_one_then_the_inviters(cast, known, chosen, actor, language):
    if known is not None:
        User.objects.create_user(NEW, name="New", language=known)
    cast.alice.language = actor
    invite(cast, language=chosen)
    assert f'<html lang="{language}">' in OutgoingMail.objects.get().html


@pytest.mark.parametrize("email", ["bob@example.com", "BOB@example.com"])
def test_who_belongs_already_is_not_invited(cast, email):
    with pytest.raises(invitations.AlreadyMember):
        invite(cast, email)
    assert OutgoingMail.objects.count() == 0


def test_address_is_invited_once_to_each_organisation(cast):
    invite(cast)
    with pytest.raises(invitations.AlreadyInvited):
        invite(cast, actor=cast.max)
    invite(cast, actor=cast.charlie, organisation=cast.sibling)
    invite(cast, actor=cast.max, organisation=cast.partner, role="agent")
    assert Invitation.objects.count() == 3


def test_expired_invitation_makes_room_for_a_new_one(cast):
    old = invite(cast)
    move(old, expires_at=timezone.now())
    new = invite(cast)
    old.refresh_from_db()
    assert old.state(timezone.now()) == Invitation.State.EXPIRED
    assert list(Invitation.objects.unanswered()) == [new]


def test_admin_who_types_their_own_address_reads_that_they_belong_already(cast):
    with pytest.raises(invitations.OwnAddress, match="belong here already"):
        invite(cast, cast.alice.email)


@pytest.mark.parametrize("name", ["alice", "max", "sam", "root"])
def test_nobody_invites_themselves(cast, name):
    actor = getattr(cast, name)
    organisation, role = (cast.sibling, "admin") if name in ("alice", "root") else (cast.other_partner, "manager")
    if name == "alice":
        CustomerMembership.objects.create(user=cast.alice, customer=cast.sibling, role="admin")
        CustomerMembership.objects.filter(user=cast.alice, customer=cast.customer).delete()
        organisation = cast.sibling
    if name == "max":
        organisation, role = cast.sibling, "admin"
    with pytest.raises(invitations.OwnAddress):
        invite(cast, actor.email.upper(), role, actor=User.objects.get(pk=actor.pk), organisation=organisation)
    assert Invitation.objects.count() == 0


def test_own_second_address_is_ones_own(cast):
    EmailAddress.objects.create(user=cast.sam, email="sam.private@example.com", verified=True)
    with pytest.raises(invitations.OwnAddress):
        invite(cast, "sam.private@example.com", "manager", actor=cast.sam, organisation=cast.partner)


def test_managers_hear_of_a_new_manager_whoever_invites(cast):
    invite(cast, role="manager", actor=cast.sam, organisation=cast.partner)
    run_jobs()
    told = [message for message in outbox.outbox if message.to == [cast.max.email]]
    assert [message.subject for message in told] == [f"{NEW} is invited to be a manager of Blue Heron Cloud"]
    assert "Sam (sam@example.com)" in told[0].body
    assert {message.to[0] for message in outbox.outbox} == {cast.max.email, NEW}


def test_managers_hear_of_no_agent(cast):
    invite(cast, role="agent", actor=cast.max, organisation=cast.partner)
    run_jobs()
    assert [message.to for message in outbox.outbox] == [[NEW]]


def test_open_invitations_of_an_organisation_are_bounded(cast, monkeypatch):
    monkeypatch.setattr(invitations, "MOST_OPEN", 3)
    for number in range(3):
        invite(cast, f"n{number}@example.com")
    with pytest.raises(invitations.TooMany):
        invite(cast)
    invite(cast, actor=cast.charlie, organisation=cast.sibling)
    invitations.revoke(Invitation.objects.get(email="n0@example.com"), actor=cast.alice)
    assert invite(cast).email == NEW


def test_invitations_of_a_day_are_bounded(cast, monkeypatch):
    monkeypatch.setattr(invitations, "MOST_A_DAY", 2)
    for number in range(2):
        invitations.revoke(invite(cast, f"n{number}@example.com"), actor=cast.alice)
    with pytest.raises(invitations.TooMany):
        invite(cast)
    Invitation.objects.update(created_at=timezone.now() - datetime.timedelta(hours=24))
    assert invite(cast).email == NEW


def test_one_address_is_not_pestered(cast):
    for _time in range(invitations.MOST_TO_ONE_ADDRESS):
        invitations.revoke(invite(cast), actor=cast.alice)
    with pytest.raises(invitations.TooMany):
        invite(cast)
    assert OutgoingMail.objects.count() == 5


# --- The database has the last word ----------------------------------------------------------------------------


def row(cast, **fields):
    now = timezone.now()
    values = {
        "email": NEW, "partner": cast.partner, "customer": cast.customer, "role": "viewer", "token_digest": "x",
        "created_at": now, "last_sent_at": now, "expires_at": now,
    }  # fmt: skip
    return Invitation(**(values | fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"role": "agent"}, {"role": "nonsense"}, {"customer": None, "role": "admin"}, {"email": "New@example.com"},
        {"accepted_at": timezone.now(), "revoked_at": timezone.now()},
    ],
    ids=["agent of a customer", "no role", "admin of a partner", "capitals", "two answers"],
)  # fmt: skip
def test_database_refuses_an_invitation_that_makes_no_sense(cast, fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        row(cast, **fields).save()
    row(cast).save()


def test_database_refuses_an_invitation_that_mixes_partners(cast):
    with pytest.raises(IntegrityError), transaction.atomic():
        row(cast, partner=cast.other_partner).save()


@pytest.mark.parametrize("customer", [True, False])
def test_database_refuses_a_second_open_invitation(cast, customer):
    fields = {} if customer else {"customer": None, "role": "agent"}
    row(cast, **fields).save()
    with pytest.raises(IntegrityError), transaction.atomic():
        row(cast, token_digest="y", **fields).save()
    Invitation.objects.update(revoked_at=timezone.now())
    row(cast, token_digest="y", **fields).save()


# --- Sending again, withdrawing --------------------------------------------------------------------------------


def test_invitation_sent_again_has_a_new_link_and_seven_days_anew(client, cast):
    sent = invite(cast)
    old = mailed_link()
    move(sent, last_sent_at=timezone.now() - invitations.PAUSE, expires_at=timezone.now())
    assert client.get(old).status_code == 410
    again = invitations.resend(sent, actor=cast.alice)
    assert (again.times_sent, again.expires_at - again.last_sent_at) == (2, datetime.timedelta(days=7))
    new = mailed_link()
    assert new != old
    assert (client.get(old).status_code, client.get(new).status_code) == (404, 200)


def test_invitation_is_not_sent_again_at_once(cast):
    sent = invite(cast)
    now = sent.last_sent_at
    move(sent, last_sent_at=timezone.now() - invitations.PAUSE + datetime.timedelta(seconds=30))
    with pytest.raises(invitations.TooMany):
        invitations.resend(sent, actor=cast.alice)
    move(sent, last_sent_at=now - invitations.PAUSE, times_sent=invitations.MOST_SENDINGS)
    with pytest.raises(invitations.TooMany):
        invitations.resend(sent, actor=cast.alice)
    assert OutgoingMail.objects.count() == 1


def test_withdrawn_invitation_is_not_sent_again_and_may_be_withdrawn_twice(cast):
    sent = invite(cast)
    first = invitations.revoke(sent, actor=cast.alice).revoked_at
    assert invitations.revoke(sent, actor=cast.max).revoked_at == first
    with pytest.raises(invitations.NotOpen):
        invitations.resend(sent, actor=cast.alice)


def test_accepted_invitation_is_not_withdrawn(cast, client):
    sent = invite(cast)
    client.post(mailed_link(), FORM)
    with pytest.raises(invitations.NotOpen):
        invitations.revoke(sent, actor=cast.alice)
    with pytest.raises(invitations.NotOpen):
        invitations.resend(sent, actor=cast.alice)


@pytest.mark.parametrize("name", ["bob", "carol", "charlie", "dana", "erin", "frank", "sam"])
def test_who_may_not_is_refused_with_a_sentence(cast, name):
    with pytest.raises(PermissionDenied, match="Your role does not include this"):
        invite(cast, actor=getattr(cast, name))

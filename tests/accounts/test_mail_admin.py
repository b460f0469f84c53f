"""Mails in the admin: staff see what became of them and send them again; nobody sees what they say."""

import datetime

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from accounts import mail
from accounts.models import OutgoingMail
from tests.jobs import run_jobs

LIST = "/admin/accounts/delivery/"


def written(state, recipient="alice@example.com", **values):
    """A mail in a state: waiting, failed or sent."""
    mail.queue(mail.Message("R-700 of Victoria Dental", "secret-text", "secret-html", "request"), recipient=recipient)
    row = OutgoingMail.objects.latest("pk")
    now = timezone.now()
    became = {
        "waiting": {},
        "failed": {"failed_at": now, "last_error": "550 5.1.1 no such mailbox", "attempts": 1},
        "sent": {"sent_at": now, "text": "", "html": "", "attempts": 2},
    }[state]
    OutgoingMail.objects.filter(pk=row.pk).update(**became | values)
    return row


@pytest.fixture
def as_sam(client, cast):
    client.force_login(cast.sam)
    return client


def shown(client, query=""):
    return [row.recipient.split("@")[0] for row in client.get(LIST + query).context["cl"].result_list]


def test_list_opens_on_what_has_failed_and_has_a_tab_for_each_state(as_sam):
    for state in ("waiting", "failed", "sent"):
        written(state, recipient=f"{state}@example.com")
    assert shown(as_sam) == ["failed"]
    assert shown(as_sam, "?show=waiting") == ["waiting"]
    assert shown(as_sam, "?show=sent") == ["sent"]
    assert shown(as_sam, "?show=all") == ["sent", "failed", "waiting"]
    assert shown(as_sam, "?show=all&q=SENT@") == ["sent"]


@pytest.mark.parametrize("page", ["", "{pk}/change/", "{pk}/send-again/", "{pk}/history/"])
def test_no_page_shows_what_a_mail_says(as_sam, page):
    row = written("failed")
    text = as_sam.get(LIST + page.format(pk=row.pk)).text
    assert "alice@example.com" in text
    assert [one for one in ("R-700", "Victoria", "secret") if one in text] == []


def test_page_says_why_and_how_often(as_sam):
    row = written("failed")
    text = as_sam.get(f"{LIST}{row.pk}/change/").text
    assert "550 5.1.1 no such mailbox" in text
    assert "About a request" in text
    assert row.message_id.strip("<>") in text


@pytest.mark.parametrize("name", ["dana", "max", "erin"])
def test_partners_have_no_such_page(client, cast, name):
    row = written("failed")
    client.force_login(getattr(cast, name))
    for page in ("", f"{row.pk}/change/", f"{row.pk}/send-again/"):
        assert client.get(LIST + page).status_code in (403, 404)
    assert client.post(f"{LIST}{row.pk}/send-again/").status_code in (403, 404)
    row.refresh_from_db()
    assert row.failed_at is not None


def test_failed_mail_is_sent_again_from_its_page(as_sam, cast, mailoutbox):
    row = written("failed")
    run_jobs()
    assert mailoutbox == []
    assert "Send the mail to alice@example.com again?" in as_sam.get(f"{LIST}{row.pk}/send-again/").text
    row.refresh_from_db()
    assert row.failed_at is not None  # looking sends nothing
    answer = as_sam.post(f"{LIST}{row.pk}/send-again/", follow=True)
    assert "1 mail is on its way again." in answer.text
    run_jobs()
    assert [one.extra_headers["Message-ID"] for one in mailoutbox] == [row.message_id]
    logged = LogEntry.objects.get()
    assert (logged.user, logged.object_id, logged.get_change_message()) == (cast.sam, str(row.pk), "Sent again.")


def test_selected_mails_are_sent_again_and_the_others_are_named(as_sam, mailoutbox):
    failed, waiting = written("failed"), written("waiting", recipient="bob@example.com")
    erased, sent = written("failed", text="", html=""), written("sent")
    chosen = {"action": "send_again", "_selected_action": [one.pk for one in (failed, waiting, erased, sent)]}
    answer = as_sam.post(f"{LIST}?show=all", chosen, follow=True)
    assert "2 mails are on their way again." in answer.text
    assert "2 mails were left out" in answer.text
    run_jobs()
    assert sorted(one.to[0] for one in mailoutbox) == ["alice@example.com", "bob@example.com"]


def test_mail_whose_text_is_erased_offers_nothing(as_sam):
    row = written("failed", text="", html="")
    assert "send-again" not in as_sam.get(f"{LIST}{row.pk}/change/").text
    assert "cannot be sent again" in as_sam.get(f"{LIST}{row.pk}/send-again/").text


def test_index_tells_staff_how_many_wait_and_have_failed(as_sam, client, cast):
    now = timezone.now()
    for _ in range(3):
        written("waiting")
    written("waiting", created_at=now - datetime.timedelta(hours=2))
    written("failed")
    written("failed", failed_at=now - datetime.timedelta(days=31))
    written("sent")
    assert as_sam.get("/admin/").context["mails"] == {"failed": 1, "waiting": 4, "late": 1}
    client.force_login(cast.max)
    assert "mails" not in client.get("/admin/").context


@pytest.mark.parametrize("rows", [1, 3])
def test_list_takes_the_same_statements_for_any_number_of_rows(as_sam, assert_statements, rows):
    for _ in range(rows):
        written("failed")
    as_sam.get(LIST)
    with assert_statements(5):
        as_sam.get(LIST)


def test_next_try_is_shown_of_a_mail_that_waits(as_sam):
    tried = datetime.datetime(2026, 11, 25, 9, 0, tzinfo=datetime.UTC)
    row = written("waiting", attempts=6, last_try_at=tried, last_error="No connection: Connection refused")
    assert "25 Nov 2026, 09:15" in as_sam.get(f"{LIST}{row.pk}/change/").text

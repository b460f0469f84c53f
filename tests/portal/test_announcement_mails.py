"""Mails about urgent announcements: once, when they are published, to each person of the audience, in their language."""

import datetime

import pytest
from django.utils import timezone

from accounts.models import CustomerMembership, OutgoingMail
from portal.content import announcements
from portal.models import Announcement, Level
from portal.tasks import mail_announcements
from tests import factories
from tests.jobs import nobody_has_said_who_acts

HOUR = datetime.timedelta(hours=1)


def work():
    with nobody_has_said_who_acts():
        mail_announcements(0)


def mailed():
    return sorted(OutgoingMail.objects.values_list("recipient", flat=True))


def urgent(name="x", **fields):
    return factories.announcement(name, **{"level": Level.URGENT, "by_mail": True} | fields)


def test_audience_gets_one_mail_each_and_only_once(cast):
    CustomerMembership.objects.create(user=cast.alice, customer=cast.sibling, role="viewer")
    announcement = urgent(partner=cast.partner)
    work()
    assert mailed() == [f"{name}@example.com" for name in ("alice", "bob", "carol", "charlie")]
    announcement.refresh_from_db()
    assert announcement.mailed_at is not None
    work()
    Announcement.objects.update(mailed_at=None)  # as after a worker that was killed before it noted the end
    work()
    assert len(mailed()) == 4


def test_who_has_switched_them_off_gets_none(cast):
    cast.bob.urgent_messages_by_mail = False
    cast.bob.save()
    urgent(partner=cast.partner)
    work()
    assert mailed() == [f"{name}@example.com" for name in ("alice", "carol", "charlie")]
    mail = OutgoingMail.objects.get(recipient="alice@example.com")
    assert ["/me/settings/" in text for text in (mail.text, mail.html)] == [True, True]


@pytest.mark.parametrize(
    "fields",
    [{"by_mail": False}, {"is_draft": True}, {"publish_until": timezone.now() - HOUR / 2}, {"publish_from": timezone.now() + HOUR}],
    ids=["not by mail", "draft", "expired", "scheduled"],
)  # fmt: skip
def test_what_is_not_published_by_mail_stays(cast, fields):
    urgent(**fields)
    work()
    assert (mailed(), Announcement.objects.get().mailed_at) == ([], None)


def test_scheduled_one_goes_out_once_its_moment_has_come(cast):
    announcement = urgent(publish_from=timezone.now() + HOUR, partner=cast.other_partner)
    assert announcements.to_mail(timezone.now()) == []
    assert announcements.to_mail(timezone.now() + 2 * HOUR) == [announcement.pk]
    assert announcements.mail_some(announcement.pk, timezone.now() + 2 * HOUR, 0) == cast.frank.pk
    assert announcements.mail_some(announcement.pk, timezone.now() + 2 * HOUR, cast.frank.pk) is None
    assert mailed() == ["frank@example.com"]


def test_who_may_not_sign_in_and_who_is_not_meant_get_none(cast):
    cast.bob.is_active = False
    cast.bob.save()
    factories.subscription(cast.customer, factories.product(services=["teams"]))
    urgent(services=["teams"], to_owners_only=True)
    work()
    assert mailed() == ["alice@example.com", "carol@example.com"]


def test_mail_speaks_its_readers_language_and_leads_to_the_message(cast, settings):
    cast.alice.language = "zh-hant"
    cast.alice.save()
    announcement = urgent(partner=cast.partner, customers=[cast.customer.pk], services=["teams"])
    work()
    found = {mail.recipient.split("@")[0]: mail for mail in OutgoingMail.objects.all()}
    link = f"{settings.SITE_URL}/messages/{announcement.pk}/"
    assert found["bob"].subject == "Urgent: Title of x"
    for name, text in (("alice", "x 的內容"), ("bob", "Text of x")):
        for part in (found[name].text, found[name].html):
            assert [one for one in (text, link, "Microsoft Teams") if one not in part] == []
    assert "x 的標題" in found["alice"].subject


def test_many_people_are_written_to_in_several_transactions(cast, monkeypatch):
    monkeypatch.setattr(announcements, "PEOPLE_AT_ONCE", 2)
    urgent()
    work()
    assert mailed() == [f"{name}@example.com" for name in ("alice", "bob", "carol", "charlie", "frank")]


def test_announcement_taken_back_while_it_is_mailed_ends_there(cast):
    announcement = urgent()
    Announcement.objects.update(is_draft=True)
    assert announcements.mail_some(announcement.pk, timezone.now(), 0) is None
    assert (mailed(), Announcement.objects.get().mailed_at) == ([], None)

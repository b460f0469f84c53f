"""Who is told what: from the event to the mail that has left."""

import pytest
from django.core import mail as outbox

from accounts.models import OutgoingMail
from requests_app import workflow
from requests_app.models import CancelWhen
from tests import factories
from tests.jobs import run_jobs


def told(action, subscription_request=None, **details):
    """Run what a step enqueued; return who was written to, in order."""
    outbox.outbox.clear()
    OutgoingMail.objects.all().delete()
    result = action(**details) if subscription_request is None else action(subscription_request, **details)
    run_jobs()
    return result, sorted(message.to[0].split("@")[0] for message in outbox.outbox)


def test_each_step_is_told_to_whom_it_concerns(cast):
    subscription = factories.subscription(cast.customer)
    filed, people = told(
        lambda: workflow.submit_cancellation(subscription, when=CancelWhen.NOW, actor=cast.bob, reason="x")
    )
    assert people == ["bob", "dana", "max"]
    for step, extra in (("claim", {}), ("release", {}), ("claim", {}), ("approve", {})):
        filed, people = told(getattr(workflow, step), filed, actor=cast.dana, **extra)
        assert (step, people) == (step, ["bob"])
    filed, people = told(workflow.complete, filed, actor=cast.dana, external_reference="ORDER-1")
    assert people == ["bob"]


def test_decline_tells_the_author_the_reason(cast):
    filed = factories.cancellation(factories.subscription(cast.customer), cast.bob)
    claimed = workflow.claim(filed, actor=cast.dana)
    run_jobs()
    _, people = told(workflow.decline, claimed, actor=cast.dana, reason="The window closed on Monday")
    assert people == ["bob"]
    assert "The window closed on Monday" in outbox.outbox[0].body


def test_withdraw_tells_the_assignee(cast):
    filed = factories.cancellation(factories.subscription(cast.customer), cast.bob)
    claimed = workflow.claim(filed, actor=cast.max)
    run_jobs()
    _, people = told(workflow.withdraw, claimed, actor=cast.bob)
    assert people == ["max"]


def test_withdraw_by_a_colleague_tells_the_author_too(cast):
    filed = factories.cancellation(factories.subscription(cast.customer), cast.bob)
    run_jobs()
    _, people = told(workflow.withdraw, filed, actor=cast.alice)
    assert people == ["bob", "dana", "max"]


def test_people_who_may_not_sign_in_are_not_written_to(cast):
    cast.max.is_active = False
    cast.max.save()
    _, people = told(lambda: factories.purchase(cast.customer, cast.bob))
    assert people == ["bob", "dana"]


@pytest.mark.parametrize(("language", "word"), [("en", "request"), ("zh-hant", "申請")])
def test_mail_is_in_the_language_of_its_reader(cast, language, word):
    cast.bob.language = language
    cast.bob.save()
    told(lambda: factories.purchase(cast.customer, cast.bob))
    message = next(message for message in outbox.outbox if message.to == [cast.bob.email])
    assert word in message.subject + message.body
    assert word in message.alternatives[0].content


def test_mail_links_to_the_page_of_its_reader(cast):
    filed, _ = told(lambda: factories.purchase(cast.customer, cast.bob))
    links = {
        "bob": f"http://localhost:8000/requests/{filed.number}/",
        "dana": f"http://localhost:8000/admin/requests_app/subscriptionrequest/{filed.pk}/change/",
    }
    for name, link in links.items():
        message = next(message for message in outbox.outbox if message.to == [getattr(cast, name).email])
        assert link in message.body
        assert link in message.alternatives[0].content


def test_job_that_runs_twice_writes_once(cast):
    from requests_app.tasks import notify_people

    filed, people = told(lambda: factories.purchase(cast.customer, cast.bob))
    notify_people(filed.events.get().pk)
    run_jobs()
    assert len(outbox.outbox) == len(people) == 3


def test_mail_that_was_sent_keeps_no_text(cast):
    told(lambda: factories.purchase(cast.customer, cast.bob))
    assert {(mail.text, mail.html, mail.sent_at is not None) for mail in OutgoingMail.objects.all()} == {("", "", True)}


def test_mail_server_that_fails_loses_nothing(cast, settings):
    """The first try fails, the job stays; the second sends the same mail with the same Message-ID."""
    from accounts import delivery
    from portal.lib.jobs import TryAgain

    outgoing_before = OutgoingMail.objects.count()
    factories.purchase(cast.customer, cast.bob)
    settings.MAILERS = {"default": {"BACKEND": "tests.mailers.RefusingBackend"}}
    run_jobs(until="notify")
    waiting = list(OutgoingMail.objects.order_by("pk"))
    assert len(waiting) == outgoing_before + 3
    with pytest.raises(TryAgain):
        delivery.deliver(waiting[0].pk)
    waiting[0].refresh_from_db()
    assert (waiting[0].sent_at, bool(waiting[0].text)) == (None, True)
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
    delivery.deliver(waiting[0].pk)
    assert [message.extra_headers["Message-ID"] for message in outbox.outbox] == [waiting[0].message_id]
    delivery.deliver(waiting[0].pk)
    assert len(outbox.outbox) == 1


def test_partner_people_of_others_hear_nothing(cast):
    _, people = told(lambda: factories.purchase(cast.customer, cast.bob))
    assert not {"erin", "frank", "charlie", "sam", "root"} & set(people)


def test_mail_escapes_what_people_typed_in_html_alone(cast):
    subscription = factories.subscription(cast.customer, friendly_name="<b>R&D</b>")
    told(lambda: factories.cancellation(subscription, cast.bob, reason="<script>alert(1)</script>"))
    for message in outbox.outbox:
        html = message.alternatives[0].content
        assert "<b>R&D</b>" not in html
        assert "<script>" not in html
        assert "&lt;b&gt;R&amp;D&lt;/b&gt;" in html
        assert "<b>R&D</b>" in message.body
        assert "&amp;" not in message.subject
        assert "\n" not in message.subject

"""Who is handed many requests gets one mail about all of them; so does each who had some of them."""

import uuid

import pytest
from django.core import mail as outbox

from accounts.models import PartnerMembership, User
from portal.lib.acting import acting_as
from portal.lib.display import deadline_text
from requests_app import bulk, workflow
from requests_app.models import BulkRun, RequestEvent, SubscriptionRequest
from requests_app.notifications import together
from tests import factories
from tests.jobs import run_jobs
from tests.requests_app.bulk import outcomes


@pytest.fixture
def colleague(cast):
    person = factories.person("nora")
    PartnerMembership.objects.create(user=person, partner=cast.partner, role=PartnerMembership.Role.AGENT)
    return person


def claimed(cast, actor, count=3, **fields):
    offer = factories.offer(cast.partner)
    made = [factories.purchase(cast.customer, cast.alice, offer, **fields) for _ in range(count)]
    made = [workflow.claim(one, actor=actor) for one in made]
    run_jobs()
    outbox.outbox.clear()
    return made


def assigned(cast, requests, assignee, actor=None, text=""):
    """Hand requests over as the page does; return the mails that have left, by who gets them."""
    actor = User.objects.get(pk=(actor or cast.max).pk)
    chosen = bulk.selected(actor, [one.pk for one in requests])
    with acting_as(actor.pk):
        run = bulk.start(actor, BulkRun.Step.ASSIGN, chosen, key=uuid.uuid4(), assignee=assignee, text=text)
    run_jobs()
    return run, sorted((message.to[0].split("@")[0], message.subject) for message in outbox.outbox)


def first_due(requests):
    return deadline_text(min(one.deadline for one in requests))


def test_hand_over_is_one_mail_to_each_side_and_an_event_for_each_request(cast, colleague):
    requests = claimed(cast, cast.dana)
    run, mails = assigned(cast, requests, colleague, text="Dana is away")
    assert outcomes(run) == ["done"] * 3
    assert mails == [
        ("dana", "3 requests are with Nora now, no longer with you"),
        ("nora", f"3 requests are with you now, the first due by {first_due(requests)}"),
    ]
    assert RequestEvent.objects.filter(action="reassign", note="Dana is away").count() == 3
    [to_nora] = [message for message in outbox.outbox if message.to[0].startswith("nora")]
    for part in (to_nora.body, to_nora.alternatives[0].content):
        assert part.count("Buy 3 seats of Power BI Pro") == 3
        for one in requests:
            assert f"/admin/requests_app/subscriptionrequest/{one.pk}/change/" in part
            assert one.number in part
            assert deadline_text(one.deadline) in part
        assert "Dana is away" in part
        assert "Max has given 3 requests to you." in part
        assert "/admin/requests_app/subscriptionrequest/?show=mine" in part


def test_what_nobody_had_is_told_to_the_colleague_and_to_its_customer(cast, colleague):
    offer = factories.offer(cast.partner)
    requests = [factories.purchase(cast.customer, cast.alice, offer) for _ in range(2)]
    run_jobs()
    outbox.outbox.clear()
    _run, mails = assigned(cast, requests, colleague)
    assert mails == sorted(
        [("alice", f"Request {one.number} is being looked at by Blue Heron Cloud") for one in requests]
        + [("nora", f"2 requests are with you now, the first due by {first_due(requests)}")]
    )


def test_of_one_request_people_hear_as_always(cast, colleague):
    [one] = claimed(cast, cast.dana, 1)
    _run, mails = assigned(cast, [one], colleague)
    assert [(who, subject.split(":")[0]) for who, subject in mails] == [
        ("dana", f"Request {one.number} is with Nora now, no longer with you"),
        ("nora", f"Request {one.number} is with you now"),
    ]


def test_only_what_was_handed_over_is_told(cast, colleague):
    requests = claimed(cast, cast.dana)
    chosen = bulk.selected(cast.max, [one.pk for one in requests])
    workflow.decline(requests[0], actor=cast.dana, reason="No")
    run_jobs()
    outbox.outbox.clear()
    with acting_as(cast.max.pk):
        run = bulk.start(cast.max, BulkRun.Step.ASSIGN, chosen, key=uuid.uuid4(), assignee=colleague)
    run_jobs()
    assert outcomes(run) == ["moved", "done", "done"]
    [to_nora] = [message for message in outbox.outbox if message.to[0].startswith("nora")]
    assert to_nora.subject.startswith("2 requests are with you now")
    assert requests[0].number not in to_nora.body


def test_who_does_it_and_who_has_left_hear_nothing(cast):
    requests = claimed(cast, cast.dana)
    PartnerMembership.objects.filter(user=cast.dana).delete()
    _run, mails = assigned(cast, requests, cast.max)
    assert mails == []
    assert set(SubscriptionRequest.objects.values_list("assignee", flat=True)) == {cast.max.pk}


def test_those_who_had_some_of_them_hear_of_theirs_alone(cast, colleague):
    danas, maxs = claimed(cast, cast.dana, 2), claimed(cast, cast.max, 2)
    third = factories.person("otto")
    PartnerMembership.objects.create(user=third, partner=cast.partner, role=PartnerMembership.Role.MANAGER)
    _run, mails = assigned(cast, danas + maxs, colleague, actor=third)
    assert [who for who, _subject in mails] == ["dana", "max", "nora"]
    to_dana, to_nora = outbox_of("dana"), outbox_of("nora")
    assert [one.number in to_dana.body for one in danas + maxs] == [True, True, False, False]
    assert [one.number in to_nora.body for one in danas + maxs] == [True] * 4


def outbox_of(name):
    [found] = [message for message in outbox.outbox if message.to[0].startswith(name)]
    return found


def test_mail_is_in_its_readers_language(cast, colleague):
    colleague.language = "zh-hant"
    colleague.save()
    assigned(cast, claimed(cast, cast.dana), colleague)
    assert 'lang="zh-hant"' in outbox_of("nora").alternatives[0].content
    assert "您好" in outbox_of("nora").body


def test_more_than_a_mail_lists_are_counted(cast, colleague, monkeypatch):
    monkeypatch.setattr(together, "LISTED_IN_MAIL", 2)
    requests = claimed(cast, cast.dana, 5)
    assigned(cast, requests, colleague)
    body = outbox_of("nora").body
    assert [one.number in body for one in sorted(requests, key=lambda one: (one.deadline, one.pk))] == [
        True, True, False, False, False,
    ]  # fmt: skip
    assert "3 more are in the queue." in body


def test_job_that_runs_twice_writes_once(cast, colleague):
    run, mails = assigned(cast, claimed(cast, cast.dana), colleague)
    bulk.tell(run.pk)
    run_jobs()
    assert len(outbox.outbox) == len(mails) == 2

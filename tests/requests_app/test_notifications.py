"""Who is told what: from the event to the mail that has left."""

import re

import pytest
from django.core import mail as outbox

from accounts.models import CustomerMembership, OutgoingMail, PartnerMembership
from requests_app import notifications, workflow
from requests_app.models import Action, CancelWhen, EndOfTermChoice, Kind, RequestEvent, SubscriptionRequest
from requests_app.notifications import words
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
    for step, heard in (("claim", ["bob"]), ("release", []), ("claim", []), ("approve", ["bob"])):
        filed, people = told(getattr(workflow, step), filed, actor=cast.dana)
        assert (step, people) == (step, heard)  # who has it now is no news a second time
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


# --- Every step, every reader, both languages ---

AT, NUMBER = "Blue Heron Cloud", "R-…"
CUSTOMERS = {"alice", "bob", "carol"}

STEPS = {
    Action.SUBMIT: ([], "bob"),
    Action.CLAIM: ([], "dana"),
    Action.RELEASE: (["claim"], "dana"),
    Action.REASSIGN: (["claim"], "max"),
    Action.ASK_CUSTOMER: (["claim"], "dana"),
    Action.ANSWER: (["claim", "ask_customer"], "alice"),
    Action.RESUME: (["claim", "ask_customer"], "dana"),
    Action.APPROVE: (["claim"], "dana"),
    Action.DECLINE: (["claim"], "dana"),
    Action.COMPLETE: (["claim", "approve"], "dana"),
    Action.FAIL: (["claim", "approve"], "dana"),
    Action.RETRY: (["claim", "approve", "fail"], "dana"),
    Action.WITHDRAW: (["claim"], "alice"),
    Action.MESSAGE: (["claim"], "bob"),
    Action.NOTE: (["claim"], "max"),
    Action.ESCALATE: (["claim"], ""),
}
"""What has to be done before a step, by Dana, and who takes the step."""

DETAILS = {
    "ask_customer": {"question": "For\nwhom?"},
    "answer": {"text": "For Carol"},
    "decline": {"reason": "Not now"},
    "fail": {"reason": "Refused"},
    "complete": {"external_reference": "ORDER-1"},
    "message": {"text": "A message"},
    "note": {"text": "A note"},
}

WHAT = "Cancel Reports"
DUE = "25 Nov 2030, 09:00 UTC"
TOLD = {
    Action.SUBMIT: {
        "bob": (
            f"Request {NUMBER} has reached {AT}: {WHAT}",
            f"Your request has reached {AT}. Nothing has changed yet.",
        ),
        "dana": (
            f"New request {NUMBER} from Victoria Dental: {WHAT}, due by {DUE}",
            "Bob of Victoria Dental asks to cancel a subscription.",
        ),
        "max": (
            f"New request {NUMBER} from Victoria Dental: {WHAT}, due by {DUE}",
            "Bob of Victoria Dental asks to cancel a subscription.",
        ),
    },
    Action.CLAIM: {
        "bob": (
            f"Request {NUMBER} is being looked at by {AT}",
            f"Dana at {AT} has taken your request on. Nothing has changed yet.",
        ),
    },
    Action.RELEASE: {},
    Action.REASSIGN: {
        "dana": (
            f"Request {NUMBER} is with Nia now, no longer with you",
            "Max has given this request to Nia.",
        ),
        "nia": (f"Request {NUMBER} is with you now: {WHAT}, due by {DUE}", "Max has given this request to you."),
    },
    Action.ASK_CUSTOMER: {
        "bob": (
            f"Your partner asks: For whom? (request {NUMBER})",
            f"Dana at {AT} needs your answer to go on. Nothing has changed yet.",
        ),
    },
    Action.ANSWER: {
        "bob": (
            f"Alice has answered your partner’s question about request {NUMBER}",
            f"Alice has answered what {AT} had asked. Nothing has changed yet.",
        ),
        "dana": (
            f"Answered by Victoria Dental: request {NUMBER} goes on, due by {DUE}",
            "Alice of Victoria Dental has answered. The request is in review again.",
        ),
    },
    Action.RESUME: {
        "bob": (
            f"Request {NUMBER} goes on at {AT} without a written answer",
            f"Dana at {AT} goes on with your request without an answer on its page. Nothing has changed yet.",
        ),
    },
    Action.APPROVE: {
        "bob": (
            f"Request {NUMBER} was approved by {AT}; it is not done yet",
            f"{AT} has agreed to cancel. It is not done yet: the subscription is still running.",
        ),
    },
    Action.DECLINE: {
        "bob": (f"Request {NUMBER} was declined by {AT}", f"{AT} has declined your request. Nothing has changed."),
    },
    Action.COMPLETE: {
        "bob": (f"Request {NUMBER} was done by {AT}: {WHAT}", f"Done: {AT} has cancelled the subscription."),
    },
    Action.FAIL: {
        "bob": (
            f"Request {NUMBER} could not be done yet: {AT} says why",
            f"{AT} could not carry it out yet. Your request stays open, and nothing has changed so far.",
        ),
    },
    Action.RETRY: {
        "bob": (
            f"Request {NUMBER} is being tried again by {AT}; it is not done yet",
            f"{AT} tries again to carry it out. It is not done yet.",
        ),
    },
    Action.WITHDRAW: {
        "bob": (
            f"Request {NUMBER} was withdrawn by Alice",
            f"Alice has withdrawn the request. {AT} does not act on it.",
        ),
        "dana": (
            f"Request {NUMBER} was withdrawn by Victoria Dental: nothing left to do",
            "Alice of Victoria Dental has taken the request back.",
        ),
    },
    Action.MESSAGE: {
        "dana": (
            f"Message from Bob, Victoria Dental, about request {NUMBER}",
            "Bob of Victoria Dental has written about the request.",
        ),
    },
    Action.NOTE: {
        "dana": (
            f"Internal note by Max on request {NUMBER} of Victoria Dental",
            "Max has written an internal note. Victoria Dental does not see it.",
        ),
    },
    Action.ESCALATE: dict.fromkeys(
        ("dana", "max"),
        (
            f"To managers: only 5 hours left for request {NUMBER} of Victoria Dental: {WHAT}",
            "Dana has this request; it is not decided yet.",
        ),
    ),
}
"""Each reader of each step, with the subject and the first sentence."""


def take(cast, action, filed):
    """Lead a request to the step and take it; leave the step's own jobs waiting."""
    before, who = STEPS[action]
    for step in before:
        filed = getattr(workflow, step)(filed, actor=cast.dana, **DETAILS.get(step, {}))
    run_jobs()
    outbox.outbox.clear()
    if action == Action.ESCALATE:
        import datetime

        from django.utils import timezone

        filed.deadline = timezone.now() + datetime.timedelta(hours=5, seconds=50)
        SubscriptionRequest.objects.filter(pk=filed.pk).update(deadline=filed.deadline)
        workflow.escalate(filed, level=2)
    elif action == Action.REASSIGN:
        nia = factories.person("nia")
        PartnerMembership.objects.create(user=nia, partner=cast.partner, role="agent")
        workflow.reassign(filed, actor=cast.max, assignee=nia)
    elif action != Action.SUBMIT:
        getattr(workflow, action)(filed, actor=getattr(cast, who), **DETAILS.get(action, {}))


def reports(cast):
    import datetime

    until = datetime.datetime(2030, 11, 25, 9, 0, tzinfo=datetime.UTC)
    return factories.subscription(
        cast.customer,
        friendly_name="Reports",
        cancellation_allowed_until=until,
        commitment_end_date=datetime.date(2031, 11, 1),
    )


@pytest.mark.parametrize("language", ["en", "zh-hant"])
@pytest.mark.parametrize("action", list(Action), ids=str)
def test_each_step_is_told_in_a_subject_and_a_sentence(cast, action, language):
    for person in cast.everybody().values():
        person.language = language
        person.save()
    filed = None
    if action == Action.SUBMIT:
        run_jobs()
        outbox.outbox.clear()
        filed = factories.cancellation(reports(cast), cast.bob)
    else:
        filed = factories.cancellation(reports(cast), cast.bob)
        take(cast, action, filed)
    run_jobs()
    told = {
        message.to[0].split("@")[0]: (message.subject.replace(filed.number, NUMBER), message.body.splitlines()[2])
        for message in outbox.outbox
    }
    assert len(told) == len(outbox.outbox)
    if language == "en":
        assert told == TOLD[action]
    else:
        assert set(told) == set(TOLD[action])
    for message in outbox.outbox:
        for text in (message.subject, message.body, message.alternatives[0].content):
            assert "%(" not in text
            assert "None" not in text
        assert message.body.count(filed.number) >= 1


def test_every_step_is_in_the_matrix():
    assert set(STEPS) == set(TOLD) == set(Action)


@pytest.mark.parametrize("action", [Action.NOTE, Action.REASSIGN, Action.ESCALATE], ids=str)
def test_what_is_internal_never_reaches_customers(cast, action):
    """Not even those who have spoken on the request; a person of both sides is told as the partner's."""
    PartnerMembership.objects.create(user=cast.carol, partner=cast.partner, role="manager")
    filed = factories.cancellation(reports(cast), cast.bob)
    workflow.message(filed, actor=cast.alice, text="I speak, too")
    take(cast, action, filed)
    event = RequestEvent.objects.filter(action=action).get()
    assert event.is_internal
    told = notifications.readers(event)
    assert {user.email.split("@")[0] for user, _side in told} & (CUSTOMERS - {"carol"}) == set()
    assert {side for _user, side in told} == {notifications.Side.PARTNER}


@pytest.mark.parametrize("side", list(notifications.Side), ids=str)
def test_tables_have_a_sentence_for_every_step_of_a_side(side):
    """What a side never hears of is not in its tables; everything else has a subject and a sentence."""
    subjects, sentences = words.SUBJECTS[side], words.WHAT[side]
    assert set(sentences) | {"complete", "escalate", "escalate_managers", "overdue"} >= set(subjects)
    assert set(subjects) >= set(sentences)
    internal = {Action.NOTE, Action.REASSIGN, Action.ESCALATE, Action.RELEASE}
    if side == notifications.Side.CUSTOMER:
        assert set(subjects) == set(Action) - internal


@pytest.mark.parametrize("kind", list(Kind), ids=str)
@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_each_kind_is_told_from_asking_to_done(cast, kind, language):
    cast.bob.language = cast.dana.language = language
    cast.bob.save()
    cast.dana.save()
    subscription = reports(cast)
    filed = {
        Kind.PURCHASE: lambda: factories.purchase(cast.customer, cast.bob),
        Kind.CANCELLATION: lambda: factories.cancellation(subscription, cast.bob, when=CancelWhen.END_OF_TERM),
        Kind.MORE_SEATS: lambda: workflow.submit_more_seats(subscription, seats=2, actor=cast.bob),
        Kind.FEWER_SEATS: lambda: workflow.submit_fewer_seats(subscription, seats=2, actor=cast.bob),
        Kind.END_OF_TERM: lambda: workflow.submit_end_of_term(
            subscription,
            choice=EndOfTermChoice.RENEW_CHANGED,
            changes=workflow.RenewalChanges(quantity=7),
            actor=cast.bob,
        ),
    }[kind]()
    factories.in_status(filed, "completed", agent=cast.dana, author=cast.bob)
    run_jobs()
    to_bob = [message for message in outbox.outbox if message.to == [cast.bob.email]]
    assert len(to_bob) == 4  # asked, taken on, approved, done
    if language == "en":
        done = {
            Kind.PURCHASE: "has bought it for you.",
            Kind.CANCELLATION: "has arranged the cancellation. The subscription ends on 1 Nov 2031.",
            Kind.MORE_SEATS: "has added the seats.",
            Kind.FEWER_SEATS: "has taken the seats away.",
            Kind.END_OF_TERM: "has arranged that the subscription renews with your changes.",
        }[kind]
        assert to_bob[-1].body.splitlines()[2] == f"Done: {AT} {done}"
        assert all("Done:" not in message.body for message in to_bob[:-1])


def test_receipt_repeats_when_it_was_received_what_was_asked_and_what_was_shown(cast):
    cast.bob.time_zone = "Asia/Taipei"
    cast.bob.save()
    filed, _ = told(lambda: factories.cancellation(reports(cast), cast.bob))
    body = next(message.body for message in outbox.outbox if message.to == [cast.bob.email])
    lines = body.splitlines()
    assert f"Request: {filed.number}" in lines
    assert "When it shall end: As soon as possible" in lines
    assert re.search(r"^Received at: \d+ \w+ \d{4}, \d\d:\d\d UTC / .*\d\d:\d\d Taipei$", body, re.MULTILINE)
    assert "- It can be done at once." in lines
    assert "- The cancellation window is open until 25 Nov 2030, 09:00 UTC / 17:00 Taipei." in lines
    assert "- It takes effect as soon as your partner has done it." in lines
    assert "- Data cannot be recovered afterwards: save it before." in lines
    assert "Earliest last day" not in body
    to_partner = next(message.body for message in outbox.outbox if message.to == [cast.dana.email])
    assert "What you were shown" not in to_partner
    assert "Due by: 25 Nov 2030, 09:00 UTC (before the cancellation window closes)" in to_partner.splitlines()


def test_approval_of_a_cancellation_tells_to_save_data_by_mail_and_on_the_page(client, cast):
    filed = workflow.claim(factories.cancellation(reports(cast), cast.bob), actor=cast.dana)
    run_jobs()
    told(workflow.approve, filed, actor=cast.dana)
    [message] = [message for message in outbox.outbox if message.to == [cast.bob.email]]
    assert "Save your data now if you still need them" in message.body
    assert "nothing for you to do" not in message.body
    client.force_login(cast.bob)
    assert "Save your data now if you still need them" in client.get(filed.get_absolute_url()).text


def test_mail_of_a_decision_tells_what_has_changed_since(cast):
    subscription = reports(cast)
    filed = workflow.claim(factories.cancellation(subscription, cast.bob), actor=cast.dana)
    subscription.quantity = 30
    subscription.save()
    run_jobs()
    told(workflow.approve, filed, actor=cast.dana)
    message = outbox.outbox[0]
    assert "- The subscription had 25 seats and now has 30 seats." in message.body.splitlines()
    assert "The subscription had 25 seats and now has 30 seats." in message.alternatives[0].content


def test_question_has_an_answer_button_others_open_the_request(cast):
    filed = workflow.claim(factories.purchase(cast.customer, cast.bob), actor=cast.dana)
    run_jobs()
    waiting, _ = told(workflow.ask_customer, filed, actor=cast.dana, question="For whom?")
    assert ">Answer</a>" in outbox.outbox[0].alternatives[0].content
    assert "For whom?" in outbox.outbox[0].body
    told(workflow.resume, waiting, actor=cast.dana)
    assert ">Open the request</a>" in outbox.outbox[0].alternatives[0].content


# --- Neither too many mails nor too few ---


def test_colleague_who_acts_on_somebodys_request_is_told_to_them(cast):
    filed = workflow.claim(factories.purchase(cast.customer, cast.bob), actor=cast.dana)
    run_jobs()
    _, people = told(workflow.decline, filed, actor=cast.max, reason="Not now")
    assert people == ["bob", "dana"]
    to_dana = next(message for message in outbox.outbox if message.to == [cast.dana.email])
    assert to_dana.subject == f"Request {filed.number}, which is with you: Max has taken the step “Decline”"


def test_request_given_back_is_told_to_the_team_only_when_its_deadline_is_near(cast):
    filed = workflow.claim(factories.purchase(cast.customer, cast.bob), actor=cast.dana)
    workflow.escalate(filed, level=1)
    run_jobs()
    _, people = told(workflow.release, filed, actor=cast.dana)
    assert people == ["max"]


def test_manager_who_takes_a_request_away_is_told_to_who_had_it(cast):
    filed = workflow.claim(factories.purchase(cast.customer, cast.bob), actor=cast.dana)
    run_jobs()
    _, people = told(workflow.release, filed, actor=cast.max)
    assert people == ["dana"]


def test_note_is_told_to_who_has_the_request_and_to_who_has_noted_before(cast):
    filed = workflow.claim(factories.purchase(cast.customer, cast.bob), actor=cast.dana)
    run_jobs()
    _, people = told(workflow.note, filed, actor=cast.max, text="Look at the window")
    assert people == ["dana"]
    _, people = told(workflow.note, filed, actor=cast.dana, text="I have")
    assert people == ["max"]


def test_message_of_the_partner_reaches_the_author_and_colleagues_who_have_spoken(cast):
    filed = workflow.claim(factories.purchase(cast.customer, cast.bob), actor=cast.dana)
    workflow.message(filed, actor=cast.alice, text="I am on it with Bob")
    run_jobs()
    _, people = told(workflow.message, filed, actor=cast.dana, text="Fine")
    assert people == ["alice", "bob"]
    _, people = told(workflow.message, filed, actor=cast.max, text="Fine with me")
    assert people == ["alice", "bob", "dana"]
    to_dana = next(message for message in outbox.outbox if message.to == [cast.dana.email])
    assert to_dana.subject == f"Max has written to Victoria Dental about request {filed.number}"


def test_where_the_author_has_left_admins_hear(cast):
    filed = workflow.claim(factories.purchase(cast.customer, cast.bob), actor=cast.dana)
    run_jobs()
    CustomerMembership.objects.filter(user=cast.bob).delete()
    _, people = told(workflow.ask_customer, filed, actor=cast.dana, question="Who looks after this now?")
    assert people == ["alice"]


# --- Links ---


@pytest.mark.parametrize("name", ["bob", "dana"])
def test_link_leads_there_after_signing_in(client, cast, name):
    told(lambda: factories.purchase(cast.customer, cast.bob))
    person = getattr(cast, name)
    message = next(message for message in outbox.outbox if message.to == [person.email])
    path = re.search(r"http://localhost:8000(/\S+)", message.body)[1]
    answer = client.get(path, follow=True)
    assert answer.redirect_chain[-1][0] == f"/accounts/login/?next={path}"
    if name == "bob":
        form = {"login": person.email, "password": factories.PASSWORD}
        assert client.post(answer.redirect_chain[-1][0], form).url == path
    else:  # whose second factor the pages of sign-in ask for: see tests/accounts/test_second_factor.py
        client.force_login(person)
    assert client.get(path).status_code == 200

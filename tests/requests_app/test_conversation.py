"""What both sides say about a request: who may, what each sees, and that nothing typed is lost."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from accounts.models import CustomerMembership, OutgoingMail, User
from requests_app import workflow
from requests_app.models import Action, Attachment, EndOfTermChoice, Kind, RequestEvent, Status, SubscriptionRequest
from requests_app.workflow import RenewalChanges, Sent
from tests import factories
from tests.at_once import PEOPLE, at_once
from tests.conftest import make_cast
from tests.jobs import run_jobs

QUESTION = "For whom are the seats?"


def page(subscription_request, step=""):
    return f"/requests/{subscription_request.number}/{step}"


def messages_of(response):
    return [str(message) for message in response.context["messages"]]


@pytest.fixture
def waiting(cast):
    filed = factories.purchase(cast.customer, cast.bob)
    claimed = workflow.claim(filed, actor=cast.dana)
    return workflow.ask_customer(claimed, actor=cast.dana, question=QUESTION)


@pytest.fixture
def talked_about(cast, waiting):
    """Everything has been said by everybody, with internal words among it."""
    workflow.note(waiting, actor=cast.dana, text="CANARY-note")
    workflow.reassign(waiting, actor=cast.dana, assignee=cast.max, note="CANARY-reassign")
    with transaction.atomic():
        workflow.escalate(SubscriptionRequest.objects.get(pk=waiting.pk), level=2)
    workflow.message(waiting, actor=cast.bob, text="Written by Bob")
    workflow.message(waiting, actor=cast.max, text="Written by Max")
    return waiting


# --- Who ---

ANSWERS = [
    ("alice", 302, Status.IN_REVIEW), ("bob", 302, Status.IN_REVIEW), ("carol", 403, Status.WAITING),
    ("charlie", 404, Status.WAITING), ("frank", 404, Status.WAITING), ("dana", 302, Status.WAITING),
    ("max", 302, Status.WAITING), ("erin", 302, Status.WAITING), ("sam", 302, Status.WAITING), ("root", 302, Status.WAITING),
]  # fmt: skip


@pytest.mark.parametrize(("name", "status", "state"), ANSWERS)
def test_answer_is_given_by_those_who_may_ask(as_, cast, waiting, name, status, state):
    answer = as_(getattr(cast, name)).post(page(waiting, "answer/"), {"text": "For sales", "version": waiting.version})
    waiting.refresh_from_db()
    assert (answer.status_code, waiting.status) == (status, state)
    told = waiting.events.filter(action=Action.ANSWER).values_list("actor", "note")
    assert list(told) == ([(getattr(cast, name).pk, "For sales")] if state == Status.IN_REVIEW else [])


@pytest.mark.parametrize(("name", "status", "state"), ANSWERS)
@pytest.mark.parametrize("closed", [False, True], ids=["open", "closed"])
def test_message_is_written_by_those_who_may_ask(as_, cast, waiting, name, status, state, closed):
    if closed:
        workflow.decline(waiting, actor=cast.dana, reason="No")
    answer = as_(getattr(cast, name)).post(page(waiting, "message/"), {"text": "By the way"})
    said = waiting.events.filter(action=Action.MESSAGE).values_list("actor", "note")
    assert answer.status_code == status
    assert list(said) == ([(getattr(cast, name).pk, "By the way")] if state == Status.IN_REVIEW else [])


def test_viewer_reads_and_is_offered_nothing(as_, cast, waiting):
    answer = as_(cast.carol).get(page(waiting))
    assert QUESTION in answer.text
    assert [step for step in ("answer/", "message/", "withdraw/") if page(waiting, step) in answer.text] == []
    assert as_(cast.bob).get(page(waiting)).context["answer_form"].is_bound is False


def test_partner_who_may_also_read_the_customer_writes_nothing_there(as_, cast, waiting):
    """Working the request opens messages at the desk, not in the customer's name."""
    CustomerMembership.objects.create(user=cast.max, customer=cast.customer, role="viewer")
    assert as_(cast.max).post(page(waiting, "message/"), {"text": "As whom?"}).status_code == 403
    assert page(waiting, "message/") not in as_(cast.max).get(page(waiting)).text


# --- What stays inside ---


@pytest.mark.parametrize("name", ["alice", "bob", "carol"])
def test_internal_words_are_on_no_page_of_the_customer(as_, cast, talked_about, name):
    browser = as_(getattr(cast, name))
    detail = browser.get(page(talked_about))
    assert [event.action for event in detail.context["events"]] == [
        "submit", "claim", "ask_customer", "message", "message",
    ]  # fmt: skip
    addresses = ["/", "/requests/", "/requests/?show=open", "/requests/?show=waiting", "/subscriptions/"]
    for text in (detail.text, *(browser.get(address).text for address in addresses)):
        assert "CANARY" not in text
        assert "The deadline is near" not in text
        assert "Internal" not in text


def test_internal_words_are_in_no_mail_to_the_customer(cast, talked_about):
    run_jobs("notify")
    mails = OutgoingMail.objects.filter(recipient__in=[cast.alice.email, cast.bob.email, cast.carol.email])
    assert {mail.recipient for mail in mails} == {cast.bob.email}
    assert [mail.subject for mail in mails if "CANARY" in f"{mail.subject}{mail.text}{mail.html}"] == []


def test_desk_shows_internal_words_and_marks_them(as_, cast, talked_about):
    answer = as_(cast.max).get(f"/admin/requests_app/subscriptionrequest/{talked_about.pk}/change/")
    assert [
        text for text in ("CANARY-note", "CANARY-reassign", "The deadline is near") if text not in answer.text
    ] == []
    assert answer.text.count("</svg>Internal</span>") == 3


# --- Which side ---


def test_side_of_a_message_stays_when_its_author_leaves(as_, cast, waiting):
    CustomerMembership.objects.create(user=cast.charlie, customer=cast.customer, role="requester")
    workflow.message(waiting, actor=User.objects.get(pk=cast.charlie.pk), text="Before I go")
    workflow.message(waiting, actor=cast.dana, text="Good-bye")
    CustomerMembership.objects.filter(user=cast.charlie, customer=cast.customer).delete()
    answer = as_(cast.bob).get(page(waiting))
    said = [(event.note, event.by_customer) for event in answer.context["events"] if event.action == "message"]
    assert said == [("Before I go", True), ("Good-bye", False)]
    assert "Charlie (Victoria Dental) wrote" in answer.text
    assert "Dana (Blue Heron Cloud) wrote" in answer.text


# --- Sent twice, sent late, sent wrong ---


@pytest.mark.parametrize(("step", "action"), [("message/", Action.MESSAGE), ("answer/", Action.ANSWER)])
def test_form_that_is_sent_twice_speaks_once(as_, cast, waiting, step, action):
    browser = as_(cast.bob)
    form = {"text": "For sales", "submission_key": str(uuid.uuid4()), "version": waiting.version}
    answers = [browser.post(page(waiting, step), form | {"uploads": [pdf()]}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert waiting.events.filter(action=action).count() == 1
    assert Attachment.objects.count() == 1


def test_key_of_another_form_is_no_key(as_, cast, waiting):
    """The same key on another request, in other hands or for another step: each of them speaks."""
    key = str(uuid.uuid4())
    other = factories.purchase(cast.customer, cast.bob)
    for person, where, step in (
        (cast.bob, waiting, "message/"), (cast.alice, waiting, "message/"), (cast.bob, other, "message/"),
        (cast.bob, waiting, "answer/"), (cast.bob, other, "withdraw/"),
    ):  # fmt: skip
        assert as_(person).post(page(where, step), {"text": "x", "submission_key": key}).status_code == 302
    assert RequestEvent.objects.filter(action__in=["message", "answer", "withdraw"]).count() == 5


@pytest.mark.parametrize("nonsense", ["", "x", "%00", "9" * 400, "²"])
def test_nonsense_in_hidden_fields_is_no_error(as_, cast, waiting, nonsense):
    form = {"text": "For sales", "submission_key": nonsense, "version": nonsense, "resume_token": nonsense}
    assert as_(cast.bob).post(page(waiting, "answer/"), form).status_code == 302


def pdf(name="order.pdf"):
    return SimpleUploadedFile(name, b"%PDF-1.7\n%%EOF")


def test_second_answer_is_told_who_was_quicker_and_keeps_its_text(as_, cast, waiting):
    form = {"version": waiting.version}
    as_(cast.alice).post(page(waiting, "answer/"), form | {"text": "For marketing"})
    answer = as_(cast.bob).post(page(waiting, "answer/"), form | {"text": "For sales", "uploads": [pdf()]})
    (told,) = messages_of(answer)
    assert told.startswith("This step is not possible any more: the request is “In review” since ")
    assert told.endswith(" (Alice).")
    again = answer.context["message_form"]
    assert again["text"].value() == "For sales"
    assert again.errors == {
        "text": ["What you typed is here. Send it as a message if it still matters."],
        "uploads": ["Choose the files again: a browser does not keep them."],
    }
    assert "answer_form" not in answer.context
    assert waiting.events.filter(action__in=["answer", "message"]).count() == 1


def test_answer_to_a_question_that_is_not_the_last_one_is_shown_the_new_one(as_, cast, waiting):
    seen = waiting.version
    resumed = workflow.resume(waiting, actor=cast.dana)
    workflow.ask_customer(resumed, actor=cast.dana, question="And from when on?")
    answer = as_(cast.bob).post(page(waiting, "answer/"), {"text": "For sales", "version": seen})
    form = answer.context["answer_form"]
    (error,) = form.non_field_errors()
    assert error.startswith("The request has changed since this page was shown: “Ask the customer”, ")
    assert form["text"].value() == "For sales"
    assert answer.context["question"].note == "And from when on?"
    fresh = {"text": "For sales, in May", "version": answer.context["subscription_request"].version}
    assert as_(cast.bob).post(page(waiting, "answer/"), fresh).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_one_of_many_answers_wins():
    cast = make_cast()
    claimed = workflow.claim(factories.purchase(cast.customer, cast.bob), actor=cast.dana)
    waiting = workflow.ask_customer(claimed, actor=cast.dana, question=QUESTION)
    actors = [cast.alice.pk, cast.bob.pk]
    results = at_once(
        lambda number: workflow.answer(
            waiting, actor=User.objects.get(pk=actors[number % 2]), text=f"{number}", sent=Sent(version=waiting.version)
        ),
        actors,
    )
    winners = [result for result in results if isinstance(result, SubscriptionRequest)]
    losers = [result for result in results if isinstance(result, workflow.StepNotAllowed)]
    assert (len(winners), len(losers)) == (1, PEOPLE - 1)
    assert waiting.events.filter(action=Action.ANSWER).count() == 1


@pytest.mark.parametrize("text", ["", "   ", "x" * 100_000], ids=["nothing", "blanks", "100 kB"])
@pytest.mark.parametrize("step", ["answer/", "message/"])
def test_form_in_error_keeps_what_was_typed(as_, cast, waiting, step, text):
    key = str(uuid.uuid4())
    sent = {"text": text, "submission_key": key, "uploads": [pdf()]}
    answer = as_(cast.bob).post(page(waiting, step), sent)
    form = answer.context["form_in_error"]
    assert answer.status_code == 200
    assert (form["text"].value(), str(form.key)) == (text, key)
    assert list(form.errors) == ["text", "uploads"]
    assert form.errors["uploads"] == ["Choose the files again: a browser does not keep them."]
    assert waiting.events.filter(action__in=["answer", "message"]).count() == 0


def test_message_too_many_waits_with_its_text(as_, cast, waiting, monkeypatch):
    monkeypatch.setattr("requests_app.workflow.working.MOST_MESSAGES", 2)
    bob = as_(cast.bob)
    for text in ("one", "two"):
        assert bob.post(page(waiting, "message/"), {"text": text}).status_code == 302
    refused = bob.post(page(waiting, "message/"), {"text": "And three"})
    assert "You have written 2 messages within the last hour." in refused.text
    assert "And three</textarea>" in refused.text
    assert waiting.events.filter(action=Action.MESSAGE).count() == 2
    assert as_(cast.alice).post(page(waiting, "message/"), {"text": "Of mine it is the first"}).status_code == 302


def test_good_file_beside_a_bad_one_has_to_be_chosen_again(as_, cast, waiting):
    sent = {"text": "For sales", "uploads": [pdf(), pdf("picture.png")]}
    form = as_(cast.bob).post(page(waiting, "answer/"), sent).context["answer_form"]
    assert form.errors["uploads"] == [
        "“picture.png” is not what its name says: its content is not PNG. Save it as PNG, then choose it again.",
        "Choose the files again: a browser does not keep them.",
    ]


def test_withdrawing_keeps_its_note(as_, cast, waiting):
    as_(cast.bob).post(page(waiting, "withdraw/"), {"note": "Not needed any more", "version": waiting.version})
    waiting.refresh_from_db()
    assert (waiting.status, waiting.events.last().note) == (Status.WITHDRAWN, "Not needed any more")


def test_withdrawing_too_late_keeps_its_note_as_a_message(as_, cast, waiting):
    workflow.approve(workflow.resume(waiting, actor=cast.dana), actor=cast.dana)
    answer = as_(cast.bob).post(page(waiting, "withdraw/"), {"note": "Not needed", "version": waiting.version})
    assert answer.context["message_form"]["text"].value() == "Not needed"
    waiting.refresh_from_db()
    assert waiting.status == Status.APPROVED


@pytest.mark.parametrize(("step", "name"), [("answer/", "text"), ("message/", "text"), ("withdraw/", "note")])
def test_text_outlives_the_session(client, cast, waiting, step, name):
    client.force_login(cast.bob)
    token = client.get(page(waiting)).context["resume_token"]
    client.logout()
    answer = client.post(page(waiting, step), {name: "Typed before", "resume_token": token})
    assert answer.url == f"/accounts/login/?next={page(waiting, step)}"
    client.force_login(cast.bob)
    back = client.get(page(waiting, step))
    assert back.context[f"{step[:-1]}_form"][name].value() == "Typed before"
    assert client.get(page(waiting, step)).url == page(waiting)
    assert waiting.events.filter(action__in=["answer", "message", "withdraw"]).count() == 0


# --- What the page says ---


def test_page_of_every_state_and_kind_opens(as_, cast):
    agent = {"agent": cast.dana, "author": cast.alice}
    for status in Status:
        for filed in one_of_each_kind(cast):
            factories.in_status(filed, status, **agent)
            for person in (cast.alice, cast.carol):
                assert as_(person).get(page(filed)).status_code == 200


def one_of_each_kind(cast):
    def new():
        return factories.subscription(cast.customer)

    end_of_term = {"choice": EndOfTermChoice.RENEW_CHANGED, "changes": RenewalChanges(quantity=30)}
    filed = [
        factories.purchase(cast.customer, cast.alice),
        factories.cancellation(new(), cast.alice),
        workflow.submit_more_seats(new(), seats=2, actor=cast.alice),
        workflow.submit_fewer_seats(new(), seats=2, actor=cast.alice),
        workflow.submit_end_of_term(new(), actor=cast.alice, **end_of_term),
    ]
    assert [one.kind for one in filed] == list(Kind)
    return filed


@pytest.mark.parametrize(
    ("kind", "title", "approved", "done"),
    [
        (0, "Buy 3 seats of Power BI Pro", "has agreed to buy it for you. It is not done yet", "has bought it for you."),
        (1, "Cancel Power BI Pro", "has agreed to cancel. It is not done yet", "has cancelled the subscription."),
        (2, "Add 2 seats to Power BI Pro", "has agreed to add the seats. It is not done yet", "has added the seats."),
        (3, "Give back 2 seats of Power BI Pro", "has agreed to take the seats back. It is not done yet", "has taken the seats back."),
        (4, "Renew Power BI Pro with changes", "has agreed. It is not arranged yet", "has arranged the end of the term: Renew with changes."),
    ],
    ids=list(Kind),
)  # fmt: skip
def test_asked_approved_and_done_are_told_apart(as_, cast, kind, title, approved, done):
    filed = one_of_each_kind(cast)[kind]
    claimed = workflow.claim(filed, actor=cast.dana)
    texts = [as_(cast.alice).get(page(filed)).text]
    promised = workflow.approve(claimed, actor=cast.dana)
    texts.append(as_(cast.alice).get(page(filed)).text)
    workflow.complete(promised, actor=cast.dana, external_reference="ORDER-1")
    texts.append(as_(cast.alice).get(page(filed)).text)
    assert [title in text for text in texts] == [True, True, True]
    assert [approved in text for text in texts] == [False, True, False]
    assert [done in text for text in texts] == [False, False, True]


def test_what_has_changed_is_told_while_open_and_at_the_decision(as_, cast):
    subscription = factories.subscription(cast.customer)
    filed = factories.cancellation(subscription, cast.bob)
    assert as_(cast.bob).get(page(filed)).context["changes"] == []
    type(subscription).objects.filter(pk=subscription.pk).update(quantity=26)
    told = ["The subscription had 25 seats and now has 26 seats."]
    assert as_(cast.bob).get(page(filed)).context["changes"] == told
    claimed = workflow.claim(filed, actor=cast.dana)
    workflow.decline(claimed, actor=cast.dana, reason="No")
    answer = as_(cast.bob).get(page(filed))
    assert answer.context["changes"] == []
    assert answer.text.count(f"<li>{told[0]}</li>") == 1


def test_moment_of_receipt_is_told_to_the_second_in_both_zones(as_, cast):
    cast.bob.time_zone = "Asia/Taipei"
    cast.bob.save()
    filed = factories.purchase(cast.customer, cast.bob)
    SubscriptionRequest.objects.filter(pk=filed.pk).update(submitted_at="2026-11-22T08:14:09Z")
    assert "22 Nov 2026, 08:14:09 UTC / 16:14:09 Taipei</time>" in as_(cast.bob).get(page(filed)).text


@pytest.mark.parametrize("rounds", [1, 4])
def test_page_takes_the_same_statements_for_any_conversation(as_, cast, assert_statements, rounds):
    filed = workflow.claim(factories.purchase(cast.customer, cast.bob), actor=cast.dana)
    for _ in range(rounds):
        workflow.message(filed, actor=cast.bob, text="x", sent=Sent(uploads=[factories_upload()] * rounds))
        workflow.message(filed, actor=cast.dana, text="y")
        filed = workflow.ask_customer(filed, actor=cast.dana, question="?")
        filed = workflow.answer(filed, actor=cast.bob, text="!")
    browser = as_(cast.bob)
    with assert_statements(10):
        assert browser.get(page(filed)).status_code == 200


def factories_upload():
    return workflow.runner.Upload("order.pdf", "application/pdf", b"%PDF-1.7\n%%EOF")


# --- The list ---


def test_list_begins_with_what_waits_for_the_customer(as_, cast, waiting):
    later = factories.purchase(cast.customer, cast.bob)
    closed = workflow.withdraw(factories.purchase(cast.customer, cast.bob), actor=cast.bob)
    browser = as_(cast.carol)
    shown = {show: browser.get(f"/requests/?show={show}").context["page"].rows for show in ("", "open", "waiting")}
    assert shown == {"": [waiting, closed, later], "open": [waiting, later], "waiting": [waiting]}
    assert browser.get("/requests/").text.count("</svg>Waiting for you</span>") == 1
    assert "Waiting for the customer" not in browser.get("/requests/").text


def test_list_turns_its_pages_over_what_waits(as_, cast, waiting):
    for _ in range(27):
        factories.purchase(cast.customer, cast.bob)
    browser = as_(cast.bob)
    first = browser.get("/requests/").context["page"]
    second = browser.get(f"/requests/?page={first.older}").context["page"]
    assert (first.rows[0], len(first.rows), len(second.rows)) == (waiting, 25, 3)
    assert browser.get(f"/requests/?page={second.newer}").context["page"].rows == first.rows

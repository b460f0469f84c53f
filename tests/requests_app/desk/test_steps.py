"""The steps: each by each of the cast, sent once, told when somebody was quicker or something has changed."""

import datetime
import uuid

import pytest
from django.utils import timezone

from requests_app import revalidation, workflow
from requests_app.models import Action, RequestEvent, SeatBatch, Status, Subscription
from tests import factories
from tests.requests_app.desk import QUEUE, STEPS, TYPED, dana_belongs_to, page


def test_page_offers_exactly_the_steps_allowed_now(as_, cast, one_of_each):
    browser = as_(cast.dana)
    for status, subscription_request in one_of_each.items():
        text = browser.get(page(subscription_request)).text
        for step in STEPS:
            allowed = status in workflow.TRANSITIONS[Action(step)].sources
            link = "action" if step in ("message", "note") else "href"
            assert (f'{link}="{page(subscription_request, step)}"' in text) == allowed, (status, step)


def test_get_of_a_step_asks_and_changes_nothing(as_, cast, one_of_each):
    browser = as_(cast.dana)
    for status, subscription_request in one_of_each.items():
        for step in STEPS:
            allowed = status in workflow.TRANSITIONS[Action(step)].sources
            assert browser.get(page(subscription_request, step)).status_code == (200 if allowed else 302)
        subscription_request.refresh_from_db()
        assert subscription_request.status == status


def test_the_whole_way_through_the_steps(as_, cast, filed):
    browser = as_(cast.dana)
    for step, form, status in (
        ("claim", {}, "in_review"),
        ("release", {"note": "lunch"}, "submitted"),
        ("claim", {}, "in_review"),
        ("ask_customer", {"question": "For whom?"}, "waiting"),
        ("resume", {"note": "She called"}, "in_review"),
        ("message", {"text": "We are on it"}, "in_review"),
        ("note", {"text": "Careful"}, "in_review"),
        ("approve", {"note": "fine"}, "approved"),
        ("fail", {"reason": "Refused"}, "failed"),
        ("retry", {}, "approved"),
        ("complete", {"external_reference": "ORDER-5"}, "completed"),
    ):
        answer = browser.post(page(filed, step), form)
        assert (answer.status_code, answer.url) == (302, page(filed))
        filed.refresh_from_db()
        assert filed.status == status
    assert (filed.assignee, filed.external_reference) == (cast.dana, "ORDER-5")


@pytest.mark.parametrize(("step", "field"), [("decline", "reason"), ("complete", "external_reference")])
@pytest.mark.parametrize("value", ["", "   ", "\0", "x" * 5000])
def test_step_without_what_it_needs_says_so(as_, cast, filed, step, field, value):
    status = "in_review" if step == "decline" else "approved"
    factories.in_status(filed, status, agent=cast.dana, author=cast.alice)
    answer = as_(cast.dana).post(page(filed, step), {field: value, "note": "kept"})
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]
    filed.refresh_from_db()
    assert filed.status == status


def test_step_that_somebody_has_just_taken_keeps_the_text(as_, cast, filed):
    factories.in_status(filed, "in_review", agent=cast.max, author=cast.alice)
    browser = as_(cast.dana)
    assert browser.get(page(filed, "decline")).status_code == 200
    workflow.decline(filed, actor=cast.max, reason="first")
    answer = browser.post(page(filed, "decline"), {"reason": "my long reason"})
    assert answer.status_code == 200
    assert (
        answer.context["form"]
        .non_field_errors()[0]
        .startswith("This step is not possible any more: the request is “Declined” since")
    )
    assert "(Max)" in answer.context["form"].non_field_errors()[0]
    assert "my long reason" in answer.text
    filed.refresh_from_db()
    assert filed.decline_reason == "first"


def test_status_is_not_editable_as_a_field(as_, cast, filed):
    for person in (cast.dana, cast.max, cast.root):
        assert as_(person).post(page(filed), {"status": "completed", "assignee": cast.dana.pk}).status_code == 403
        assert as_(person).get(f"{QUEUE}add/").status_code == 403
        assert as_(person).post(page(filed, "delete"), {"post": "yes"}).status_code == 403
    filed.refresh_from_db()
    assert (filed.status, filed.assignee) == (Status.SUBMITTED, None)


def test_unknown_step_does_not_exist(as_, cast, filed):
    assert as_(cast.dana).get(page(filed, "explode"), follow=True).status_code == 404


# --- By whom ---


@pytest.mark.parametrize("name", ["dana", "max", "root", "erin", "sam", "alice", "bob", "carol", "charlie", "frank"])
@pytest.mark.parametrize("step", STEPS)
def test_step_by_each_of_the_cast(as_, cast, filed, step, name):
    """The partner's people and a superuser take each step; for everybody else the request does not exist."""
    status = next(one for one in Status if one in workflow.TRANSITIONS[Action(step)].sources)
    filed = factories.in_status(filed, status, agent=cast.max, author=cast.alice)
    before = filed.events.count()
    typed = TYPED.get(step, {}) | ({"assignee": cast.max.pk if filed.assignee != cast.max else cast.dana.pk})
    answer = as_(getattr(cast, name)).post(page(filed, step), typed, follow=True)
    may = name in ("dana", "max", "root")
    assert answer.status_code == (200 if may else 404 if name in ("erin", "sam") else 403)
    filed.refresh_from_db()
    assert filed.events.count() == before + may
    if may:
        assert filed.events.last().action == step
        assert filed.status == (workflow.TRANSITIONS[Action(step)].target or status)


DECIDING = [step for step in STEPS if not workflow.TRANSITIONS[Action(step)].by_author]


@pytest.mark.parametrize("step", DECIDING)
def test_author_cannot_decide_and_is_told_why(as_, cast, step):
    dana_belongs_to(cast.customer, cast.dana)
    filed = factories.cancellation(factories.subscription(cast.customer), cast.dana)
    status = next(one for one in Status if one in workflow.TRANSITIONS[Action(step)].sources)
    factories.in_status(filed, status, agent=cast.max, author=cast.dana)
    browser = as_(cast.dana)
    shown = browser.get(page(filed)).text
    assert "You have filed this request yourself: a colleague decides." in shown
    assert f'href="{page(filed, step)}"' not in shown
    answer = browser.get(page(filed, step), follow=True)
    assert [str(one) for one in answer.context["messages"]] == [
        "You have filed this request yourself: a colleague decides."
    ]
    refused = browser.post(page(filed, step), TYPED.get(step, {}))
    assert refused.status_code == 403
    assert "You have filed this request yourself" in refused.text
    filed.refresh_from_db()
    assert filed.status == status


def test_reassign_offers_colleagues_who_may_decide(as_, cast):
    """Neither the author, nor who has it already, nor people of another partner or who cannot sign in."""
    dana_belongs_to(cast.customer, cast.dana)
    third, gone = factories.person("third"), factories.person("gone", is_active=False)
    for one in (third, gone):
        cast.partner.memberships.create(user=one, role="agent")
    filed = workflow.claim(factories.purchase(cast.customer, cast.dana), actor=cast.max)
    field = as_(cast.dana).get(page(filed, "reassign")).context["form"].fields["assignee"]
    assert list(field.queryset) == [third]
    for foreign in (cast.erin, cast.alice, cast.dana, gone, cast.root):
        answer = as_(cast.dana).post(page(filed, "reassign"), {"assignee": foreign.pk})
        assert answer.context["form"].errors == {"assignee": ["Choose somebody who works your requests."]}
    assert as_(cast.dana).post(page(filed, "reassign"), {"assignee": third.pk, "note": "Yours"}).status_code == 302
    filed.refresh_from_db()
    assert (filed.assignee, filed.status) == (third, Status.IN_REVIEW)


def test_reassign_from_somebody_who_has_left(as_, cast, filed):
    workflow.claim(filed, actor=cast.max)
    cast.max.partner_memberships.all().delete()
    browser = as_(cast.dana)
    assert "with Max" in browser.get(page(filed)).text
    assert browser.post(page(filed, "reassign"), {"assignee": cast.dana.pk}).status_code == 302
    filed.refresh_from_db()
    assert filed.assignee == cast.dana


def test_reassign_says_where_there_is_nobody(as_, cast, filed):
    workflow.claim(filed, actor=cast.dana)
    cast.max.partner_memberships.all().delete()
    assert "There is no colleague who could take it." in as_(cast.dana).get(page(filed, "reassign")).text


# --- Once, and by whoever was quicker ---


@pytest.mark.parametrize("step", ["claim", "message", "note"])
def test_form_that_is_sent_twice_acts_once(as_, cast, filed, step):
    form = TYPED.get(step, {}) | {"submission_key": str(uuid.uuid4())}
    browser = as_(cast.dana)
    first, second = (browser.post(page(filed, step), form, follow=True) for _ in range(2))
    assert [str(one) for one in second.context["messages"]] == [
        "You have sent this form already. Nothing was sent twice."
    ]
    assert [str(one) for one in first.context["messages"]] != [str(one) for one in second.context["messages"]]
    assert filed.events.filter(action=step).count() == 1


def test_key_of_somebody_elses_form_takes_no_step_and_keeps_the_text(as_, cast, filed):
    key = str(uuid.uuid4())
    other = factories.purchase(cast.customer, cast.alice)
    as_(cast.max).post(page(other, "message"), {"text": "Hello", "submission_key": key})
    answer = as_(cast.dana).post(page(filed, "message"), {"text": "My long text", "submission_key": key})
    assert answer.context["form"].non_field_errors() == ["This form cannot be sent again. Open it anew."]
    assert "My long text" in answer.text
    assert answer.context["submission_key"] != key
    assert RequestEvent.objects.filter(action=Action.MESSAGE).count() == 1


@pytest.mark.parametrize("value", ["", "0x1", "-1", "9" * 30, "None", "\0"])
def test_nonsense_in_what_a_form_carries_unseen_counts_as_nothing(as_, cast, filed, value):
    unseen = {"submission_key": value, "version": value}
    assert as_(cast.dana).post(page(filed, "claim"), unseen).status_code == 302
    filed.refresh_from_db()
    assert filed.status == Status.IN_REVIEW


def test_page_that_is_out_of_date_tells_who_was_quicker_and_can_be_sent_again(as_, cast, filed):
    """The step would still be possible, but the request is not what the form showed."""
    workflow.claim(filed, actor=cast.dana)
    browser = as_(cast.dana)
    shown = browser.get(page(filed, "decline")).context
    workflow.reassign(filed, actor=cast.max, assignee=cast.max)
    form = {"reason": "my long reason", "version": shown["version"], "submission_key": shown["submission_key"]}
    answer = browser.post(page(filed, "decline"), form)
    (told,) = answer.context["form"].non_field_errors()
    assert told.startswith("The request has changed since this page was shown: “Reassign”")
    assert "(Max)" in told
    assert answer.context["form"]["reason"].value() == "my long reason"
    assert "Max has this request." in answer.text
    again = form | {"version": answer.context["version"]}
    assert browser.post(page(filed, "decline"), again).status_code == 302
    filed.refresh_from_db()
    assert (filed.status, filed.decline_reason) == (Status.DECLINED, "my long reason")


def test_mistake_in_a_field_does_not_pass_over_what_happened_meanwhile(as_, cast, filed):
    workflow.claim(filed, actor=cast.dana)
    browser = as_(cast.dana)
    version = browser.get(page(filed, "decline")).context["version"]
    workflow.reassign(filed, actor=cast.max, assignee=cast.max)
    answer = browser.post(page(filed, "decline"), {"reason": "", "version": version})
    assert answer.context["version"] == str(version)
    answer = browser.post(page(filed, "decline"), {"reason": "now with a reason", "version": version})
    assert len(answer.context["form"].non_field_errors()) == 1


def test_message_crosses_any_step(as_, cast, filed):
    version = as_(cast.dana).get(page(filed)).context["version"]
    workflow.claim(filed, actor=cast.max)
    assert as_(cast.dana).post(page(filed, "message"), {"text": "Hi", "version": version}).status_code == 302


# --- What has changed since it was filed ---


def test_what_has_changed_is_shown_kept_and_sent_again(as_, cast, filed):
    workflow.claim(filed, actor=cast.dana)
    browser = as_(cast.dana)
    shown = browser.get(page(filed, "approve")).context
    assert shown["changes"] == []
    shut = timezone.now() - datetime.timedelta(hours=1)
    Subscription.objects.filter(pk=filed.subscription_id).update(cancellation_allowed_until=shut, quantity=24)
    form = {"note": "my long note", "seen": shown["seen"], "version": shown["version"]}
    answer = browser.post(page(filed, "approve"), form)
    assert answer.context["form"].non_field_errors() == [
        "Something has changed since this page was shown. Look at what it is, then decide again."
    ]
    assert answer.context["form"]["note"].value() == "my long note"
    changes = answer.context["changes"]
    assert changes[-1] == "The subscription had 25 seats and now has 24 seats."
    for sentence in changes:
        assert sentence in answer.text
        assert sentence in browser.get(page(filed)).text
    again = form | {"seen": answer.context["seen"]}
    assert browser.post(page(filed, "approve"), again).status_code == 302
    event = filed.events.get(action=Action.APPROVE)
    assert revalidation.sentences(event.changes) == changes


def test_changes_come_before_the_buttons(as_, cast, filed):
    Subscription.objects.filter(pk=filed.subscription_id).update(quantity=24)
    text = as_(cast.dana).get(page(filed)).text
    assert text.index("Since this was filed") < text.index(f'href="{page(filed, "claim")}"')


# --- Completing each kind ---


def approved(cast, filed):
    return workflow.approve(workflow.claim(filed, actor=cast.dana), actor=cast.dana)


@pytest.mark.parametrize(
    ("open_for", "chosen", "initial", "quantity", "scheduled"),
    [(4, "now", "now", 20, None), (-1, "renewal", "renewal", 25, 20), (-1, "now", "renewal", 20, None)],
)
def test_fewer_seats_are_done_now_or_scheduled(as_, cast, open_for, chosen, initial, quantity, scheduled):
    until = timezone.now() + datetime.timedelta(days=open_for)
    subscription = factories.subscription(cast.customer, cancellation_allowed_until=until)
    filed = approved(cast, workflow.submit_fewer_seats(subscription, seats=5, actor=cast.alice))
    browser = as_(cast.dana)
    assert browser.get(page(filed, "complete")).context["form"]["done_when"].value() == initial
    form = {"external_reference": "ORDER-1", "done_when": chosen}
    assert browser.post(page(filed, "complete"), form).status_code == 302
    subscription.refresh_from_db()
    assert (subscription.quantity, subscription.scheduled_quantity) == (quantity, scheduled)


def test_fewer_seats_than_there_are_is_told_kindly(as_, cast):
    subscription = factories.subscription(cast.customer)
    filed = approved(cast, workflow.submit_fewer_seats(subscription, seats=5, actor=cast.alice))
    Subscription.objects.filter(pk=subscription.pk).update(quantity=5)
    form = {"external_reference": "ORDER-1", "done_when": "now", "note": "my long note"}
    answer = as_(cast.dana).post(page(filed, "complete"), form)
    assert answer.context["form"].non_field_errors() == [
        "The subscription has 5 seats now: so many cannot be taken away."
    ]
    assert "There are not that many seats any more" in as_(cast.dana).get(page(filed)).text
    assert answer.context["form"]["note"].value() == "my long note"
    filed.refresh_from_db()
    assert filed.status == Status.APPROVED


def test_fewer_seats_need_to_be_told_how(as_, cast):
    filed = approved(
        cast, workflow.submit_fewer_seats(factories.subscription(cast.customer), seats=5, actor=cast.alice)
    )
    answer = as_(cast.dana).post(page(filed, "complete"), {"external_reference": "ORDER-1"})
    assert answer.context["form"].errors == {"done_when": ["Say how it was done."]}


@pytest.mark.parametrize(
    ("open_for", "chosen", "initial", "status"),
    [
        (4, "", "now", "deleted"),
        (4, "renewal", "now", "active"),
        (-1, "renewal", "renewal", "active"),
        (-1, "now", "renewal", "deleted"),
    ],
)
def test_cancellation_at_once_is_done_now_or_at_the_end_of_the_term(as_, cast, open_for, chosen, initial, status):
    until = timezone.now() + datetime.timedelta(days=open_for)
    subscription = factories.subscription(cast.customer, cancellation_allowed_until=until)
    filed = approved(cast, factories.cancellation(subscription, cast.alice))
    browser = as_(cast.dana)
    assert browser.get(page(filed, "complete")).context["form"]["done_when"].value() == initial
    form = {"external_reference": "ORDER-1", "done_when": chosen}
    assert browser.post(page(filed, "complete"), form).status_code == 302
    subscription.refresh_from_db()
    today = timezone.now().date()
    ends_on = subscription.commitment_end_date if status == "active" else today
    assert (subscription.status, subscription.ends_on) == (status, ends_on)
    told = as_(cast.alice).get(filed.get_absolute_url()).text
    assert ("has arranged the cancellation. The subscription ends on" in told) == (status == "active")


def test_cancellation_outside_its_window_needs_to_be_told_how(as_, cast):
    until = timezone.now() - datetime.timedelta(days=1)
    subscription = factories.subscription(cast.customer, cancellation_allowed_until=until)
    filed = approved(cast, factories.cancellation(subscription, cast.alice))
    answer = as_(cast.dana).post(page(filed, "complete"), {"external_reference": "ORDER-1"})
    assert answer.context["form"].errors == {"done_when": ["Say how it was done."]}
    subscription.refresh_from_db()
    assert subscription.status == "active"


def test_nothing_is_scheduled_for_a_renewal_that_never_comes(as_, cast):
    subscription = factories.subscription(cast.customer, commitment_end_date=None)
    filed = approved(cast, workflow.submit_fewer_seats(subscription, seats=5, actor=cast.alice))
    form = {"external_reference": "ORDER-1", "done_when": "renewal"}
    answer = as_(cast.dana).post(page(filed, "complete"), form)
    assert answer.context["form"].errors == {"done_when": ["This subscription has no term that is renewed."]}


def test_more_seats_become_an_addition(as_, cast):
    subscription = factories.subscription(cast.customer)
    filed = approved(cast, workflow.submit_more_seats(subscription, seats=5, actor=cast.alice))
    assert as_(cast.dana).post(page(filed, "complete"), {"external_reference": "ORDER-1"}).status_code == 302
    subscription.refresh_from_db()
    assert (subscription.quantity, SeatBatch.objects.get().quantity) == (30, 5)

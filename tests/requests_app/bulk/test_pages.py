"""The pages of steps with many requests: what is said beforehand, what is done, what is reported."""

import datetime
import uuid

import pytest
from django.http import QueryDict
from django.utils import timezone

from requests_app import bulk, workflow
from requests_app.models import Action, BulkItem, BulkRun, RequestEvent, Status, SubscriptionRequest
from requests_app.tasks import remove_old_bulk_runs
from tests import factories
from tests.jobs import nobody_has_said_who_acts
from tests.requests_app.bulk import BULK, confirm, hidden, outcomes, started
from tests.requests_app.desk import QUEUE, dana_belongs_to


@pytest.fixture
def some(cast):
    """Five requests that nobody has."""
    offer = factories.offer(cast.partner)
    return [factories.purchase(cast.customer, cast.alice, offer) for _ in range(5)]


def keys(requests):
    return [one.pk for one in requests]


def statuses():
    return list(SubscriptionRequest.objects.order_by("pk").values_list("status", "assignee__name"))


def test_nothing_is_done_before_it_is_confirmed(as_, cast, some):
    answer = as_(cast.dana).post(BULK, {"step": "claim", "selected": keys(some)})
    assert "5 requests will be yours" in answer.text
    assert BulkRun.objects.count() == 0
    assert set(statuses()) == {("submitted", None)}


def test_selected_ones_are_claimed(as_, cast, some):
    answer = confirm(as_(cast.dana), {"step": "claim", "selected": keys(some[:3])}, "show=unassigned")
    assert answer.url == f"{QUEUE}?show=unassigned"
    assert statuses() == [("in_review", "Dana")] * 3 + [("submitted", None)] * 2
    assert outcomes(BulkRun.objects.get()) == ["done"] * 3
    assert BulkRun.objects.get().finished_at is not None


def test_everything_that_a_view_shows_is_claimed_and_nothing_that_came_later(as_, cast, some):
    browser = as_(cast.dana)
    asked = browser.post(f"{BULK}?show=unassigned", {"step": "claim", "all": "1", "selected": some[0].pk})
    later = factories.purchase(cast.customer, cast.alice)
    browser.post(f"{BULK}?show=unassigned", hidden(asked))
    assert statuses() == [("in_review", "Dana")] * 5 + [("submitted", None)]
    later.refresh_from_db()
    assert later.version == 1


@pytest.mark.parametrize(
    ("step", "typed", "event"),
    [
        ("release", {"text": "Back to all"}, (Action.RELEASE, "Back to all")),
        ("decline", {"text": "No longer sold"}, (Action.DECLINE, "No longer sold")),
        ("reassign", {"text": "You know them"}, (Action.REASSIGN, "You know them")),
    ],
)
def test_what_is_typed_goes_with_each_step(as_, cast, some, step, typed, event):
    for one in some:
        workflow.claim(one, actor=cast.dana)
    typed = typed | ({"assignee": cast.max.pk} if step == "reassign" else {})
    confirm(as_(cast.dana), {"step": step, "all": "1"}, "show=mine", **typed)
    events = RequestEvent.objects.filter(actor=cast.dana).exclude(action=Action.CLAIM)
    assert list(events.values_list("action", "note")) == [event] * 5


def test_unassigned_ones_are_claimed_on_the_way_to_a_colleague(as_, cast, some):
    answer = confirm(as_(cast.max), {"step": "reassign", "selected": keys(some)}, assignee=cast.dana.pk)
    assert answer.url == QUEUE
    assert set(statuses()) == {("in_review", "Dana")}
    events = RequestEvent.objects.filter(subscription_request=some[0]).values_list("action", flat=True)
    assert list(events) == ["submit", "claim", "reassign"]


def test_colleague_who_has_filed_one_does_not_get_it(as_, cast, some):
    dana_belongs_to(cast.customer, cast.dana)
    own = factories.purchase(cast.customer, cast.dana)
    confirm(as_(cast.max), {"step": "reassign", "selected": keys([*some, own])}, assignee=cast.dana.pk)
    own.refresh_from_db()
    assert (own.status, own.assignee, own.version) == (Status.SUBMITTED, None, 1)  # not claimed either
    [refused] = BulkRun.objects.get().items.exclude(outcome="done")
    assert (refused.outcome, refused.sentence) == (
        "refused",
        "Dana has filed this request and cannot decide on it. Choose somebody else.",
    )


def test_page_says_what_is_left_and_why(as_, cast, one_of_each):
    dana_belongs_to(cast.customer, cast.dana)
    factories.purchase(cast.customer, cast.dana)
    text = as_(cast.dana).post(f"{BULK}?show=all", {"step": "claim", "all": "1"}).text
    assert "<strong>1 request will be yours and “in review”.</strong>" in text
    for line in (
        "1 request you have filed yourself",
        "1 request is “Waiting for the customer”, where",
        "is “Declined”",
    ):
        assert line in text


def test_step_that_is_possible_with_none_is_not_offered(as_, cast, some):
    text = as_(cast.dana).post(BULK, {"step": "decline", "selected": keys(some)}).text
    assert "5 requests are “Submitted”: claim them first." in text
    assert 'name="confirmed"' not in text


def test_refusals_are_reported_by_number(as_, cast, some):
    browser = as_(cast.dana)
    asked = browser.post(BULK, {"step": "claim", "selected": keys(some)})
    workflow.claim(some[2], actor=cast.max)
    answer = browser.post(BULK, hidden(asked), follow=True)
    run = BulkRun.objects.get()
    assert outcomes(run) == ["done", "done", "moved", "done", "done"]
    assert answer.redirect_chain == [(f"{BULK}{run.pk}/?view=", 302)]
    assert "4 requests are yours now." in answer.text
    assert f">{some[2].number}</a>" in answer.text
    assert "This step is not possible any more: the request is “In review” since" in answer.text


def test_request_that_has_changed_since_it_was_confirmed_is_left_alone(cast, some):
    """Its status would still allow the step, but somebody has seen to it meanwhile."""
    for one in some:
        workflow.claim(one, actor=cast.dana)
    chosen = bulk.selected(cast.dana, keys(some))
    workflow.reassign(some[0], actor=cast.max, assignee=cast.max)
    run = bulk.start(cast.dana, BulkRun.Step.RELEASE, chosen, key=uuid.uuid4())
    assert outcomes(run) == ["moved", "done", "done", "done", "done"]
    some[0].refresh_from_db()
    assert some[0].assignee == cast.max


def test_form_that_is_sent_twice_runs_once(as_, cast, some):
    browser = as_(cast.dana)
    form = hidden(browser.post(BULK, {"step": "claim", "selected": keys(some)}))
    browser.post(BULK, form)
    answer = browser.post(BULK, form, follow=True)
    assert BulkRun.objects.count() == 1
    assert "You have sent this form already. Nothing was sent twice." in answer.text
    assert RequestEvent.objects.filter(action=Action.CLAIM).count() == 5
    theirs = as_(cast.max).post(BULK, form)
    assert "This form cannot be sent again. Open it anew." in theirs.text


def test_reason_that_is_missing_is_asked_for(as_, cast, some):
    for one in some:
        workflow.claim(one, actor=cast.dana)
    browser = as_(cast.dana)
    answer = confirm(browser, {"step": "decline", "all": "1"}, "show=mine", text=" ")
    assert "Give the customers a reason." in answer.text
    assert BulkRun.objects.count() == 0
    assert set(hidden(answer)) >= {"all", "newest", "step", "submission_key"}


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"step": "approve", "all": "1"},
        {"step": "claim"},
        {"step": "claim", "selected": ["x", "-1", "9" * 30, "\0"]},
        {"step": "claim", "all": "1", "newest": "0"},
        {"step": "claim", "selected": ["999999999"]},
    ],
)
def test_nonsense_leads_back_to_the_list(as_, cast, filed, form):
    assert as_(cast.dana).post(f"{BULK}?show=open", form).url.startswith(QUEUE)
    assert BulkRun.objects.count() == 0


@pytest.mark.parametrize("name", ["charlie", "alice", "sam"])
def test_who_does_not_work_requests_does_nothing_with_many(as_, cast, some, name):
    answer = as_(getattr(cast, name)).post(BULK, {"step": "claim", "all": "1"})
    assert answer.status_code in (302, 403)
    assert BulkRun.objects.count() == 0


def test_another_partners_requests_are_not_among_them(as_, cast, some):
    foreign = factories.purchase(cast.foreign_customer, cast.frank)
    confirm(as_(cast.dana), {"step": "claim", "selected": keys([*some, foreign])})
    confirm(as_(cast.erin), {"step": "claim", "all": "1"}, "show=all")
    assert [run.total for run in BulkRun.objects.order_by("pk")] == [5, 1]
    foreign.refresh_from_db()
    assert foreign.assignee == cast.erin


def test_run_is_seen_by_who_has_started_it(as_, cast, some):
    run = started(cast.dana, "claim", some)
    address = f"{BULK}{run.pk}/"
    assert {name: as_(getattr(cast, name)).get(address).status_code for name in ("dana", "max", "erin", "root")} == {
        "dana": 200, "max": 404, "erin": 404, "root": 404,
    }  # fmt: skip
    assert address in as_(cast.dana).get(BULK).text
    assert address not in as_(cast.max).get(BULK).text


def test_run_is_seen_whatever_view_its_address_carries(as_, cast, some):
    run = started(cast.dana, "claim", some)
    assert as_(cast.dana).get(f"{BULK}{run.pk}/", {"view": "&" * 3000}).status_code == 200


def test_form_that_was_sent_after_the_session_had_ended_comes_back(client, cast, some):
    client.force_login(cast.dana)
    asked = client.post(f"{BULK}?show=unassigned", {"step": "claim", "all": "1"})
    form = hidden(asked)
    session = client.session
    session.flush()
    client.post(f"{BULK}?show=unassigned", form)
    client.force_login(cast.dana)
    answer = client.get(f"{BULK}?show=unassigned")
    assert BulkRun.objects.count() == 0
    assert hidden(answer)["submission_key"] == form["submission_key"]


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("step", "statements"), [("claim", 5), ("reassign", 6)])
def test_asking_takes_the_same_statements_for_any_number_of_rows(as_, cast, assert_statements, rows, step, statements):
    for _ in range(rows):
        factories.cancellation(factories.subscription(cast.customer), cast.alice)
    browser = as_(cast.dana)
    with assert_statements(statements):
        assert browser.post(BULK, {"step": step, "all": "1"}).status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_report_takes_the_same_statements_for_any_number_of_rows(as_, cast, assert_statements, rows):
    filed = [factories.cancellation(factories.subscription(cast.customer), cast.alice) for _ in range(rows)]
    for one in filed:
        workflow.claim(one, actor=cast.max)
    run = started(cast.dana, "claim", filed)
    browser = as_(cast.dana)
    with assert_statements(7):
        assert browser.get(f"{BULK}{run.pk}/").status_code == 200
    with assert_statements(5):
        assert browser.get(BULK).status_code == 200


def test_selection_is_no_larger_than_a_run(cast, some, monkeypatch):
    monkeypatch.setattr("requests_app.bulk.selection.MOST_AT_ONCE", 3)
    from requests_app import queue

    rows = queue.View.of(QueryDict("")).rows(cast.dana, some[0].submitted_at)
    chosen, has_more = bulk.everything(rows)
    assert (len(chosen), has_more) == (3, True)


def test_runs_of_long_ago_are_removed_with_what_they_tell(cast, some):
    old, new = started(cast.dana, "claim", some[:2]), started(cast.dana, "claim", some[2:])
    BulkRun.objects.filter(pk=old.pk).update(started_at=timezone.now() - datetime.timedelta(days=91))
    BulkRun.objects.filter(pk=new.pk).update(started_at=timezone.now() - datetime.timedelta(days=89))
    with nobody_has_said_who_acts():
        remove_old_bulk_runs(timestamp=0)
    assert list(BulkRun.objects.all()) == [new]
    assert BulkItem.objects.count() == 3
    assert SubscriptionRequest.objects.count() == 5

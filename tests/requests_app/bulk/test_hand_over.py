"""Handing over what somebody has who is away, or has left."""

import pytest

from accounts import memberships
from accounts.models import PartnerMembership
from requests_app import workflow
from requests_app.admin.desk import hand_over
from requests_app.models import BulkRun, RequestEvent, SubscriptionRequest
from tests import factories
from tests.requests_app.bulk import BULK, HAND_OVER, hidden, outcomes

TEAM = "/admin/accounts/partnermembership/"


@pytest.fixture
def danas(cast):
    """One request of Dana's in each open state, and one of Max's."""
    made = [
        factories.in_status(factories.purchase(cast.customer, cast.alice), status, agent=cast.dana, author=cast.alice)
        for status in ("in_review", "waiting", "approved", "failed")
    ]
    workflow.claim(factories.purchase(cast.customer, cast.alice), actor=cast.max)
    factories.in_status(factories.purchase(cast.customer, cast.alice), "declined", agent=cast.dana, author=cast.alice)
    return made


def listed(answer):
    return [(str(one.user), one.count, one.released, one.is_there) for one in answer.context["rows"]]


def pressed(browser, cast, step, query=None):
    """Press a button of Dana's line; return the page that asks how."""
    page = browser.get(HAND_OVER)
    [has] = [one for one in page.context["rows"] if one.user == cast.dana]
    assert f'action="{BULK}?{has.query.replace("&", "&amp;")}"' in page.text
    return f"{BULK}?{has.query}", browser.post(f"{BULK}?{has.query}", {"step": step, "all": "1"})


def test_manager_hands_all_open_requests_to_a_colleague(as_, cast, danas):
    browser = as_(cast.max)
    assert listed(browser.get(HAND_OVER)) == [("Dana", 4, 1, True), ("Max", 1, 1, True)]
    address, asked = pressed(browser, cast, "reassign")
    assert "Assign 4 requests" in asked.text
    browser.post(address, hidden(asked) | {"assignee": cast.max.pk, "text": "Dana is away"})
    assert outcomes(BulkRun.objects.get()) == ["done"] * 4
    assert set(SubscriptionRequest.objects.open().values_list("assignee", flat=True)) == {cast.max.pk}
    assert set(RequestEvent.objects.filter(action="reassign").values_list("note", "is_internal")) == {
        ("Dana is away", True)
    }
    assert listed(browser.get(HAND_OVER)) == [("Max", 5, 2, True)]


def test_who_has_left_leaves_requests_that_can_be_handed_over(as_, cast, danas):
    membership = PartnerMembership.objects.get(user=cast.dana)
    memberships.remove(membership, actor=cast.max)
    browser = as_(cast.max)
    page = browser.get(HAND_OVER)
    assert listed(page) == [("Dana", 4, 1, False), ("Max", 1, 1, True)]
    assert "does not work requests any more" in page.text
    address, asked = pressed(browser, cast, "reassign")
    browser.post(address, hidden(asked) | {"assignee": cast.max.pk})
    assert set(SubscriptionRequest.objects.open().values_list("assignee", flat=True)) == {cast.max.pk}


def test_what_cannot_be_released_is_said(as_, cast, danas):
    browser = as_(cast.max)
    address, asked = pressed(browser, cast, "release")
    assert "1 request goes back to the queue" in asked.text
    assert "1 request is “Approved” and stays with whoever has it: assign it to somebody." in asked.text
    browser.post(address, hidden(asked))
    assert sorted(outcomes(BulkRun.objects.get())) == ["done", "moved", "moved", "moved"]
    assert SubscriptionRequest.objects.open().filter(assignee=cast.dana).count() == 3


@pytest.mark.parametrize(("name", "status"), [("dana", 403), ("max", 200), ("erin", 200), ("sam", 403), ("root", 200)])
def test_page_is_for_managers(as_, cast, danas, name, status):
    answer = as_(getattr(cast, name)).get(HAND_OVER)
    assert answer.status_code == status
    assert (b"Dana" in answer.content) == (name in ("max", "root", "dana"))  # dana: her own name in the menu


@pytest.mark.parametrize(("name", "offered"), [("max", True), ("sam", False)])
def test_team_leads_to_it(as_, cast, name, offered):
    browser = as_(getattr(cast, name))
    membership = PartnerMembership.objects.get(user=cast.dana)
    assert (HAND_OVER in browser.get(TEAM).text) == offered
    assert (f"{HAND_OVER}#person-{cast.dana.pk}" in browser.get(f"{TEAM}{membership.pk}/change/").text) == offered


@pytest.mark.parametrize("rows", [1, 3])
def test_page_takes_the_same_statements_for_any_number_of_people(as_, cast, assert_statements, rows):
    for number in range(rows):
        agent = factories.person(f"agent{number}")
        PartnerMembership.objects.create(user=agent, partner=cast.partner, role=PartnerMembership.Role.AGENT)
        workflow.claim(factories.purchase(cast.customer, cast.alice), actor=agent)
    browser = as_(cast.max)
    with assert_statements(8):
        assert len(browser.get(HAND_OVER).context["rows"]) == rows


def test_more_than_are_looked_at_is_said(as_, cast, danas, monkeypatch):
    monkeypatch.setattr(hand_over, "LOOKED_AT", 2)
    text = as_(cast.max).get(HAND_OVER).text
    assert "There are more than 2 open requests with somebody" in text

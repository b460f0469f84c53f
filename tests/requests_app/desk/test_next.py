"""The next one: the most urgent that one may claim, another one for each of those who ask at once."""

import datetime

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import PartnerMembership
from portal.lib.acting import acting_as
from requests_app import workflow
from requests_app.models import RequestEvent, Status, SubscriptionRequest
from tests import factories
from tests.at_once import at_once
from tests.conftest import make_cast
from tests.requests_app.desk import QUEUE, dana_belongs_to, page

NEXT = f"{QUEUE}next/"
NOTHING = "There is nothing to claim: every open request is with somebody, or you have filed it yourself."


def told(answer):
    return [str(message) for message in answer.context["messages"]]


def due_in(filed, hours):
    SubscriptionRequest.objects.filter(pk=filed.pk).update(deadline=timezone.now() + datetime.timedelta(hours=hours))
    return filed


def test_the_most_urgent_one_is_claimed_and_opened_within_the_view(as_, cast):
    _later, soonest = (due_in(factories.purchase(cast.customer, cast.alice), hours) for hours in (9, 3))
    workflow.claim(due_in(factories.purchase(cast.customer, cast.alice), 1), actor=cast.max)
    due_in(factories.purchase(cast.foreign_customer, cast.frank), 1)
    answer = as_(cast.dana).post(f"{NEXT}?show=open&order=newest")
    assert answer["Location"] == f"{page(soonest)}?view=show%3Dopen%26order%3Dnewest"
    soonest.refresh_from_db()
    assert (soonest.status, soonest.assignee) == (Status.IN_REVIEW, cast.dana)


def test_it_is_never_ones_own(as_, cast):
    dana_belongs_to(cast.customer, cast.dana)
    own = factories.purchase(cast.customer, cast.dana)
    assert told(as_(cast.dana).post(NEXT, follow=True)) == [NOTHING]
    own.refresh_from_db()
    assert own.status == Status.SUBMITTED


def test_where_there_is_none_it_says_so(as_, cast):
    answer = as_(cast.dana).post(f"{NEXT}?show=waiting", follow=True)
    assert told(answer) == [NOTHING]
    assert answer.redirect_chain == [(f"{QUEUE}?show=waiting", 302)]


def test_to_look_at_it_claims_nothing(as_, cast, filed):
    assert as_(cast.dana).get(NEXT)["Location"] == QUEUE
    filed.refresh_from_db()
    assert filed.status == Status.SUBMITTED


def test_who_has_finished_one_claims_the_next_from_there(as_, cast, filed):
    """Within the view that the request was opened from; a step's page leads nobody off what they are filling in."""
    browser = as_(cast.dana)
    detail = browser.get(f"{QUEUE}{filed.pk}/change/?view=show%3Dmine%26per%3D50").text
    assert f'action="{NEXT}?show=mine&amp;per=50"' in detail
    assert f'action="{NEXT}"' in browser.get(f"{QUEUE}{filed.pk}/change/").text
    assert NEXT not in browser.get(f"{QUEUE}{filed.pk}/claim/?view=show%3Dmine").text


@pytest.mark.parametrize(("name", "status"), [("alice", 302), ("sam", 403), ("erin", 302)])
def test_nobody_else_claims_it(as_, cast, filed, name, status):
    assert as_(getattr(cast, name)).post(NEXT).status_code == status
    filed.refresh_from_db()
    assert filed.status == Status.SUBMITTED


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_get_one_each():
    """Forty-five requests for fifty agents: forty-five get one each, the most urgent ones; five are told."""
    cast = make_cast()
    agents = list(factories.people({f"agent{number}": {} for number in range(50)}).values())
    PartnerMembership.objects.bulk_create(
        PartnerMembership(user=one, partner=cast.partner, role=PartnerMembership.Role.AGENT) for one in agents
    )
    offer = factories.offer(cast.partner)
    filed = [factories.purchase(cast.customer, cast.alice, offer) for _ in range(45)]
    found = at_once(lambda number: workflow.claim_next(actor=agents[number]), actors=[a.pk for a in agents], people=50)
    assert [one for one in found if isinstance(one, Exception)] == []
    assert sorted(one.pk for one in found if one) == [one.pk for one in filed]
    assert found.count(None) == 5
    claims = RequestEvent.objects.filter(action="claim").values_list("subscription_request", "actor")
    assert sorted(claims) == sorted((one.pk, agents[number].pk) for number, one in enumerate(found) if one)


@pytest.mark.django_db(transaction=True)
def test_whose_last_one_is_being_claimed_is_told_to_try_again():
    cast = make_cast()
    factories.purchase(cast.customer, cast.alice)

    browser = Client()
    browser.force_login(cast.dana)

    def ask(number):
        return browser.post(NEXT, follow=True)

    with acting_as(cast.max.pk):
        assert workflow.claim_next(actor=cast.max) is not None
        (answer,) = at_once(ask, people=1)
    assert told(answer) == ["Your colleagues are claiming the last ones at this moment. Try again."]


def test_every_step_has_a_key_of_its_own(as_, cast, one_of_each):
    browser, reserved = as_(cast.dana), {"u", "[", "]", "g", "m", "n", "i", "/", "?"}
    for status, filed in one_of_each.items():
        keys = [step["key"] for step in browser.get(f"{QUEUE}{filed.pk}/change/").context["steps"]]
        assert all(keys), status
        assert len(set(keys)) == len(keys), status
        assert not reserved & set(keys), status

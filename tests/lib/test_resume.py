"""A form that is sent after its session has ended."""

import pytest
from django.core import signing

from portal.lib import resume
from requests_app.models import SubscriptionRequest
from tests import factories

FORM = "/requests/new/cancellation/"


@pytest.fixture
def typed(cast):
    subscription = factories.subscription(cast.customer)
    return {"subscription": subscription.pk, "when": "now", "reason": "Too many seats, 太多了"}


def sign_in(client, person):
    return client.post("/accounts/login/", {"login": person.email, "password": factories.PASSWORD})


def test_form_sent_after_the_session_ended_comes_back_filled_in(client, cast, typed):
    answer = client.post(FORM, typed | {"resume_token": resume.token_for(cast.alice.pk)})
    assert (answer.status_code, answer.url) == (302, f"/accounts/login/?next={FORM}")
    assert SubscriptionRequest.objects.count() == 0
    assert sign_in(client, cast.alice).status_code == 302
    page = client.get(FORM)
    (message,) = page.context["messages"]
    assert str(message).startswith("You had been signed out.")
    assert page.context["form"]["reason"].value() == typed["reason"]
    assert str(page.context["form"]["subscription"].value()) == str(typed["subscription"])
    assert client.get(FORM).context["form"]["reason"].value() is None


def test_form_of_one_person_is_not_shown_to_the_next(client, cast, typed):
    client.post(FORM, typed | {"resume_token": resume.token_for(cast.alice.pk)})
    sign_in(client, cast.bob)
    page = client.get(FORM)
    assert typed["reason"] not in page.text
    sign_in(client, cast.alice)
    assert typed["reason"] not in client.get(FORM).text


@pytest.mark.parametrize(
    "token",
    ["", "forged", signing.dumps("1", salt="another purpose")],
    ids=["missing", "forged", "of another purpose"],  # the last one is signed with the time
)
def test_form_without_its_token_is_not_kept(client, cast, typed, token):
    client.post(FORM, typed | {"resume_token": token})
    assert resume.KEY not in client.session


def test_form_that_is_too_large_is_not_kept(client, cast, typed):
    big = typed | {"reason": "x" * resume.MAX_LENGTH, "resume_token": resume.token_for(cast.alice.pk)}
    client.post(FORM, big)
    assert resume.KEY not in client.session


@pytest.mark.parametrize("name", ["dana", "max"])
def test_step_of_the_desk_sent_after_the_session_ended_comes_back_filled_in(client, cast, name):
    filed = factories.cancellation(factories.subscription(cast.customer), cast.alice)
    factories.in_status(filed, "in_review", agent=cast.dana, author=cast.alice)
    step = f"/admin/requests_app/subscriptionrequest/{filed.pk}/decline/"
    reason = "The window closed on Monday, 已逾可取消期間"
    client.post(step, {"reason": reason, "resume_token": resume.token_for(cast.dana.pk)})
    filed.refresh_from_db()
    assert filed.status == "in_review"
    person = getattr(cast, name)
    code = factories.second_factor(person)[0]
    client.post(f"/accounts/login/?next={step}", {"login": person.email, "password": factories.PASSWORD})
    assert client.post("/accounts/2fa/authenticate/", {"code": code}).url == step
    assert (reason in client.get(step).text) == (name == "dana")

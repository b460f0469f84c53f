"""Who is acting, in a transaction and in a request; forgetting to say so is an error, not an empty page."""

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.db import connection, transaction
from django.db.utils import DataError, ProgrammingError
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts import middleware
from accounts.models import User
from portal.lib.acting import SITE, act_as, acting_as
from requests_app.models import SubscriptionRequest
from tests import factories
from tests.asking import seen_on
from tests.jobs import nobody_has_said_who_acts
from tests.second_wall.sql import CUSTOMERS, fetch
from tests.sessions import session_of


@pytest.mark.parametrize(
    "table", ["accounts_user", "accounts_customer", "requests_app_offer", "requests_app_requestevent"]
)
def test_forgetting_to_say_who_acts_is_an_error(rows, table):
    with nobody_has_said_who_acts(), pytest.raises(ProgrammingError, match="who is acting"), transaction.atomic():
        fetch(f"SELECT count(*) FROM {table}")


@pytest.mark.parametrize("who", ["1; DROP TABLE accounts_user", "alice", "9" * 30])
def test_acting_as_nonsense_is_an_error(rows, who):
    with pytest.raises(DataError, match="bigint"), acting_as(who):
        fetch("SELECT 1 FROM accounts_user")


def acting():
    return fetch("SELECT portal_acting()")[0][0]


def test_whoever_acted_before_acts_again(cast):
    with acting_as(cast.alice.pk):
        with acting_as(SITE):
            assert acting() == -1
        assert acting() == cast.alice.pk
        act_as(cast.bob.pk)
        assert acting() == cast.bob.pk
        with pytest.raises(ValueError, match="x"), acting_as(cast.carol.pk):
            raise ValueError("x")
        assert acting() == cast.bob.pk
        with pytest.raises(ProgrammingError), acting_as(cast.carol.pk):
            fetch("SELECT * FROM accounts_affiliation")
        assert acting() == cast.bob.pk
    assert acting() == -1


@pytest.mark.django_db(transaction=True)
def test_acting_ends_with_its_transaction():
    with nobody_has_said_who_acts():
        with acting_as(SITE):
            assert acting() == -1
        with pytest.raises(ProgrammingError, match="who is acting"):
            acting()
        with pytest.raises(transaction.TransactionManagementError):
            act_as(SITE)


# --- Requests ---


def answer(person, view):
    from django.contrib.auth.models import AnonymousUser

    request = RequestFactory().get("/")
    request.session = session_of(person)
    request.user = person or AnonymousUser()
    return middleware.ActingMiddleware(view)(request)


def test_streamed_answer_is_made_as_the_person(rows):
    def stream(request):
        return StreamingHttpResponse(name.encode() for (name,) in fetch(CUSTOMERS))

    def lazy(request):
        def rows_later():
            yield from (name.encode() for (name,) in fetch(CUSTOMERS))

        return StreamingHttpResponse(rows_later())

    for view in (stream, lazy):
        with nobody_has_said_who_acts():
            assert answer(rows.alice, view).getvalue() == b"Victoria Dental"


@pytest.mark.parametrize(("name", "seen"), [("alice", b"1"), ("dana", b"2"), ("", b"0")])
def test_each_request_acts_as_whoever_is_signed_in(rows, name, seen):
    def count(request):
        return HttpResponse(str(len(fetch(CUSTOMERS))))

    assert answer(getattr(rows, name, None), count).content == seen


def test_session_that_has_ended_acts_as_nobody(client, rows):
    client.force_login(rows.alice)
    User.objects.filter(pk=rows.alice.pk).update(is_active=False)
    assert client.get("/subscriptions/").status_code == 302
    assert rows.customer.name not in client.get("/").text


@pytest.mark.django_db(transaction=True)
def test_what_a_view_wrote_is_undone_where_it_raises(client, monkeypatch):
    from tests.conftest import make_cast

    cast = make_cast()
    client.force_login(cast.alice)
    client.raise_request_exception = False

    def breaks_later(*args, **kwargs):
        raise RuntimeError("after the request was filed")

    subscription = factories.subscription(cast.customer)
    form = {"subscription": subscription.pk, "when": "now", "reason": "x"}
    form |= seen_on(client.post("/requests/new/cancellation/", form))
    monkeypatch.setattr("requests_app.views.asking.receipt", breaks_later)
    assert client.post("/requests/new/cancellation/", form).status_code == 500
    assert SubscriptionRequest.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_what_is_said_of_a_deed_is_written_in_its_own_transaction(client, monkeypatch):
    """Where the session cannot be written any more, the request is not filed either; else both are, at one commit."""
    from tests.conftest import make_cast

    cast = make_cast()
    client.force_login(cast.alice)
    subscription = factories.subscription(cast.customer)
    form = {"subscription": subscription.pk, "when": "now", "reason": "x"}
    form |= seen_on(client.post("/requests/new/cancellation/", form))

    def signed_out_meanwhile(*args, **kwargs):
        raise UpdateError

    with monkeypatch.context() as broken:
        broken.setattr("django.contrib.sessions.backends.db.SessionStore.save", signed_out_meanwhile)
        assert client.post("/requests/new/cancellation/", form).status_code == 400
    assert SubscriptionRequest.objects.count() == 0
    with CaptureQueriesContext(connection) as captured:
        filed = client.post("/requests/new/cancellation/", form)
    assert (filed.status_code, SubscriptionRequest.objects.count()) == (302, 1)
    assert [one["sql"] for one in captured.captured_queries].count("COMMIT") == 1
    assert "has reached" in client.get(filed["Location"]).text

"""What happens between the view and the end of the request's transaction."""

import pytest
from django.conf import settings as site
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.test import Client
from django.urls import path

from accounts.middleware import NothingAfterCommitMiddleware
from accounts.models import Customer, User
from portal import urls
from portal.lib.acting import SITE, acting_as
from tests.conftest import make_cast


def fail():
    raise RuntimeError("the mail that tells of it cannot be written")


def test_a_change_whose_mail_fails_is_undone(rf, cast):
    def view(request):
        User.objects.filter(pk=cast.alice.pk).update(name="Changed")
        transaction.on_commit(fail)
        return HttpResponse()

    with acting_as(SITE), pytest.raises(RuntimeError):  # as where Django turns the exception into an error page
        NothingAfterCommitMiddleware(view)(rf.get("/"))
    with acting_as(SITE):
        assert User.objects.get(pk=cast.alice.pk).name != "Changed"


# --- A view that raises ---


def rename(request):
    User.objects.filter(pk=request.user.pk).update(name="Changed")


def raising(error):
    def view(request):
        rename(request)
        transaction.on_commit(lambda: rename(request))
        raise error

    return view


def of_the_database(request):
    rename(request)
    User.objects.create_user(request.user.email, "x")


def caught(request):
    try:
        with transaction.atomic():
            User.objects.create_user(request.user.email, "x")
    except DatabaseError:
        rename(request)
    return HttpResponse()


def of_the_template(request):
    rename(request)
    return TemplateResponse(request, engines["django"].from_string("{% include missing %}"))


def streamed(request):
    rename(request)
    return StreamingHttpResponse(name.encode() for name in Customer.objects.values_list("name", flat=True))


VIEWS = {
    "server error": (raising(RuntimeError()), 500, "Alice"),
    "not found": (raising(Http404()), 404, "Alice"),
    "forbidden": (raising(PermissionDenied()), 403, "Alice"),
    "database": (of_the_database, 500, "Alice"),
    "template": (of_the_template, 500, "Alice"),
    "caught": (caught, 200, "Changed"),
    "streamed": (streamed, 200, "Changed"),
}


class Addresses:
    urlpatterns = [*(path(f"{name}/", view) for name, (view, *_) in VIEWS.items()), *urls.urlpatterns]
    handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500


@pytest.fixture
def alice(settings, transactional_db):
    settings.ROOT_URLCONF = Addresses
    return make_cast().alice


@pytest.fixture
def browser(alice):
    client = Client(raise_request_exception=False)
    client.force_login(alice)
    return client


@pytest.mark.parametrize("name", VIEWS)
def test_what_a_view_wrote_is_undone_where_it_raises(browser, alice, name):
    _view, status, kept = VIEWS[name]
    answer = browser.get(f"/{name}/")
    assert answer.status_code == status
    alice.refresh_from_db()
    assert alice.name == kept
    if answer.streaming:
        assert answer.getvalue() == b"Victoria Dental"
    elif status != 200:  # the error page asked the database, as the person
        assert ("Victoria Dental" in answer.text, "Sibling Foods" in answer.text) == (status != 500, False)


def test_session_that_gets_a_new_key_on_the_way_keeps_it_where_the_view_raises(browser, settings):
    """Django writes it before the view, in the same transaction, when the site's secret key has changed."""
    before = browser.cookies["sessionid"].value
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [site.SECRET_KEY], "new" * 20
    assert browser.get("/not found/").status_code == 404
    assert browser.cookies["sessionid"].value != before
    assert browser.get("/me/settings/").status_code == 200

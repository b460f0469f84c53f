"""What a request knows about the person behind it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import connection, transaction
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone, translation

from accounts import sessions
from accounts.models import User
from portal.lib import resume
from portal.lib.acting import NOBODY, act_as, acting_as, look_people_up, must_look_people_up
from portal.lib.languages import first_known


class RequestTransaction:
    """The one transaction of a request. Halfway its writes can be kept or undone, and the same person acts on."""

    def __init__(self, who: int | str) -> None:
        self.who = who
        self._open = ExitStack()

    def __enter__(self) -> "RequestTransaction":
        self._open.enter_context(acting_as(self.who))
        return self

    def __exit__(self, *error: Any) -> None:
        self._open.__exit__(*error)

    def act_as_nobody(self) -> None:
        self.who = NOBODY
        act_as(NOBODY)

    def keep(self) -> None:
        """Commit what has been written, and go on in a new transaction."""
        self._open.close()
        self._open.enter_context(acting_as(self.who))

    def undo(self) -> None:
        """Roll back what has been written, what was meant for after the commit included, and go on in a new one."""
        transaction.set_rollback(True)
        self.keep()


class ActingMiddleware:
    """Make each request one transaction that acts as whoever is signed in: the second wall asks for it.

    What a view wrote is undone where it, or its template, raises; the error page is made in a new transaction, as the
    same person. A savepoint for each view (ATOMIC_REQUESTS) would do that, too, at two statements for every request
    that goes well. Views of sign-in may look people up by their address. An answer that is streamed is made after the
    transaction has ended, and so gets one of its own; a file asks the database for nothing, and a slow reader shall
    keep none open.

    What a view has put into the session, such as the message that says what was done, is written in the same
    transaction: it comes or goes with the deed, and is not waited for on its own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self._sessions = SessionMiddleware(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        claimed = request.session.get(SESSION_KEY, NOBODY)
        with RequestTransaction(claimed) as request.transaction:  # type: ignore[attr-defined]
            if claimed != NOBODY and not request.user.is_authenticated:  # ended meanwhile, or locked out
                request.transaction.act_as_nobody()  # type: ignore[attr-defined]
            response = self.get_response(request)
            if request.session.modified:
                response = self._sessions.process_response(request, response)  # type: ignore[arg-type]
                request.session.modified = False  # the middleware itself, further out, has nothing left to write
        if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
            response.streaming_content = _stream(response.streaming_content, request.user.pk or NOBODY)
        return response

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any) -> None:
        if request.session.session_key != request.COOKIES.get(settings.SESSION_COOKIE_NAME):
            request.transaction.keep()  # type: ignore[attr-defined]  # a session with a new key, or the end of one
        if must_look_people_up(view):
            look_people_up(request.user.pk or NOBODY)


def _stream(content: Any, who: int | str) -> Iterator[bytes]:
    with acting_as(who):
        yield from content


class NothingAfterCommitMiddleware:
    """Do at the end of the view what was meant for after the commit: still as the person, and in the one transaction.

    allauth sends mails and shows messages there. Ours are rows, so that they come or go with the change that they tell
    of; and after the commit nobody would be acting. Innermost, so that messages still reach the answer.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        waiting, connection.run_on_commit = connection.run_on_commit, []
        try:
            for entry in waiting:
                entry[1]()  # what to do; besides it, its savepoints and whether it may fail
        except Exception:
            transaction.set_rollback(True)  # the answer becomes an error page, which would otherwise be committed
            raise
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Undo what the view wrote: before any other middleware makes an answer of the exception."""
        request.transaction.undo()  # type: ignore[attr-defined]


class PersonMiddleware:
    """Switch to the signed-in person's time zone and, where they chose one, language."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not isinstance(user, User):
            with timezone.override(None):
                return self.get_response(request)
        old_key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        if old_key and old_key != request.session.session_key:
            sessions.follow(old_key, request.session.session_key)
        if language := first_known(user.language):
            translation.activate(language)
            request.LANGUAGE_CODE = translation.get_language()
        with timezone.override(user.zone):
            return self.get_response(request)


class ResumingLoginRequiredMiddleware(LoginRequiredMiddleware):
    """Django's own rule that every page needs a sign-in, which also keeps what a person had typed.

    A form posted after its session has ended is put aside (see ``portal.lib.resume``) and filled in again once the
    same person has signed in.
    """

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: Any
    ) -> Any:
        """Put the form aside, then do as Django does. Views of the admin turn strangers away themselves, later."""
        if request.method == "POST" and not request.user.is_authenticated and getattr(view_func, "keeps_form", False):
            resume.put_aside(request)
        return super().process_view(request, view_func, view_args, view_kwargs)

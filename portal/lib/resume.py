"""Forms that survive the end of a session.

A form carries a signed token that names its author. When it is posted without a session, what was typed waits in the
new anonymous session; after sign-in the form's page takes it back, provided that the same person has signed in.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

FIELD = "resume_token"
KEY = "put_aside_form"
MAX_LENGTH = 60_000
"""Characters: more than the largest form of the site, less than what fills a session table."""


def keeps_form[View: Callable[..., Any]](view: View) -> View:
    """Mark a view whose form is put aside when it is sent after the session has ended."""
    view.keeps_form = True  # type: ignore[attr-defined]
    return view


def token_for(user_id: Any) -> str:
    """Return the token that a form carries for its author."""
    return signing.dumps(str(user_id), salt=FIELD)


def put_aside(request: HttpRequest) -> None:
    """Keep the posted form in the session when it carries a valid token; otherwise do nothing."""
    try:
        author = signing.loads(request.POST.get(FIELD, ""), salt=FIELD, max_age=settings.SESSION_COOKIE_AGE)
    except signing.BadSignature:
        return
    data = request.POST.copy()
    data.pop("csrfmiddlewaretoken", None)
    encoded = data.urlencode()
    if len(encoded) <= MAX_LENGTH:
        request.session[KEY] = {"author": author, "path": request.get_full_path(), "data": encoded}


def take_back(request: HttpRequest) -> QueryDict | None:
    """Return what this person had typed into the form at this address, once; None when there is nothing."""
    kept = request.session.get(KEY)
    if not kept:
        return None
    if kept["author"] != str(request.user.pk):
        del request.session[KEY]
        return None
    if kept["path"] != request.get_full_path():
        return None
    del request.session[KEY]
    return QueryDict(kept["data"])


def posted_or_put_aside(request: HttpRequest) -> QueryDict | None:
    """Return what a form is filled with: what was posted, or what the end of a session had kept from being sent.

    Side effect: what had been put aside is taken back, and a message says so. None where there is neither.
    """
    if request.method == "POST":
        return request.POST
    kept = take_back(request)
    if kept is not None:
        messages.info(request, _("You had been signed out. What you typed is still here: look it over and send it."))
    return kept

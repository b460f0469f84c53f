"""What a request knows about the person behind it."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from accounts import sessions
from accounts.models import User
from portal.lib import resume


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
        if user.language:
            translation.activate(user.language)
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

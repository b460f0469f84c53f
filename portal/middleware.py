"""What every answer of the site has in common."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse


class PrivateAnswersMiddleware:
    """Keep answers to who is, or was, signed in out of every cache, the browser's back-forward list included."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        user = getattr(
            request, "user", None
        )  # files, and hosts that are not ours, are answered before anybody is asked
        if user is not None and (user.is_authenticated or settings.SESSION_COOKIE_NAME in request.COOKIES):
            response.headers["Cache-Control"] = "private, no-store"
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
        return response

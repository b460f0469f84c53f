"""What every answer of the site has in common."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase


class PrivateAnswersMiddleware:
    """Keep answers to who is, or was, signed in out of every cache, the browser's back-forward list included."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        user = getattr(request, "user", None)  # files and foreign hosts are answered before anybody is asked
        never_changes = getattr(response, "never_changes", False)  # kept by the browser of who may see it, for good
        known = user is not None and (settings.SESSION_COOKIE_NAME in request.COOKIES or user.is_authenticated)
        if known and not never_changes:
            response.headers["Cache-Control"] = "private, no-store"
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
        return response


class KnownMethodsMiddleware:
    """Refuse what no page of this site is meant for: Django's form views would take a PUT like a POST."""

    KNOWN = ("GET", "HEAD", "POST", "OPTIONS")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request) if request.method in self.KNOWN else HttpResponseNotAllowed(self.KNOWN)

"""What can go wrong on the way to Microsoft and back, and the one page that tells of it."""

import logging
from enum import Enum
from http import HTTPStatus

from allauth.socialaccount.providers.base import ProviderException
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

logger = logging.getLogger("accounts.microsoft")


class Kind(Enum):
    """What happened, as far as the reader is concerned: the answer's status, a title, and what to do now."""

    CANCELLED = (
        HTTPStatus.FORBIDDEN,
        _("You stopped the sign-in at Microsoft"),
        _("Nothing has changed here. Try again, or sign in another way."),
    )
    CONSENT = (
        HTTPStatus.FORBIDDEN,
        _("Your company has not allowed this site yet"),
        _(
            "Microsoft asks for the agreement of somebody who looks after your company’s Microsoft accounts. "
            "Ask them to allow this site; until then, sign in another way."
        ),
    )
    EXPIRED = (
        HTTPStatus.BAD_REQUEST,
        _("This sign-in is no longer valid"),
        _(
            "A sign-in with Microsoft counts once, for ten minutes, and in the browser that began it. "
            "Start again, and leave cookies allowed for this site."
        ),
    )
    UNAVAILABLE = (
        HTTPStatus.SERVICE_UNAVAILABLE,
        _("Microsoft does not answer"),
        _("Its sign-in could not be reached or took too long. Try again in a few minutes, or sign in another way."),
    )
    INVALID = (
        HTTPStatus.BAD_REQUEST,
        _("Microsoft’s answer could not be accepted"),
        _(
            "It did not pass our checks, so nobody has been signed in. Start again. If it happens once more, "
            "tell your partner when it was, and sign in another way."
        ),
    )
    NO_ACCESS = (
        HTTPStatus.FORBIDDEN,
        _("This Microsoft account opens nothing here yet"),
        _(
            "If you have an account here, sign in with your e-mail address and connect Microsoft in your settings. "
            "Otherwise ask an admin of your company, or your partner, to invite you."
        ),
    )


class Problem(ProviderException):
    """Ends a sign-in with Microsoft. ``reason`` is for the log: fixed words, never something out of an answer.

    ``username`` is shown to the reader, who may have picked the wrong one of their accounts at Microsoft.
    """

    def __init__(self, kind: Kind, reason: str, *, username: str = "") -> None:
        super().__init__(reason)
        self.kind, self.reason, self.username = kind, reason, username

    def page(self, request: HttpRequest) -> HttpResponse:
        """Write a line into the log and return the page that says what happened and what to do."""
        status, title, advice = self.kind.value
        logger.warning("Sign-in with Microsoft ended: %s, %s", self.kind.name.lower(), self.reason)
        context = {"title": title, "advice": advice, "username": self.username}
        return render(request, "socialaccount/problem.html", context, status=status)

"""The HTTP request as views behind a sign-in know it."""

from django.http import HttpRequest

from accounts.models import User


class PersonRequest(HttpRequest):
    """A request of somebody who is signed in; LoginRequiredMiddleware lets no other one through."""

    user: User


def person(request: HttpRequest) -> User:
    """Return who is signed in, where the signature cannot say :class:`PersonRequest` (methods of Django's admin)."""
    assert isinstance(request.user, User)
    return request.user

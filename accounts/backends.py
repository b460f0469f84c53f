"""How a session finds its person."""

from allauth.account.auth_backends import AuthenticationBackend

from accounts.models import User
from accounts.permissions import person_with_roles


class PersonBackend(AuthenticationBackend):
    """Sign-in is allauth's. The person of a session comes with their roles, which nearly every page asks about."""

    def get_user(self, user_id: int) -> User | None:
        """Return the person, who knows their roles, in one statement; None where they may not sign in (any more)."""
        user = person_with_roles(user_id)
        return user if user is not None and self.user_can_authenticate(user) else None

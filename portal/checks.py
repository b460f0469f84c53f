"""What must hold before the site serves: the application's role can pass by no wall."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004 - Django's name
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver

HINT = "DATABASE_URL must name a role that owns nothing: see manage.py prepare_database."


def role_that_passes_the_wall(connection: BaseDatabaseWrapper) -> str | None:
    """Return the name of the connected role where it owns tables or could pass by row level security, else None."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT current_user,
                   (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user),
                   EXISTS (SELECT 1 FROM pg_tables
                           WHERE schemaname = 'public' AND pg_has_role(current_user, tableowner, 'USAGE'))
            """
        )
        role, bypasses, owns = cursor.fetchone()
    return role if bypasses or owns else None


@register(Tags.database)
def application_role_owns_nothing(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Report a database role that owns tables or could pass by row level security (``check --database default``)."""
    messages: list[CheckMessage] = []
    for alias in databases or []:
        try:
            connections[alias].ensure_connection()
            role = role_that_passes_the_wall(connections[alias])
        except RolePassesTheWall as error:
            role = error.role
        if role:
            text = f'The application connects as "{role}", which owns tables or bypasses row level security.'
            messages.append(Error(text, hint=HINT, id="portal.E001"))
    return messages


@register(Tags.security, deploy=True)
def desk_asks_for_a_second_factor(**kwargs: Any) -> list[CheckMessage]:
    """Report a desk that a password alone opens (``check --deploy``). A value that is no yes counts as no."""
    if settings.SECOND_FACTOR_REQUIRED:
        return []
    text = "The desk opens to partner people, staff and superusers without a second factor."
    return [Warning(text, hint="Leave PORTAL_SECOND_FACTOR_REQUIRED out, or set it to true.", id="portal.W001")]


class RolePassesTheWall(ImproperlyConfigured):
    """The application's role could read every tenant's rows; nothing is served through such a connection."""

    def __init__(self, role: str) -> None:
        super().__init__(f'The database role "{role}" owns tables or bypasses row level security. {HINT}')
        self.role = role


@receiver(connection_created)
def refuse_to_pass_the_wall(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Close each new connection whose role no wall holds: web, worker and commands serve nothing through it.

    Raises RolePassesTheWall. Connections of the owner's are meant to be such (``portal.lib.database_roles``).
    """
    if getattr(connection, "is_owner", False):
        return
    role = role_that_passes_the_wall(connection)
    if role:
        connection.close()
        raise RolePassesTheWall(role)

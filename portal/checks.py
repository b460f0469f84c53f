"""What must hold before the site serves."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections


@register(Tags.database)
def application_role_owns_nothing(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse a database role that owns tables or could pass by row level security."""
    messages: list[CheckMessage] = []
    for alias in databases or []:
        with connections[alias].cursor() as cursor:
            cursor.execute(
                """
                SELECT current_user,
                       (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user),
                       EXISTS (SELECT 1 FROM pg_tables
                               WHERE schemaname = 'public' AND pg_has_role(current_user, tableowner, 'USAGE'))
                """
            )
            role, bypasses, owns = cursor.fetchone()
        if bypasses or owns:
            messages.append(
                Error(
                    f'The application connects as "{role}", which owns tables or bypasses row level security.',
                    hint="DATABASE_URL must name a role that owns nothing: see manage.py prepare_database.",
                    id="portal.E001",
                )
            )
    return messages

"""Take the walls between tenants down, one at a time: what then leaks is what each of them holds back."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from django.apps import apps

from accounts import permissions
from accounts.models import User
from portal.lib import acting


@contextmanager
def application_wall_removed() -> Iterator[None]:
    """Let the application look everywhere: no queryset asks whose rows they are, no capability where it is held.

    What a person may do somewhere they may then do everywhere; what they may do nowhere stays closed to them.
    """

    def everything(rows: Any, user: User) -> Any:
        return rows

    def capabilities_anywhere(user: User, where: object) -> Iterable[permissions.Capability]:
        roles = permissions.roles_of(user)
        for role in roles.at_customers.values():
            yield from permissions.CUSTOMER_CAPABILITIES[role]
        for role in roles.at_partners.values():
            yield from permissions.PARTNER_CAPABILITIES[role]
        if user.is_staff:
            yield from permissions.STAFF_CAPABILITIES

    def every_partner(user: User, *capabilities: permissions.Capability) -> list[int] | None:
        return None

    with ExitStack() as down:
        for queryset in {type(model._default_manager.all()) for model in apps.get_models()}:
            for name in ("visible_to", "with_member"):
                if hasattr(queryset, name):
                    down.enter_context(mock.patch.object(queryset, name, everything))
        down.enter_context(mock.patch.object(permissions, "_capabilities_at", capabilities_anywhere))
        for module in _that_import(permissions.partners_where):
            down.enter_context(mock.patch.object(module, "partners_where", every_partner))
        yield


def _that_import(function: Callable[..., Any]) -> list[Any]:
    return [one for one in list(sys.modules.values()) if getattr(one, function.__name__, None) is function]


@contextmanager
def database_wall_removed() -> Iterator[None]:
    """Let the site itself act in every request: its policies then hold nothing back."""

    def as_the_site(who: str, looking_up: str) -> tuple[str, str]:
        return exchange(acting.SITE, looking_up)

    exchange = acting._exchange
    with mock.patch.object(acting, "_exchange", as_the_site):
        yield

"""How each route is called: its address for an object of a place, and the form that its page would send."""

import uuid
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from zlib import crc32

from django.urls import Resolver404, resolve

from tests.surface import pages
from tests.surface.classes import HOME, ROLES, class_of
from tests.surface.hostile import EVERYTHING
from tests.surface.routes import Route, routes
from tests.surface.visitor import Answer, Visitors
from tests.surface.world import NOT_THERE, World

PLACES = ("customer", "sibling", "foreign")
NOWHERE = "nonexistent"


@dataclass
class Call:
    """One address with what it asks for."""

    path: str
    row: Any = None
    query: dict[str, Any] = field(default_factory=dict)
    posted: dict[str, Any] = field(default_factory=dict)
    asked_for: list[str] = field(default_factory=list)

    def reaches(self, world: World, role: str) -> bool:
        """Return whether the row that is asked for is any business of the role's; what is not there is nobody's."""
        canary = world.canaries.get(str(self.row.pk)) if self.row is not None else None
        return canary is not None and canary.seen_by(role)


class Caller:
    """Knows how to call every route of the site, from the pages of the site itself."""

    def __init__(self, world: World, visitors: Visitors) -> None:
        self.world, self.visitors = world, visitors
        self._forms: dict[tuple[str, str], dict[str, list[str]]] = {}

    def call(self, route: Route, place: str) -> Call:
        """Return the address of a route for the object that ``place`` has of what the route is about."""
        opens = class_of(route)
        row = self._row(opens.of, place) if opens.of else None
        names = {
            "number": getattr(row, "number", f"R-{NOT_THERE}"),
            "pk": getattr(row, "pk", NOT_THERE),
            "key": getattr(row, "key", uuid.UUID(int=NOT_THERE)),
            "digest": getattr(row, "digest", "0" * 64),
        }
        arguments = {one: opens.arguments.get(one, names.get(one, names["pk"])) for one in route.parameters}
        call = Call(route.path(**arguments), row)
        if opens.of:
            call.asked_for = [str(value) for value in names.values()]
        for parameter, kind in (*opens.query.items(), *opens.posts.items()):
            call.row = self._row(kind, place)
            call.posted[parameter] = getattr(call.row, "pk", NOT_THERE)
            call.asked_for.append(str(call.posted[parameter]))
        call.query = {parameter: call.posted[parameter] for parameter in opens.query} | dict(opens.prefilled)
        return call

    def _row(self, kind: str, place: str) -> Any:
        return None if place == NOWHERE else self.world.row(kind, place)

    def places(self, route: Route) -> tuple[str, ...]:
        opens = class_of(route)
        return (*PLACES, NOWHERE) if opens.of or opens.query or opens.posts else ()

    def places_for(self, route: Route, role: str) -> tuple[str, ...]:
        """Return the places whose rows a role asks for in this run: in the drill all, else its own, one outside, none.

        Those who belong to the same customer take turns with what is outside of it.
        """
        places = self.places(route)
        outside = [one for one in PLACES if one in places and not self.call(route, one).reaches(self.world, role)]
        turn = (ROLES.index(role) + crc32(route.name.encode())) % len(outside) if outside else 0
        kept = {HOME[role], NOWHERE, *outside[turn : turn + 1]}
        return tuple(one for one in places if EVERYTHING or one in kept)

    def form(self, route: Route, call: Call, role: str, page: Answer | None = None) -> dict[str, Any]:
        """Return a whole valid form: what the role's own page would send, or else somebody's, about the call's row.

        ``page`` is the role's own page, where it has been asked for already.
        """
        role = role if role in class_of(route).to else ""
        if (route.name, role) not in self._forms:
            self._forms[route.name, role] = self._found_form(route, role, page)
        sent: dict[str, Any] = dict(self._forms[route.name, role])
        for name, value in class_of(route).form.items():
            sent[name] = value.format(**{name: one.email for name, one in self.world.rows["user"].items()})
        return sent | call.posted

    def _found_form(self, route: Route, own: str, page: Answer | None) -> dict[str, list[str]]:
        for role in [own] if own else [role for role in reversed(ROLES) if role in class_of(route).to]:
            call = self.call(route, HOME[role])
            for form in self.forms_of(role, call, page if own else None):
                if _name_of(form.action) == route.name and form.method == "post":
                    borrowed = {} if own else {"resume_token": []}  # it names whose form this was
                    return form.filled() | borrowed
        elsewhere = self._forms_elsewhere.get(route.name, {})
        return elsewhere | ({"resume_token": []} if "resume_token" in elsewhere and not own else {})

    def forms_of(self, role: str, call: Call, page: Answer | None = None) -> list[pages.Form]:
        answer = page or self.visitors[role].get(call.path, call.query)
        return pages.forms(answer.body, call.path) if answer.status == 200 else []

    @cached_property
    def _forms_elsewhere(self) -> dict[str, dict[str, list[str]]]:
        """Forms on pages of other routes, for those that only take a POST."""
        found: dict[str, dict[str, list[str]]] = {}
        for name in ("home", "requests_app:request_detail", "account_email", "accounts:settings"):
            route = routes()[name]
            for form in self.forms_of("alice", self.call(route, "customer")):
                if form.method == "post":
                    found.setdefault(_name_of(form.action), form.filled())
        return found


def _name_of(action: str) -> str:
    """Return the route that a form is sent to; of an unnamed one, nothing."""
    try:
        return resolve(action.split("?", maxsplit=1)[0]).view_name or ""
    except Resolver404:
        return ""

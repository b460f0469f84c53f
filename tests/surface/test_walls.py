"""The matrix can fail: without the wall, the same requests bring to light what it keeps apart."""

import pytest

from tests.surface.calls import PLACES
from tests.surface.classes import HOME, class_of
from tests.surface.routes import routes
from tests.surface.walls import application_wall_removed, database_wall_removed


@pytest.fixture(scope="module")
def outsiders(world, visitors, caller):
    """Each role that opens a page about a row of its own (or sends its form), with somebody else's row instead."""
    return list(found_outsiders(world, visitors, caller))


def found_outsiders(world, visitors, caller):
    for route in routes().values():
        opens = class_of(route)
        if not opens.of or opens.leads_to:
            continue
        for visitor in visitors:
            place = next((one for one in ("foreign", *PLACES) if _is_outside(world, caller, route, visitor, one)), None)
            own = caller.call(route, HOME[visitor.role])
            if place and (visitor.role in opens.to or _writes(visitor, caller, route, own)):
                yield route, visitor, caller.call(route, place)


def _is_outside(world, caller, route, visitor, place):
    return not caller.call(route, place).reaches(world, visitor.role)


def _writes(visitor, caller, route, call):
    return bool(visitor.post(call.path, caller.form(route, call, visitor.role)).written)


def leaking(visitor, caller, route, call):
    """Return whether a page shows, or its form changes, what the visitor has no business with."""
    asked = call.asked_for
    return bool(
        visitor.leaks(visitor.get(call.path), *asked)
        or visitor.leaks(visitor.post(call.path, caller.form(route, call, visitor.role)), *asked)
    )


def test_without_the_walls_nearly_every_page_leaks(outsiders, caller):
    """Both walls are down. Less than that would mean that the canaries, or the forms, find nothing to begin with."""
    with application_wall_removed(), database_wall_removed():
        tight = [
            f"{visitor.role} at {route}"
            for route, visitor, call in outsiders
            if not leaking(visitor, caller, route, call)
        ]
    assert len(outsiders) >= 60
    assert len(tight) <= 0.2 * len(outsiders), "\n".join(tight)


@pytest.mark.parametrize("wall", [application_wall_removed, database_wall_removed])
def test_with_one_wall_down_the_other_holds(outsiders, caller, wall):
    with wall():
        assert [
            f"{visitor.role} at {route}" for route, visitor, call in outsiders if leaking(visitor, caller, route, call)
        ] == []


def test_with_the_walls_the_same_requests_bring_nothing_to_light(outsiders, caller):
    assert [
        f"{visitor.role} at {route}" for route, visitor, call in outsiders if leaking(visitor, caller, route, call)
    ] == []

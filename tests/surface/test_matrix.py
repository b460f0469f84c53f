"""Every route x every role x an object of each customer and one that is not there: nothing of anybody else's.

CI asks each role for one object of somebody else, whose it is takes turns; the drill asks for all of them. One test for
each route; what fails it are lines that say who has seen, changed or been mailed whose what.
"""

import pytest

from tests.surface.calls import NOWHERE
from tests.surface.classes import HOME, ROLES, class_of
from tests.surface.headers import faults
from tests.surface.hostile import share
from tests.surface.routes import routes

every_route = pytest.mark.parametrize("route", routes().values(), ids=str)


def answers(visitor, call, form, *, empty, page=None):
    """Ask for a page, send its form as it should, and ``empty``, too."""
    page = page or visitor.get(call.path, call.query)
    found = {"GET": page, "POST": visitor.post(call.path, form | call.posted)}
    return found | {"empty POST": visitor.post(call.path, call.posted)} if empty else found


@every_route
def test_route_is_what_its_class_says_and_keeps_tenants_apart(world, visitors, caller, route):
    """Rows of others answer exactly as none: status, headers, body, messages, mails, and the rows that are written.

    And so that this means something: the page opens for exactly the people of its class and shows them their own
    row, and the form that was sent is a valid one, which changes rows for somebody.
    """
    opens, opened, writers, problems = class_of(route), set(), set(), []
    sends_empty = share(ROLES, route.name, 4)  # a mistake of one's own says nothing: only what is of others is sent so
    for visitor in visitors:
        role = visitor.role
        nothing, at_home = caller.call(route, NOWHERE), caller.call(route, HOME[role])
        page = visitor.get(at_home.path, at_home.query)
        form = caller.form(route, nothing, role, page)
        none = answers(visitor, nothing, form, empty=role in sends_empty) if caller.places(route) else {}
        for place in caller.places_for(route, role) or (HOME[role],):
            call = caller.call(route, place)
            own = not caller.places(route) or call.reaches(world, role)
            known = page if place == HOME[role] else None
            found = (
                none
                if place == NOWHERE
                else answers(visitor, call, form, empty=not own and role in sends_empty, page=known)
            )
            for name, answer in found.items():
                said = f"{role or 'a stranger'}, {name} at {place}'s, {answer.status}"
                problems += [f"{said}: {leak}" for leak in visitor.leaks(answer, *call.asked_for)]
                problems += [f"{said}: {fault}" for fault in faults(answer.response, signed_in=bool(role))]
                if answer.status >= 500:
                    problems.append(f"{said}: {answer.error}")
                asked = () if own else (*call.asked_for, *nothing.asked_for)
                if not own and answer.without(*asked) != none[name].without(*asked):
                    problems.append(f"{said}: {difference(answer.without(*asked), none[name].without(*asked))}")
            if found["GET"].written:
                problems.append(f"{role or 'a stranger'}: a GET writes {found['GET'].written}")
            if place == HOME[role]:
                opened |= {role} if has_opened(world, opens, call, found["GET"]) else set()
                writers |= {role} if found["POST"].written else set()
    assert not problems, "\n".join(problems)
    assert opened == opens.to
    assert bool(writers) == opens.writes, sorted(writers)


def has_opened(world, opens, call, answer):
    """Return whether this is the page, or the way, that the class promises, about the row that was asked for."""
    if opens.leads_to:
        return answer.status == 302 and answer.headers["Location"].startswith(opens.leads_to)
    owners = {canary.owner for canary in world.find(answer.body)}
    return answer.status == 200 and (not opens.of or world.canaries[str(call.row.pk)].owner in owners)


def difference(one, other):
    parts = ("status", "headers", "body", "session", "mails", "rows", "error")
    return "answers otherwise than for none: " + "; ".join(
        f"{name} {around_first(left, right)}"
        for name, left, right in zip(parts, one, other, strict=True)
        if left != right
    )


def around_first(left, right):
    left, right = str(left), str(right)
    at = next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), 0)
    return f"{left[max(at - 60, 0) : at + 60]!r} / {right[max(at - 60, 0) : at + 60]!r}"


@every_route
def test_other_methods_have_no_effect(visitors, caller, route):
    problems = []
    for role in ("alice", "root"):
        call = caller.call(route, HOME[role])
        for method in ("HEAD", "OPTIONS", "PUT", "DELETE"):
            answer = visitors[role].get(call.path, call.query, method)
            found = visitors[role].leaks(answer, *call.asked_for)
            found += faults(answer.response, signed_in=bool(role))
            if answer.written or answer.status >= 500 or found:
                problems.append(f"{role}, {method}, {answer.status}: {answer.error} {answer.written} {found}")
    assert not problems, "\n".join(problems)

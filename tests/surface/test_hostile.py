"""Whatever is typed, sent or forged: no server error, nothing comes back unescaped, nobody else's row is touched."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.surface import pages
from tests.surface.classes import HOME, ROLES, class_of
from tests.surface.hostile import ALONE, BODIES, HEADERS, MARK, PARAMETERS, PATHS, VALUES, fields_alone, share
from tests.surface.routes import routes

every_route = pytest.mark.parametrize("route", routes().values(), ids=str)


def who_gets_furthest(opens):
    """Return a role that sees the page itself, or the one that may do most where nobody sees one."""
    return next((role for role in reversed(ROLES) if role in opens.to), "alice" if opens.of else "root")


def faults(visitor, answer, asked_for=()):
    """Return what is wrong with an answer to something hostile."""
    found = visitor.leaks(answer, *asked_for)
    if answer.status >= 500:
        found.append(f"{answer.status} {answer.error[:300]}")
    if MARK in answer.body and "html" in answer.headers.get("Content-Type", ""):
        found.append("comes back unescaped")
    if "Set-Cookie evil" in answer.headers or "\n" in answer.headers.get("Location", ""):
        found.append("writes headers")
    return found


@every_route
def test_no_field_stumbles(visitors, caller, route):
    """The fields of the route's form, at once and one at a time; and none of them by its name."""
    role = who_gets_furthest(class_of(route))
    visitor, call = visitors[role], caller.call(route, HOME[role])
    form = caller.form(route, call, role)
    fields = set(form)
    for one in caller.forms_of(role, call):
        fields |= set(one.kinds) if one.method == "post" and one.action == call.path else set()
    fields -= {"csrfmiddlewaretoken"}
    asked, problems = [*call.asked_for, *map(str, form.values())], []
    for name in share(VALUES, route.name, 16, ALONE):
        value = VALUES[name]
        alone = [{field: value} for field in fields_alone(fields, name, route.name)]
        for changed in [dict.fromkeys(fields, value), *alone]:
            found = faults(visitor, visitor.post(call.path, form | changed), asked)
            problems += [f"{[*changed][:3]} = {name}: {one}" for one in found]
    made_up = {f"{field}{end}": "1" for field in [*fields, "x"] for end in ("[]", "[0]", ".x", "\0", "-" + "9" * 20)}
    problems += [f"other names: {one}" for one in faults(visitor, visitor.post(call.path, form | made_up), asked)]
    assert not problems, "\n".join(problems)


@every_route
def test_no_parameter_stumbles(visitors, caller, route):
    """Those that the page itself leads to, at once and one at a time; and others that it does not know."""
    role = who_gets_furthest(class_of(route))
    visitor, call = visitors[role], caller.call(route, HOME[role])
    page = visitor.get(call.path, call.query).body
    known = {name for link in pages.links(page, call.path) for name in parameters_of(link, call.path)}
    known |= {name for form in pages.forms(page, call.path) if form.method == "get" for name in form.kinds}
    known |= set(call.query)
    problems = []
    for name in share(VALUES, route.name, 16, ALONE):
        whole = VALUES[name]
        value = whole[:2000] if isinstance(whole, str) else whole  # the web server refuses a longer address
        alone = [{one: value} for one in fields_alone(known, name, route.name)]
        for parameters in [dict.fromkeys(PARAMETERS, value), dict.fromkeys(known, value), *alone]:
            found = faults(visitor, visitor.get(call.path, call.query | parameters), call.asked_for)
            problems += [f"{[*parameters][:2]} = {name}: {one}" for one in found]
    assert not problems, "\n".join(problems)


def parameters_of(link, path):
    there = urlsplit(link)
    return [name for name, _value in parse_qsl(there.query, keep_blank_values=True)] if there.path == path else []


@pytest.mark.parametrize("route", [route for route in routes().values() if route.parameters], ids=str)
def test_no_address_stumbles(visitors, route):
    role = who_gets_furthest(class_of(route))
    visitor, problems = visitors[role], []
    for value in share(PATHS, route.name, 8, PATHS[:3]):
        for method in ("GET", "POST"):
            path = route.path(**dict.fromkeys(route.parameters, value))
            problems += [f"{method} {value[:40]}: {one}" for one in faults(visitor, visitor.send(method, path))]
    assert not problems, "\n".join(problems)


@every_route
def test_no_body_stumbles(visitors, caller, route):
    role = who_gets_furthest(class_of(route))
    visitor, call, problems = visitors[role], caller.call(route, HOME[role]), []
    for name in share(BODIES, route.name, 8):
        content_type, body = BODIES[name]
        found = faults(visitor, visitor.send("POST", call.path, body, content_type), call.asked_for)
        problems += [f"{name}: {one}" for one in found]
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("role", ["", "alice", "root"])
def test_no_header_stumbles(visitors, role):
    problems = []
    for route in ("home", "account_login", "set_theme", "admin:index"):
        for name, headers in HEADERS.items():
            for method in ("GET", "POST"):
                answer = visitors[role].send(method, routes()[route].template, headers=headers)
                problems += [f"{method} {route}, {name}: {one}" for one in faults(visitors[role], answer)]
    assert not problems, "\n".join(problems)

"""The admin against forged input, over every page that is registered: foreign rows are none, wherever they are named."""

import pytest
from django.contrib import admin

from tests.surface.classes import HOME
from tests.surface.routes import routes
from tests.surface.world import NOT_THERE

PAGES = list(admin.site._registry.values())
PEOPLE = ("dana", "max", "erin", "sam")
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.opts.label)
every_person = pytest.mark.parametrize("role", PEOPLE)


def route_of(page, kind):
    return routes()[f"admin:{page.opts.app_label}_{page.opts.model_name}_{kind}"]


def foreign_row(world, model, role):
    """Return somebody's row that the person has no business with, or None where all of them are theirs."""
    rows = world.rows[model._meta.model_name].values()
    return next((row for row in rows if not world.canaries[str(row.pk)].seen_by(role)), None)


def same(visitor, path, foreign, none, form=None, asked_for=()):
    """Post (or, without a form, ask) with a foreign value and with one that is none; return what differs or leaks."""
    ask = visitor.get if form is None else visitor.post
    one, other = ask(path, (form or {}) | foreign), ask(path, (form or {}) | none)
    names = [*asked_for, *(str(value) for value in (*foreign.values(), *none.values()))]
    problems = visitor.leaks(one, *names)
    alike = one.effect(*names) == other.effect(*names) and (one.written or one.without(*names) == other.without(*names))
    if not alike or one.status >= 500:
        problems.append(f"{path} {foreign}: {one.status}, for none {other.status}")
    return problems


@every_page
@every_person
def test_no_foreign_key_takes_a_foreign_row(world, visitors, caller, page, role):
    """In every form that adds or changes something, whether the form asks for the key or not."""
    problems = []
    for kind in ("add", "change"):
        call = caller.call(route_of(page, kind), HOME[role])
        form = caller.form(route_of(page, kind), call, role)
        for column in page.model._meta.concrete_fields:
            if column.is_relation and (row := foreign_row(world, column.related_model, role)):
                foreign, none = {column.name: row.pk}, {column.name: NOT_THERE}
                problems += same(visitors[role], call.path, foreign, none, form, call.asked_for)
    assert problems == []


@every_page
@every_person
def test_no_action_and_no_list_form_reaches_a_foreign_row(world, visitors, caller, page, role):
    path, row, problems = route_of(page, "changelist").template, foreign_row(world, page.model, role), []
    if row is None:
        return
    for action in ("claim_selected", "delete_selected", "send_again", "made_up"):
        for across in ("0", "1"):
            form = {"action": action, "select_across": across, "index": "0", "post": "yes"}
            problems += same(
                visitors[role],
                path,
                {"_selected_action": row.pk},
                {"_selected_action": NOT_THERE},
                form,
            )
    listed = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "_save": "Save"} | {
        f"form-0-{column.name}": "1" for column in page.model._meta.concrete_fields if not column.primary_key
    }
    problems += same(visitors[role], path, {"form-0-id": row.pk}, {"form-0-id": NOT_THERE}, listed)
    assert problems == []


def lookups(model, depth=2):
    """Yield every way from a model over its relations, both directions, to a column that holds a text."""
    for column in model._meta.get_fields():
        if column.is_relation and depth and column.related_model:
            yield from (f"{column.name}__{one}" for one in lookups(column.related_model, depth - 1))
        elif column.concrete and column.get_internal_type() in ("CharField", "TextField", "JSONField", "BigAutoField"):
            yield column.name


@every_page
def test_no_lookup_answers_a_question_about_others(world, visitors, page):
    """Neither through the query of a list nor through what a link to it carries along."""
    path, problems = route_of(page, "changelist").template, []
    visitor = visitors["max"]
    for lookup in lookups(page.model):
        answer = visitor.get(path, {f"{lookup}__startswith": "zq"})
        if answer.status == 200:
            problems.append(f"{lookup} is answered")
        problems += visitor.leaks(answer)
    assert problems == []


@every_page
@every_person
def test_no_search_finds_a_foreign_row(world, visitors, page, role):
    path, problems = route_of(page, "changelist").template, []
    texts = {one.owner: text for text, one in world.canaries.items() if one.model == page.model.__name__}
    for owner, text in texts.items():
        if not any(one.owner == owner and one.seen_by(role) for one in world.canaries.values()):
            problems += same(visitors[role], path, {"q": text}, {"q": "zq9999q"})
    assert problems == []


@every_page
@every_person
def test_popups_and_foreign_keys_by_another_column_open_nothing(world, visitors, caller, page, role):
    row, problems = foreign_row(world, page.model, role), []
    for field in ("id", "pk", "password", "name", "number", "email", "partner", "customer__partner"):
        extra = {"_to_field": field, "_popup": "1"}
        for kind in ("change", "delete", "history") if row is not None else ():
            values = [str(getattr(row, field, row.pk)), str(NOT_THERE)]
            route = route_of(page, kind)
            one, other = (visitors[role].get(route.path(object_id=value), extra) for value in values)
            problems += visitors[role].leaks(one, *values)
            if one.without(*values) != other.without(*values):
                problems.append(f"{kind} by {field}: {one.status}, for none {other.status}")
        for kind in ("changelist", "add"):
            answer = visitors[role].get(route_of(page, kind).template, extra)
            problems += [f"{kind} by {field}: {one}" for one in visitors[role].leaks(answer)]
            assert answer.status < 500
    assert problems == []


@pytest.mark.parametrize("role", [*PEOPLE, "alice", "root"])
def test_addresses_of_djangos_that_know_no_scope_are_gone(world, visitors, role):
    for page in PAGES:
        row = foreign_row(world, page.model, role) or next(iter(world.rows[page.opts.model_name].values()))
        for path, query in (
            (
                "/admin/autocomplete/",
                {"app_label": page.opts.app_label, "model_name": page.opts.model_name, "term": "zq"},
            ),
            (f"/admin/r/7/{row.pk}/", {}),
        ):
            answer = visitors[role].get(path, query)
            assert answer.status in ((404,) if role != "alice" else (302, 403, 404))
            assert visitors[role].leaks(answer, row.pk) == []

"""A form changes what it shows, and nothing that somebody adds to it."""

import pytest
from django.apps import apps

from tests.surface.classes import HOME, ROLES, class_of
from tests.surface.routes import routes

OWN_APPS = ("accounts", "requests_app", "portal")


def extra_parameters(world, taken):
    """Return a parameter for every column of every model that the form does not ask for, with what would do harm."""
    extra = {}
    for model in (model for model in apps.get_models() if model._meta.app_label in OWN_APPS):
        for column in model._meta.concrete_fields:
            value = "Injected"
            if column.is_relation:
                value = world.row(str(column.related_model._meta.model_name), "foreign").pk
            elif column.choices:
                value = column.flatchoices[-1][0]
            elif "Boolean" in column.get_internal_type():
                value = "on"
            elif "Integer" in column.get_internal_type() or column.primary_key:
                value = "1"
            elif "Date" in column.get_internal_type():
                value = "2099-01-01"
            for name in {
                column.name,
                column.attname,
                f"{model._meta.model_name}-0-{column.name}",
                f"form-0-{column.name}",
            }:
                extra[name] = value
    return {name: value for name, value in extra.items() if name not in taken}


WRITING = [route for route in routes().values() if class_of(route).writes]


@pytest.mark.parametrize("route", WRITING, ids=str)
def test_parameters_that_the_form_does_not_ask_for_change_nothing(world, visitors, caller, route):
    tried = 0
    for role in reversed(ROLES):
        visitor, call = visitors[role], caller.call(route, HOME[role])
        form = caller.form(route, call, role)
        plain = visitor.post(call.path, form)
        if not plain.written:
            continue
        # Fields that the form shows but leaves empty are the form's own, too.
        shown = {name for one in caller.forms_of(role, call) for name in one.kinds} | set(form)
        forged = visitor.post(call.path, extra_parameters(world, shown) | form)
        assert forged.effect() == plain.effect(), role
        tried += 1
        if tried == 2:  # people of two kinds
            break
    assert tried

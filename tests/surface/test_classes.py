"""Every route and every model has its class, no class is left over, and the world is what the matrix believes."""

import pytest
from django.apps import apps
from django.contrib import admin

from tests.surface import classes
from tests.surface.routes import routes
from tests.surface.world import owners_of, text_columns

MODELS = sorted(apps.get_models(), key=lambda model: model._meta.label)


@pytest.mark.parametrize("route", routes().values(), ids=str)
def test_every_route_has_a_class(route):
    assert classes.class_of(route)


def test_no_class_outlives_its_route():
    assert sorted(set(classes.ROUTES) - set(routes())) == []
    assert sorted(set(classes.ADMIN) - {model._meta.label for model in admin.site._registry}) == []


def test_no_class_outlives_its_model():
    classified = [*classes.TENANT_OWNED, *classes.PERSONAL, *classes.SHARED, *classes.MACHINERY]
    assert sorted(classified) == [model._meta.label for model in MODELS]
    known = {f"{model.__name__}.{column.name}" for model in MODELS for column in model._meta.concrete_fields}
    assert sorted(set(classes.WITHOUT_CANARY) - known) == []


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_text_of_every_owner_holds_a_canary(world, model):
    """A new field without one fails here, and so does a model without rows of somebody's."""
    without = []
    for owner in owners_of(model):
        planted = {
            column: canary.owner
            for row in model._default_manager.all()
            for column in text_columns(model)
            for canary in world.find(str(getattr(row, column)))
            if canary.owner == owner and canary.column == column
        }
        keys = {key for key, canary in world.canaries.items() if canary.owner == owner and canary.column == "key"}
        rows = [row for row in model._default_manager.all() if str(row.pk) in keys]
        without += [owner] if not rows else [f"{owner}.{one}" for one in text_columns(model) if one not in planted]
    assert without == []

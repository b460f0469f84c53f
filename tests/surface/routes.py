"""Every address of the site, read from the URL resolver: nobody keeps a list of them by hand."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")
ADMIN_KINDS = ("changelist", "add", "history", "delete", "change")


@dataclass(frozen=True)
class Route:
    """One address: its name as ``reverse`` knows it (an unnamed one: its pattern), and how its path is written."""

    name: str
    template: str
    parameters: tuple[str, ...]
    callback: Callable[..., Any]

    def path(self, **arguments: object) -> str:
        return self.template.format(**arguments)

    def __str__(self) -> str:
        return self.name


def _walk(patterns: list[Any], prefix: str = "/", namespaces: tuple[str, ...] = ()) -> Iterator[Route]:
    for one in patterns:
        whole = prefix + str(one.pattern).removeprefix("^").removesuffix("$").replace("\\Z", "")
        if isinstance(one, URLResolver):
            inside = (*namespaces, one.namespace) if one.namespace else namespaces
            yield from _walk(one.url_patterns, whole, inside)
        elif isinstance(one, URLPattern):
            names = tuple(first or second for first, second in PARAMETER.findall(whole))
            template = PARAMETER.sub(lambda found: f"{{{found[1] or found[2]}}}", whole)
            name = ":".join((*namespaces, one.name)) if one.name else whole
            yield Route(name, template, names, one.callback)


@cache
def routes() -> dict[str, Route]:
    """Return every route by name; two of one name are told apart by their paths.

    Where two have one path, the second is never reached and so is none.
    """
    found: dict[str, Route] = {}
    paths: set[str] = set()
    for route in _walk(get_resolver().url_patterns):
        if route.template in paths:
            continue
        paths.add(route.template)
        name = route.name if route.name not in found else f"{route.name} {route.template}"
        found[name] = Route(name, route.template, route.parameters, route.callback)
    return found


@cache
def admin_routes() -> dict[str, tuple[type[Model], str]]:
    """Return, for the routes that every page of the admin has, the model and the kind of page."""
    found = {}
    for model in admin.site._registry:
        meta = model._meta
        for kind in ADMIN_KINDS:
            found[f"admin:{meta.app_label}_{meta.model_name}_{kind}"] = (model, kind)
        found[f"/admin/{meta.app_label}/{meta.model_name}/<path:object_id>/"] = (model, "old address")
    return found

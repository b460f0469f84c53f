"""What an editor narrows a list of content down to."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.content.needs import due, untranslated
from portal.lib.clouds import Cloud
from portal.models import State
from requests_app.models import Kind


class StateFilter(admin.SimpleListFilter):
    """Draft, scheduled, published or expired at this moment."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(State.choices)

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.in_state(State(str(self.value())), timezone.now()) if self.value() in State else queryset


class CloudFilter(admin.SimpleListFilter):
    """In which cloud it leads somewhere."""

    title = _("known in")
    parameter_name = "cloud"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(Cloud.choices)

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(addresses__cloud=self.value()) if self.value() in Cloud else queryset


class LanguageFilter(admin.SimpleListFilter):
    """In which language a text is missing."""

    title = _("missing in")
    parameter_name = "missing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(settings.LANGUAGES)

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() in dict(settings.LANGUAGES):
            return queryset.filter(untranslated(queryset.model, [str(self.value())]))
        return queryset


class NeedsFilter(admin.SimpleListFilter):
    """What an editor should look at."""

    title = _("to look at")
    parameter_name = "needs"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("verification", _("Due for verification")), ("translation", _("Untranslated"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "verification":
            return queryset.filter(due(queryset.model, timezone.localdate()))
        if self.value() == "translation":
            return queryset.filter(untranslated(queryset.model, list(dict(settings.LANGUAGES))))
        return queryset


class KindFilter(admin.SimpleListFilter):
    """Before which form a resource stands."""

    title = _("before")
    parameter_name = "before"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(Kind.choices)

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() in Kind:
            return queryset.filter(Q(kinds=[]) | Q(kinds__contains=[self.value()]))
        return queryset

"""What the pages of links and resources have in common."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import ScopedModelAdmin
from accounts.permissions import Capability
from portal.content import publishing
from portal.content.admin.filters import CloudFilter, LanguageFilter, NeedsFilter, StateFilter
from portal.content.admin.forms import ContentForm, address_fields
from portal.lib.clouds import Cloud
from portal.lib.display import day, icon, moment
from portal.lib.translated import TranslatedField
from portal.models import Content, State

SHAPES = {State.DRAFT: "file-text", State.SCHEDULED: "clock", State.PUBLISHED: "check", State.EXPIRED: "minus"}
COLOURS = {State.PUBLISHED: " badge-success", State.SCHEDULED: " badge-info"}

ADDRESSES = [address_fields(cloud) for cloud in Cloud]
"""One line of the form for each cloud."""

PUBLISHING: list[Any] = ["is_draft", ("publish_from", "publish_until"), "position", "note", "as_shown"]


class LocalMoment(forms.DateTimeInput):
    """A moment in the reader's zone, by the browser's own calendar."""

    input_type = "datetime-local"

    def __init__(self, attrs: Any = None) -> None:
        super().__init__(attrs, "%Y-%m-%dT%H:%M")


class ContentAdmin(ScopedModelAdmin):
    """What is kept for customers to read, with an address for each cloud."""

    view_capabilities = edit_capabilities = (Capability.MANAGE_CONTENT,)
    form = ContentForm
    may_be_deleted = True
    actions = ["publish", "unpublish"]
    shared_filters = (StateFilter, CloudFilter, LanguageFilter, NeedsFilter)
    formfield_overrides = {
        models.DateField: {"widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")},
        models.DateTimeField: {"form_class": forms.DateTimeField, "widget": LocalMoment},
    }

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("addresses")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Lock what is to be saved: the form compares it with what it was opened with."""
        found = super().get_object(request, object_id, from_field)
        if request.method == "POST" and found is not None:
            self.model._default_manager.select_for_update().only("pk").get(pk=found.pk)
            found = super().get_object(request, object_id, from_field)
        return found

    # --- The list ---

    @admin.display(description=_("title"))
    def name(self, obj: Content) -> SafeString:
        """The title, and beneath it in which languages a text is missing."""
        texts = [getattr(obj, one.name) for one in obj._meta.concrete_fields if isinstance(one, TranslatedField)]
        missing = dict.fromkeys(code for text in texts if any(text.values()) for code in text.missing())
        return format_html("{}{}", str(obj), format_html_join("", "{}", ((missing_in(code),) for code in missing)))

    @admin.display(description=_("known in"))
    def known_in(self, obj: Content) -> str:
        known = {row.cloud for row in obj.addresses.all()}
        return ", ".join(str(cloud.label) for cloud in Cloud if cloud in known)

    @admin.display(description=_("state"))
    def shown_state(self, obj: Content) -> SafeString:
        now = timezone.now()
        state = obj.state(now)
        when = obj.publish_from if state == State.SCHEDULED else obj.publish_until
        text = format_html(
            '<span class="badge{}">{}{}</span>', COLOURS.get(state, ""), icon(SHAPES[state]), state.label
        )
        if state == State.DRAFT or when is None:
            return text
        words = gettext("from %(moment)s") if state == State.SCHEDULED else gettext("until %(moment)s")
        return format_html('{}<span class="cell-line small muted">{}</span>', text, words % {"moment": moment(when)})

    @admin.display(description=_("verified"))
    def verified(self, obj: Content) -> SafeString:
        """The oldest look at an address, and whether one is due."""
        rows = list(obj.addresses.all())
        if not rows:
            return SafeString("–")
        dates = [row.verified_on for row in rows if row.verified_on]
        oldest = min(dates) if len(dates) == len(rows) else None
        text = format_html('<span class="nowrap">{}</span>', day(oldest)) if oldest else ""
        if not any(row.is_due(timezone.localdate()) for row in rows):
            return SafeString(text)
        word = gettext("due") if oldest else gettext("never")
        return format_html('{} <span class="badge badge-warning">{}{}</span>', text, icon("circle-alert"), word)

    # --- What is done with many ---

    @admin.action(description=_("Publish now"), permissions=["change"])
    def publish(self, request: HttpRequest, queryset: Any) -> None:
        changed = publishing.publish(self._locked(queryset), timezone.now())
        text = ngettext("%(count)d is published now.", "%(count)d are published now.", changed)
        messages.success(request, text % {"count": changed})

    @admin.action(description=_("Take back to draft"), permissions=["change"])
    def unpublish(self, request: HttpRequest, queryset: Any) -> None:
        changed = publishing.unpublish(self._locked(queryset))
        text = ngettext(
            "%(count)d is a draft now; customers do not see it.",
            "%(count)d are drafts now; customers do not see them.",
            changed,
        )
        messages.success(request, text % {"count": changed})

    def _locked(self, queryset: Any) -> Any:
        """Lock the rows, always in the same order, and return them without what the list had added."""
        keys = [row.pk for row in queryset]
        rows = self.model._default_manager.filter(pk__in=keys)
        list(rows.select_for_update().order_by("pk").values_list("pk"))
        return rows.order_by()


def missing_in(code: str) -> SafeString:
    """Return the mark of a text that is missing in a language."""
    words = gettext("missing: %(language)s") % {"language": dict(settings.LANGUAGES)[code]}
    return format_html(' <span class="badge badge-warning">{}<span>{}</span></span>', icon("languages"), words)

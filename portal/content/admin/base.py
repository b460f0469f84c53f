"""What the pages of links and resources have in common, and what they share with announcements."""

import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db import models
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.permissions import Capability, can_anywhere
from portal.content import publishing
from portal.content.admin.filters import CloudFilter, LanguageFilter, NeedsFilter, StateFilter
from portal.content.admin.forms import ContentForm, address_fields
from portal.content.admin.order import OrderPage
from portal.content.admin.versions import HistoryPages
from portal.content.admin.whose import KeptForReaders
from portal.content.ordering import next_position
from portal.content.widgets import LocalMoment
from portal.lib.clouds import Cloud
from portal.lib.display import day, icon, moment
from portal.lib.translated import TranslatedField, TranslatedText
from portal.models import Content, Published, State

SHAPES = {State.DRAFT: "file-text", State.SCHEDULED: "clock", State.PUBLISHED: "check", State.EXPIRED: "minus"}
COLOURS = {State.PUBLISHED: " badge-success", State.SCHEDULED: " badge-info"}

ADDRESSES: list[Any] = [address_fields(cloud) for cloud in Cloud]
"""One line of the form for each cloud."""

PUBLISHING: list[Any] = ["is_draft", ("publish_from", "publish_until"), "note", "as_shown"]


class KeptAdmin(HistoryPages, KeptForReaders):
    """What is kept for customers to read, from a moment until another, in every version.

    Staff keep what is for all customers and see what partners keep for theirs; a manager keeps and sees the partner's own.
    """

    may_be_deleted = True
    actions = ["publish", "unpublish"]
    formfield_overrides = {
        models.DateField: {"widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")},
        models.DateTimeField: {"form_class": forms.DateTimeField, "widget": LocalMoment},
    }

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Lock what is to be saved: the form compares it with what it was opened with."""
        found = super().get_object(request, object_id, from_field)
        if request.method == "POST" and found is not None and self.has_change_permission(request, found):
            self.model._default_manager.select_for_update().only("pk").get(pk=found.pk)
            found = super().get_object(request, object_id, from_field)
        return found

    # --- Whose it is ---

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """What is kept for somebody's customers stays theirs: what was read of it belongs to them."""
        return ["partner"] if obj else []

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out the question whose it is where there is one answer; show readers words instead of inputs."""
        entries = [(title, dict(options)) for title, options in self.fieldsets or []]
        if not (obj.partner_id if obj else can_anywhere(request.user, Capability.MANAGE_OWN_CONTENT)):
            return without(entries, "partner")
        if obj is None or self.has_change_permission(request, obj):
            return entries
        shown = [(title, options | {"fields": self._shown(options["fields"])}) for title, options in entries]
        return without(shown, "as_shown")

    def _shown(self, fields: Any) -> list[Any]:
        """Return what a reader sees in place of a form's inputs."""
        return [SHOWN_AS.get(one, one) if isinstance(one, str) else one for one in fields]

    @admin.display(description=_("title"))
    def shown_title(self, obj: Published) -> SafeString:
        return in_every_language(obj.title)  # type: ignore[attr-defined]

    @admin.display(description=_("description"))
    def shown_description(self, obj: Any) -> SafeString:
        return in_every_language(obj.description)

    @admin.display(description=_("summary"))
    def shown_summary(self, obj: Any) -> SafeString:
        return in_every_language(obj.summary)

    @admin.display(description=_("text"))
    def shown_body(self, obj: Any) -> SafeString:
        return in_every_language(obj.body)

    @admin.display(description=_("draft"))
    def shown_draft(self, obj: Content) -> str:
        """In words: Django's own picture of a truth speaks English alone."""
        return gettext("Yes") if obj.is_draft else gettext("No")

    # --- The list ---

    @admin.display(description=_("title"))
    def name(self, obj: Published) -> SafeString:
        """The title, and beneath it in which languages a text is missing."""
        texts = [getattr(obj, one.name) for one in obj._meta.concrete_fields if isinstance(one, TranslatedField)]
        missing = dict.fromkeys(code for text in texts if any(text.values()) for code in text.missing())
        return format_html("{}{}", str(obj), format_html_join("", "{}", ((missing_in(code),) for code in missing)))

    @admin.display(description=_("state"))
    def shown_state(self, obj: Published) -> SafeString:
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

    # --- What is done with many ---

    @admin.action(description=_("Publish now"), permissions=["change"])
    def publish(self, request: HttpRequest, queryset: Any) -> None:
        changed = self.publish_rows(self._locked(request, queryset), timezone.now())
        text = ngettext("%(count)d is published now.", "%(count)d are published now.", changed)
        messages.success(request, text % {"count": changed})

    @admin.action(description=_("Take back to draft"), permissions=["change"])
    def unpublish(self, request: HttpRequest, queryset: Any) -> None:
        changed = publishing.unpublish(self._locked(request, queryset))
        text = ngettext(
            "%(count)d is a draft now; customers do not see it.",
            "%(count)d are drafts now; customers do not see them.",
            changed,
        )
        messages.success(request, text % {"count": changed})

    def publish_rows(self, rows: Any, now: datetime.datetime) -> int:
        """Show the rows to their readers from now on; return how many that changed."""
        return publishing.publish(rows, now)

    def _locked(self, request: HttpRequest, queryset: Any) -> Any:
        """Lock those of the rows that the person keeps, always in the same order; return them, nothing added to them."""
        keys = [row.pk for row in queryset]
        rows = self.editable(request, self.model._default_manager.filter(pk__in=keys))
        list(rows.select_for_update().order_by("pk").values_list("pk"))
        return rows.order_by()


class ContentAdmin(OrderPage, KeptAdmin):
    """What is kept for customers to read, with an address for each cloud."""

    form = ContentForm
    change_list_template = "admin/portal/change_list.html"
    shared_filters = (StateFilter, CloudFilter, LanguageFilter, NeedsFilter)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("addresses")

    def save_model(self, request: HttpRequest, obj: Content, form: Any, change: bool) -> None:
        """Put what is new behind what its readers have already; the page "Order" is for the rest."""
        if not change:
            obj.position = next_position(self.model._default_manager.filter(Q(partner=None) | Q(partner=obj.partner)))
        super().save_model(request, obj, form, change)

    def _shown(self, fields: Any) -> list[Any]:
        return ["shown_addresses"] if fields == ADDRESSES else super()._shown(fields)

    @admin.display(description=_("addresses"))
    def shown_addresses(self, obj: Content) -> SafeString:
        return format_html_join("", '<span class="cell-line">{}</span>', ((str(row),) for row in obj.addresses.all()))

    @admin.display(description=_("known in"))
    def known_in(self, obj: Content) -> str:
        known = {row.cloud for row in obj.addresses.all()}
        return ", ".join(str(cloud.label) for cloud in Cloud if cloud in known)

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


SHOWN_AS = {name: f"shown_{name}" for name in ("title", "description", "summary", "body")} | {
    "is_draft": "shown_draft",
    "by_mail": "shown_by_mail",
    "services": "about",
    "kinds": "before",
}
"""What readers are shown in place of an input."""


def without(entries: list[tuple[Any, dict[str, Any]]], name: str) -> list[tuple[Any, dict[str, Any]]]:
    """Return the parts of a form without one of its fields."""
    return [
        (title, options | {"fields": [field for field in options["fields"] if field != name]})
        for title, options in entries
    ]


def in_every_language(text: TranslatedText) -> SafeString:
    """Return a text in each language in which it was written."""
    written = [(code, text[code]) for code, _name in settings.LANGUAGES if text.get(code)]
    return format_html_join("", '<span class="cell-line" lang="{}">{}</span>', written)


def missing_in(code: str) -> SafeString:
    """Return the mark of a text that is missing in a language."""
    words = gettext("missing: %(language)s") % {"language": dict(settings.LANGUAGES)[code]}
    return format_html(' <span class="badge badge-warning">{}<span>{}</span></span>', icon("languages"), words)

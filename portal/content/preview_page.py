"""The page that shows content as a customer would read it."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.http import person
from accounts.models import Partner, User
from accounts.permissions import Capability, can, partners_where
from portal.content.articles import write_out
from portal.content.preview import Reader, preview
from portal.content.widgets import LocalMoment
from portal.lib.clouds import Cloud, Service


class ReaderForm(forms.Form):
    """Which customer, when, in which language; everything has an answer before it is asked."""

    cloud = forms.ChoiceField(label=gettext_lazy("Microsoft cloud"), choices=Cloud, required=False)
    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False)
    partner = forms.ModelChoiceField(
        Partner.objects.none(),
        label=gettext_lazy("Customer of"),
        required=False,
        empty_label=gettext_lazy("any partner"),
    )
    at = forms.DateTimeField(
        label=gettext_lazy("At"),
        required=False,
        widget=LocalMoment,
        help_text=gettext_lazy("In your time zone. Empty: now."),
    )
    with_drafts = forms.BooleanField(label=gettext_lazy("With drafts"), required=False)
    services = forms.MultipleChoiceField(
        label=gettext_lazy("Services they own"),
        choices=Service,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data: Any, *, user: User) -> None:
        super().__init__(data)
        self.user = user
        language: Any = self.fields["language"]
        language.choices = settings.LANGUAGES
        self.fields["language"].initial = translation.get_language()
        partners = partners_where(user, Capability.MANAGE_CONTENT, Capability.MANAGE_OWN_CONTENT)
        rows = Partner.objects.visible_to(user).order_by("name", "pk")
        partner: Any = self.fields["partner"]
        partner.queryset = rows if partners is None else rows.filter(pk__in=partners)
        if not can(user, Capability.MANAGE_CONTENT):
            partner.empty_label = None
            partner.initial = partners[0] if partners else None

    def reader(self) -> tuple[Reader, str]:
        """Return who reads, and in which language; what is missing or wrong is as it was before anything was asked."""
        chosen: dict[str, Any] = self.cleaned_data if self.is_valid() else getattr(self, "cleaned_data", {})
        partner = chosen.get("partner")
        if partner is None and self.fields["partner"].initial:
            partner = Partner.objects.get(pk=self.fields["partner"].initial)
        reader = Reader(
            cloud=Cloud(chosen.get("cloud") or Cloud.COMMERCIAL),
            services=frozenset(chosen.get("services") or ()),
            partner=partner,
            at=chosen.get("at") or timezone.now(),
            with_drafts=bool(chosen.get("with_drafts")),
        )
        return reader, chosen.get("language") or str(self.fields["language"].initial)


@require_safe
def show_preview(request: HttpRequest) -> HttpResponse:
    """Show what a customer who is made up would read. Raises PermissionDenied for who keeps no content."""
    user = person(request)
    if partners_where(user, Capability.MANAGE_CONTENT, Capability.MANAGE_OWN_CONTENT) == []:
        raise PermissionDenied
    form = ReaderForm(request.GET or None, user=user)
    reader, language = form.reader()
    found = preview(reader, user)
    with translation.override(language):
        write_out(found.resources)
        shown = render_to_string(
            "admin/portal/preview_shown.html",
            {
                "link_groups": found.link_groups,
                "resources": found.resources,
                "announcements": found.announcements,
                "drafts": reader.with_drafts,
            },
            request,
        )
    context = {
        **admin.site.each_context(request),
        "title": _("As a customer reads it"),
        "form": form,
        "shown": shown,
        "language": language,
    }
    return render(request, "admin/portal/preview.html", context)

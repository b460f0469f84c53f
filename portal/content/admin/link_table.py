"""The pages of the link table: out as a file, in again after a preview."""

import base64
import binascii
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_safe

from accounts.http import person
from accounts.models import Partner, User
from accounts.permissions import Capability, can, partners_where
from portal.content.link_table import exporting
from portal.content.link_table.comparing import MOST_BYTES, Preview, Unclear, compare
from portal.content.link_table.writing import NotWritten, write
from portal.lib import tables
from portal.models import SelfServiceLink
from requests_app.file_types import NAME_LENGTH, NotTaken, plain_name
from requests_app.imports.problems import Wrong, text

ALL_CUSTOMERS = "all"


def owners(user: User) -> list[tuple[str, Any]]:
    """Return whose links ``user`` keeps, each with its name: everybody's, and those of partners."""
    partners = partners_where(user, Capability.MANAGE_OWN_CONTENT)
    rows = Partner.objects.visible_to(user).order_by("name", "pk")
    named = (rows if partners is None else rows.filter(pk__in=partners)).values_list("pk", "name")
    of_all = [(ALL_CUSTOMERS, pgettext_lazy("of partners", "all"))] if can(user, Capability.MANAGE_CONTENT) else []
    return [*of_all, *((str(pk), name) for pk, name in named)]


class TableForm(forms.Form):
    """Whose links, and the file: chosen on the first page, and carried along from the preview to what is confirmed."""

    owner = forms.ChoiceField(label=gettext_lazy("Links for the customers of"))
    file = forms.FileField(
        label=gettext_lazy("File"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
        help_text=gettext_lazy("CSV or XLSX, at most 1 MB and 1,000 lines."),
    )
    name = forms.CharField(required=False, max_length=NAME_LENGTH, widget=forms.HiddenInput)
    content = forms.CharField(required=False, max_length=MOST_BYTES * 2, strip=False, widget=forms.HiddenInput)
    digest = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, choices: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner: Any = self.fields["owner"]
        owner.choices = choices
        if len(choices) == 1:
            owner.initial, owner.widget = choices[0][0], forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        """Make one file of what was chosen or carried along."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        file = cleaned.get("file")
        try:
            if file is not None:
                cleaned["name"] = plain_name(file.name or "")
                if file.size > MOST_BYTES:
                    raise forms.ValidationError(_("The file is larger than 1 MB. Split it, and import the parts."))
                cleaned["bytes"], cleaned["digest"] = file.read(), ""
            elif cleaned.get("content"):
                cleaned["bytes"] = base64.b64decode(cleaned["content"], validate=True)
            else:
                raise forms.ValidationError(_("Choose a file."))
        except (binascii.Error, ValueError) as error:
            problem = error if isinstance(error, forms.ValidationError) else _("Choose the file once more.")
            self.add_error("file", problem)
        return cleaned

    def partner(self) -> Partner | None:
        """Return whose links they are; None: everybody's."""
        owner = self.cleaned_data["owner"]
        return None if owner == ALL_CUSTOMERS else Partner.objects.get(pk=owner)


class LinkTablePages(admin.ModelAdmin):
    """Adds the export and the import to the pages of links."""

    def get_urls(self) -> list[Any]:
        site = self.admin_site.admin_view
        own = [
            path("export/", site(require_safe(self.export_view)), name="portal_selfservicelink_export"),
            path("import/", site(self.import_view), name="portal_selfservicelink_import"),
        ]
        return [*own, *super().get_urls()]

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """Hand out the links of one owner whose links the person keeps. 404 for those of anybody else."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        choices = owners(person(request))
        owner = request.GET.get("owner", choices[0][0] if choices else "")
        if owner not in dict(choices):
            raise Http404
        wanted = request.GET.get("format", "")
        file_format = tables.Format(wanted) if wanted in tables.Format.values else tables.Format.CSV
        rows = SelfServiceLink.objects.visible_to(person(request))
        rows = rows.filter(partner=None) if owner == ALL_CUSTOMERS else rows.filter(partner=int(owner))
        name = f"links-{timezone.localdate():%Y-%m-%d}"
        return tables.answer(file_format, name, exporting.headings(), exporting.rows(rows))

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Ask for a file; POST shows what it would do, and once that is confirmed, does it."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        choices = owners(person(request))
        if request.method != "POST":
            return self._ask(request, TableForm(choices=choices), choices)
        form = TableForm(request.POST, request.FILES, choices=choices)
        if not form.is_valid():
            return self._ask(request, form, choices)
        entered = form.cleaned_data
        confirmed = bool(entered["digest"])
        try:
            preview = compare(entered["name"], entered["bytes"], form.partner(), timezone.localdate(), lock=confirmed)
        except NotTaken as error:
            form.add_error("file", str(error))
        except Unclear as error:
            form.add_error("file", error.sentence)
        except Wrong as error:
            form.add_error("file", text(error.as_json()))
        else:
            if confirmed and self._wrote(request, preview, entered["digest"]):
                return redirect(reverse("admin:portal_selfservicelink_changelist"))
            return self._show(request, form, preview)
        return self._ask(request, form, choices)

    def _wrote(self, request: HttpRequest, preview: Preview, digest: str) -> bool:
        """Write what was confirmed, if it is what was previewed; say what has become of it."""
        if preview.digest != digest:
            messages.warning(
                request,
                _("Somebody has changed the data since this preview. Nothing was written: this is how it stands now."),
            )
            return False
        if preview.wrong or not preview.to_write:
            return False
        try:
            count = write(preview)
        except NotWritten:
            messages.error(request, _("Somebody has written the same meanwhile. Nothing was written: try once more."))
            return False
        said = ngettext("%(count)d link was written.", "%(count)d links were written.", count)
        messages.success(request, said % {"count": count})
        return True

    def _ask(self, request: HttpRequest, form: TableForm, choices: list[tuple[str, Any]]) -> HttpResponse:
        for name in ("name", "content", "digest"):
            form.fields.pop(name, None)
        form.fields["file"].required = True  # nothing is carried along: this page asks for one
        return self._page(request, "admin/portal/link_table.html", form=form, owners=choices)

    def _show(self, request: HttpRequest, form: TableForm, preview: Preview) -> HttpResponse:
        entered = form.cleaned_data
        carried = {
            "owner": entered["owner"],
            "name": entered["name"],
            "content": base64.b64encode(entered["bytes"]).decode("ascii"),
            "digest": preview.digest,
        }
        owner = dict(form.fields["owner"].choices)[entered["owner"]]  # type: ignore[attr-defined]
        return self._page(
            request, "admin/portal/link_table_preview.html", preview=preview, carried=carried, owner=owner
        )

    def _page(self, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "title": _("Links as a table"), "opts": self.opts}
        return render(request, template, shared | context)

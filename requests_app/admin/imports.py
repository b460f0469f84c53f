"""Imports and exports at the desk: a file, its columns, a preview, and what has become of it."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin_base import ScopedModelAdmin
from accounts.http import person
from accounts.permissions import can, can_anywhere
from portal.lib import tables
from portal.lib.display import icon, moment
from portal.lib.paging import page_of
from requests_app.file_types import NotTaken
from requests_app.forms.imports import ColumnsForm, ConfirmForm, ReadingForm, StartForm
from requests_app.imports import exporting, problems, reading, runs, showing
from requests_app.models import ImportKind, ImportRun, ImportStatus, LineState
from requests_app.models.imports import CAPABILITIES

CHANGELISTS = {
    ImportKind.CUSTOMERS: "admin:accounts_customer_changelist",
    ImportKind.SUBSCRIPTIONS: "admin:requests_app_subscription_changelist",
    ImportKind.OFFERS: "admin:requests_app_offer_changelist",
}
BADGES = {
    ImportStatus.MAPPING: ("warning", "info"),
    ImportStatus.CHECKING: ("info", "hourglass"),
    ImportStatus.CHECKED: ("warning", "circle-help"),
    ImportStatus.WRITING: ("info", "hourglass"),
    ImportStatus.DONE: ("success", "check"),
}
LINES_PER_PAGE = 50


def takes_files_of[View: Callable[..., Any]](size: int) -> Callable[[View], View]:
    """Let a view take files of so many bytes, which is more than other forms do (``upload_handler``)."""

    def mark(view: View) -> View:
        view.largest_upload = size  # type: ignore[attr-defined]
        return view

    return mark


@admin.register(ImportRun)
class ImportRunAdmin(ScopedModelAdmin):
    """The partner's imports of the last 30 days. Nothing here is edited as a field; steps lead from a file to its rows."""

    view_capabilities = edit_capabilities = tuple(dict.fromkeys(CAPABILITIES.values()))
    partner_path = "partner"
    list_display = ["name", "kind", "state", "what", "started_by", "started"]
    list_filter = ["kind"]
    list_select_related = ["started_by"]
    ordering = ["-pk"]
    change_list_template = "admin/requests_app/importrun/change_list.html"
    start_template = "admin/requests_app/importrun/start.html"
    run_template = "admin/requests_app/importrun/run.html"
    columns_template = "admin/requests_app/importrun/columns.html"
    remove_template = "admin/requests_app/importrun/remove.html"

    # --- The list ---

    @admin.display(description=gettext_lazy("file"))
    def name(self, obj: ImportRun) -> str:
        return obj.file_name

    @admin.display(description=gettext_lazy("status"))
    def state(self, obj: ImportRun) -> SafeString:
        return state_badge(obj)

    @admin.display(description=gettext_lazy("lines"))
    def what(self, obj: ImportRun) -> str:
        if not obj.lines:
            return "–"
        counted = [(state.label, obj.counts[state.value]) for state in LineState]
        return " · ".join(f"{label} {count:,}" for label, count in counted if count)

    @admin.display(description=gettext_lazy("started"))
    def started(self, obj: ImportRun) -> SafeString:
        return format_html('<span class="nowrap">{}</span>', moment(obj.created_at))

    # --- Addresses ---

    def get_urls(self) -> list[URLPattern]:
        site = self.admin_site.admin_view
        return [
            path("export/<str:kind>/", site(self.export_view), name="requests_app_importrun_export"),
            path("<int:object_id>/columns/", site(self.columns_view), name="requests_app_importrun_columns"),
            path("<int:object_id>/reading/", site(self.reading_view), name="requests_app_importrun_reading"),
            path("<int:object_id>/confirm/", site(self.confirm_view), name="requests_app_importrun_confirm"),
            path("<int:object_id>/remove/", site(self.remove_view), name="requests_app_importrun_remove"),
            *super().get_urls(),
        ]

    def _fetch(self, request: HttpRequest, object_id: int | str, *, lock: bool = False) -> ImportRun:
        """Return the run, or 404; ``lock``: it is about to take a step."""
        found: ImportRun | None = self.get_object(request, str(object_id))
        if found is None:
            raise Http404
        if not can(request.user, CAPABILITIES[ImportKind(found.kind)], found.partner):
            raise PermissionDenied
        if lock:
            found = ImportRun.objects.select_related("partner").select_for_update(of=("self",)).get(pk=found.pk)
        return found

    def _context(self, request: HttpRequest, run: ImportRun | None, **more: Any) -> dict[str, Any]:
        kind = ImportKind(run.kind) if run is not None else None
        return self.admin_site.each_context(request) | {
            "opts": self.opts,
            "run": run,
            "title": str(run or _("Import a file")),
            "kind_url": CHANGELISTS[kind] if kind else "",
            **more,
        }

    # --- Steps ---

    @takes_files_of(reading.MAX_SIZE)
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> Any:
        """Ask for a file; POST keeps it and leads to its columns."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        initial = {"kind": request.GET.get("kind", "")}
        form = StartForm(request.POST or None, request.FILES or None, user=person(request), initial=initial)
        if request.method == "POST" and form.is_valid():
            entered = form.cleaned_data
            try:
                run = runs.start(entered["partner"], entered["kind"], entered["file"], actor=person(request))
            except NotTaken as error:
                form.add_error("file", str(error))
            except problems.Wrong as error:
                form.add_error("file", problems.text(error.as_json()))
            else:
                return redirect("admin:requests_app_importrun_columns", run.pk)
        return TemplateResponse(request, self.start_template, self._context(request, None, form=form))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Show where a run stands: at work, its preview, or what it has done."""
        run = self._fetch(request, object_id)
        if run.status == ImportStatus.MAPPING:
            return redirect("admin:requests_app_importrun_columns", run.pk)
        return self._show(request, run, ConfirmForm(run=run))

    def _show(self, request: HttpRequest, run: ImportRun, form: Form) -> HttpResponse:
        show = request.GET.get("show", "")
        lines = run.preview.all()
        if show in LineState.values:
            lines = lines.filter(state=show)
        page = (
            page_of(lines, ["number"], request.GET.get("page", ""), size=LINES_PER_PAGE) if not run.is_working else None
        )
        context = self._context(
            request,
            run,
            form=form,
            badge=state_badge(run),
            tabs=[(state.value, state.label, run.counts[state.value]) for state in LineState],
            show=show if show in LineState.values else "",
            page=page,
            lines=showing.lines(run, page.rows) if page else [],
            problem=problems.text(run.problem) if run.problem else "",
            progress=runs.progress(run) if run.is_working else 0,
            removed_on=run.created_at + runs.KEPT_FOR,
        )
        return TemplateResponse(request, self.run_template, context)

    def columns_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask what the columns mean; POST has the lines checked."""
        run = self._fetch(request, object_id, lock=request.method == "POST")
        if run.is_working or run.status == ImportStatus.DONE:
            return redirect("admin:requests_app_importrun_change", run.pk)
        form = ColumnsForm(request.POST if request.method == "POST" else None, run=run)
        if request.method == "POST" and form.is_valid():
            runs.match(run, form.chosen(form.cleaned_data), form.how(), actor=person(request))
            return redirect("admin:requests_app_importrun_change", run.pk)
        return self._show_columns(request, run, form, ReadingForm(run=run))

    def _show_columns(self, request: HttpRequest, run: ImportRun, form: Form, reading_form: Form) -> HttpResponse:
        context = self._context(
            request, run, form=form, reading=reading_form, problem=problems.text(run.problem) if run.problem else ""
        )
        return TemplateResponse(request, self.columns_template, context)

    def reading_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """POST reads the file again, in another encoding or from another sheet."""
        run = self._fetch(request, object_id, lock=request.method == "POST")
        if request.method == "POST" and run.status in (ImportStatus.MAPPING, ImportStatus.CHECKED):
            form = ReadingForm(request.POST, run=run)
            if form.is_valid():
                try:
                    runs.read_again(run, form.cleaned_data)
                except problems.Wrong as error:
                    run.refresh_from_db()
                    form.add_error(None, problems.text(error.as_json()))
            if form.errors:
                return self._show_columns(request, run, ColumnsForm(run=run), form)
        return redirect("admin:requests_app_importrun_columns", run.pk)

    def confirm_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """POST has the preview written; GET leads back to it."""
        run = self._fetch(request, object_id, lock=request.method == "POST")
        if request.method != "POST" or run.status == ImportStatus.MAPPING:
            return redirect("admin:requests_app_importrun_change", run.pk)
        form = ConfirmForm(request.POST, run=run)
        if form.is_valid():
            entered = form.cleaned_data
            try:
                runs.confirm(
                    run, digest=entered["digest"], only_right=entered.get("only_right", False), actor=person(request)
                )
            except runs.NotPossible as error:
                messages.error(request, str(error))
        else:
            messages.error(request, _("This form cannot be sent again. Open it anew."))
        return redirect("admin:requests_app_importrun_change", run.pk)

    def remove_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """GET says what happens, POST forgets the run and its file."""
        run = self._fetch(request, object_id)
        if request.method == "POST":
            try:
                runs.remove(run, actor=person(request))
            except runs.NotPossible as error:
                messages.error(request, str(error))
                return redirect("admin:requests_app_importrun_change", object_id)
            messages.success(request, _("The import of %(file)s is removed.") % {"file": run.file_name})
            return redirect("admin:requests_app_importrun_changelist")
        return TemplateResponse(request, self.remove_template, self._context(request, run))

    # --- Export ---

    def export_view(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        """Hand out what the person may edit of a kind, as a file that can be imported again."""
        if kind not in ImportKind.values:
            raise Http404
        if not can_anywhere(request.user, CAPABILITIES[ImportKind(kind)]):
            raise PermissionDenied
        wanted = request.GET.get("format", "")
        file_format = tables.Format(wanted) if wanted in tables.Format.values else tables.Format.CSV
        name = f"{exporting.NAMES[ImportKind(kind)]}-{timezone.localdate():%Y-%m-%d}"
        try:
            return tables.answer(file_format, name, exporting.headings(kind), exporting.rows(kind, person(request)))
        except tables.TooManyRows:
            messages.error(request, _("These are too many rows for XLSX. Export them as CSV."))
            return redirect(CHANGELISTS[ImportKind(kind)])

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """With their partner: every step asks for it."""
        return super().get_queryset(request).select_related("partner", "started_by")


def state_badge(run: ImportRun) -> SafeString:
    """Where an import stands: a word, a shape and a colour."""
    kind, sign = BADGES[ImportStatus(run.status)]
    return format_html('<span class="badge badge-{}">{}{}</span>', kind, icon(sign), run.get_status_display())

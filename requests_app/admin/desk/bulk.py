"""Steps with many requests at once: asking what the step needs, and what became of it."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.admin_base import ScopedModelAdmin
from accounts.http import person
from portal.lib import resume
from portal.lib.paging import page_of
from requests_app import bulk, queue
from requests_app.admin.desk.listing import address_of
from requests_app.bulk import words
from requests_app.forms.bulk import FORMS, BulkForm
from requests_app.models import MOST_AT_ONCE, BulkItem, BulkRun

RUN = "admin:requests_app_subscriptionrequest_bulk_run"
RUNS_SHOWN = 25
SELECTED_AT_MOST = 100
"""Rows of a page: a form that names more was not made by one."""


class BulkAdmin(ScopedModelAdmin):
    """Adds the pages of steps with many requests to those of the queue."""

    confirm_template = "admin/requests_app/subscriptionrequest/bulk_confirm.html"
    run_template = "admin/requests_app/subscriptionrequest/bulk_run.html"
    runs_template = "admin/requests_app/subscriptionrequest/bulk_runs.html"

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        name = "requests_app_subscriptionrequest_bulk"
        return [
            path("bulk/", resume.keeps_form(wrap(self.bulk_view)), name=name),
            path("bulk/<int:run_id>/", wrap(self.run_view), name=f"{name}_run"),
            *super().get_urls(),
        ]

    # --- Asking, and starting ---

    def bulk_view(self, request: HttpRequest) -> HttpResponse:
        """POST asks what the step needs, and takes it once that is confirmed. GET lists what its reader has started."""
        self._require_work(request)
        kept = resume.posted_or_put_aside(request)
        if kept is None:
            return self._runs(request)
        view = queue.View.of(request.GET)
        if kept.get("step") not in BulkRun.Step.values:
            messages.warning(request, _("Choose what to do with the requests."))
            return redirect(address_of(view))
        asked = Asked(request, view, kept)
        if not asked.chosen:
            messages.warning(request, _("Select the requests first: nothing was selected, or it has left this list."))
            return redirect(address_of(view))
        if request.method == "POST" and "confirmed" in kept:
            return self._start_run(request, asked)
        return self._ask_for_many(request, asked, asked.form(kept if "confirmed" in kept else None))

    def _start_run(self, request: HttpRequest, asked: "Asked") -> HttpResponse:
        form = asked.form(request.POST)
        if not form.is_valid():
            return self._ask_for_many(request, asked, form)
        try:
            run = bulk.start(person(request), asked.step, asked.chosen, key=asked.key, **form.given())
        except bulk.RunsAlready as error:
            if error.run is None:
                form.add_error(None, _("This form cannot be sent again. Open it anew."))
                return self._ask_for_many(request, asked, form)
            messages.info(request, _("You have sent this form already. Nothing was sent twice."))
            return redirect(_address(error.run, asked.view))
        if run.total <= bulk.TAKEN_AT_ONCE and not run.items.exclude(outcome=BulkItem.Outcome.DONE).exists():
            messages.success(request, words.done(run, run.total))
            return redirect(address_of(asked.view))
        return redirect(_address(run, asked.view))

    def _ask_for_many(self, request: HttpRequest, asked: "Asked", form: BulkForm) -> HttpResponse:
        outlook = bulk.outlook(asked.step, asked.chosen, person(request))
        count = len(asked.chosen)
        context = self._bulk_page(request, words.title(asked.step, outlook.possible or count)) | {
            "form": form,
            "asked": asked,
            "view": asked.view,
            "outlook": outlook,
            "possible": words.possible(asked.step, outlook.possible),
            "means": words.who_hears(asked.step) if outlook.possible else [],
            "about": words.about(count, is_everything=asked.is_everything),
            "in_background": count > bulk.TAKEN_AT_ONCE,
            "most": f"{MOST_AT_ONCE:,}",
            "resume_token": resume.token_for(person(request).pk),
        }
        return TemplateResponse(request, self.confirm_template, context)

    # --- What became of it ---

    def run_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        """Show how far a run is, and what was refused, to whoever has started it; to anybody else it does not exist."""
        self._require_work(request)
        run = BulkRun.objects.visible_to(person(request)).select_related("assignee").filter(pk=run_id).first()
        if run is None:
            raise Http404
        by_outcome = dict(run.items.values_list("outcome").annotate(count=Count("pk")).order_by("outcome"))
        done = by_outcome.pop(BulkItem.Outcome.DONE, 0)
        pending = by_outcome.pop(BulkItem.Outcome.PENDING, 0)
        refused = run.items.exclude(outcome__in=[BulkItem.Outcome.PENDING, BulkItem.Outcome.DONE])
        page = page_of(refused, ["pk"], request.GET.get("page", ""), size=100)
        context = self._bulk_page(request, words.title(run.step, run.total)) | {
            "run": run,
            "done_sentence": words.done(run, done),
            "done": done,
            "pending": pending,
            "taken": run.total - pending,
            "refused": (refused_count := sum(by_outcome.values())),
            "shown": {"taken": f"{run.total - pending:,}", "total": f"{run.total:,}", "refused": f"{refused_count:,}"},
            "reasons": [(BulkItem.Outcome(code).label, f"{count:,}") for code, count in by_outcome.items()],
            "page": page,
            "rows": [(item, words.why(item)) for item in page.rows],
            "view": queue.View.carried_by(request.GET) or queue.View(),
        }
        return TemplateResponse(request, self.run_template, context)

    def _runs(self, request: HttpRequest) -> HttpResponse:
        runs = BulkRun.objects.visible_to(person(request)).select_related("assignee")[:RUNS_SHOWN]
        context = self._bulk_page(request, _("What you have done with many requests")) | {
            "runs": [(run, words.title(run.step, run.total)) for run in runs]
        }
        return TemplateResponse(request, self.runs_template, context)

    def _bulk_page(self, request: HttpRequest, title: str) -> dict[str, Any]:
        return self.admin_site.each_context(request) | {"title": title, "subtitle": None, "opts": self.opts}

    def _require_work(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied


class Asked:
    """What a form asks to be done, with which requests: the selected ones, or everything that the view shows."""

    def __init__(self, request: HttpRequest, view: queue.View, data: QueryDict) -> None:
        self.view = view
        self.step = BulkRun.Step(data.get("step", ""))
        self.key = _uuid(data.get("submission_key", ""))
        self.is_everything = data.get("all") == "1"
        self.has_more = False
        if self.is_everything:
            newest = _number(data.get("newest", ""))
            rows = view.rows(person(request), timezone.now())
            self.chosen, self.has_more = bulk.everything(rows, newest)
            self.newest = newest or max((one.pk for one in self.chosen), default=0)
        else:
            keys = [_number(one) for one in data.getlist("selected")[:SELECTED_AT_MOST]]
            self.chosen = bulk.selected(person(request), [key for key in keys if key])

    def form(self, data: QueryDict | None) -> BulkForm:
        """Return the form of the step, empty or as it was sent."""
        return FORMS[self.step](data, partners={one.partner_id for one in self.chosen})


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.uuid4()


def _address(run: BulkRun, view: queue.View) -> str:
    return f"{reverse(RUN, args=[run.pk])}?{view.carried}"

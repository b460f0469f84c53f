"""The history of a link or a resource at the desk, and the way back to a version."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from portal.content.addresses import Known
from portal.content.admin.forms import PARTS
from portal.content.history import Version, as_it_was, versions
from portal.lib.clouds import Cloud


class HistoryPages(admin.ModelAdmin):
    """Shows the versions that the database keeps, whichever way a change came, instead of the admin's own log."""

    object_history_template = "admin/portal/versions.html"

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_restore"
        own = path("<int:pk>/restore/", self.admin_site.admin_view(self.restore), name=name)
        return [own, *super().get_urls()]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        context = {
            "versions": list(reversed(versions(row))) if row else [],
            "may_restore": row is not None and self.has_change_permission(request, row),
            "restore_url": reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_restore", args=[object_id])
            if row
            else "",
        }
        return super().history_view(request, object_id, (extra_context or {}) | context)

    def restore(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make an earlier version the newest one. It is checked like one that is typed; whether readers see it stays.

        Nothing is written where somebody has saved since the history was shown, or where what was right then would be
        refused today.
        """
        row = self.get_object(request, str(pk))
        if row is None:
            raise Http404
        history = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_history", args=[pk])
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        if request.method != "POST":
            return redirect(history)
        there = versions(row)
        wanted = next((one for one in there if str(one.number) == request.POST.get("version")), None)
        if wanted is None:
            raise Http404
        if request.POST.get("newest") != str(there[-1].number):
            messages.warning(request, _("Somebody has saved this meanwhile. Look at the newest version, then decide."))
            return redirect(history)
        self._bring_back(request, row, wanted)
        return redirect(history)

    def _bring_back(self, request: HttpRequest, row: Any, wanted: Version) -> None:
        """Save what a form with the earlier texts says, or say what is wrong with it."""
        form_class: Any = self.get_form(request, row, change=True)
        earlier = as_it_was(row, wanted.snapshot)
        texts = form_class(instance=earlier, initial=addresses_as_typed(wanted.snapshot.addresses)).as_posted()
        form = form_class(texts, instance=row)
        if not form.is_valid():
            for name, errors in form.errors.items():
                problem = " ".join(map(str, errors))
                if name in form.fields:
                    label = capfirst(form.fields[name].label or name)
                    problem = _("{field}: {problem}").format(field=label, problem=problem)
                messages.error(request, problem)
            messages.error(request, _("Version %(number)d was not restored.") % {"number": wanted.number})
            return
        self.save_model(request, form.save(commit=False), form, change=True)
        form.save_m2m()
        self.log_change(request, row, _("Version %(number)d restored.") % {"number": wanted.number})
        messages.success(request, _("It is as it was in version %(number)d.") % {"number": wanted.number})


def addresses_as_typed(known: dict[Cloud, Known] | Any) -> dict[str, Any]:
    """Return the initial values of all address inputs of a form, empty for clouds that are not ``known``."""
    return {
        f"{part}_{cloud}": getattr(known[cloud], part) if cloud in known else "" for cloud in Cloud for part in PARTS
    }

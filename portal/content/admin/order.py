"""The page where content is put in order: by mouse, by keyboard, and without any script by buttons."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from portal.content.ordering import moved_by_one, reorder


class OrderPage(admin.ModelAdmin):
    """Lists what the person keeps in the order in which readers meet it, and takes another order in one POST."""

    grouped_by = ""
    """A column with choices: rows are put in order within each."""

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_order"
        return [path("order/", self.admin_site.admin_view(self.order), name=name), *super().get_urls()]

    def order(self, request: HttpRequest) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        rows = self.editable(request, self.model._default_manager.order_by())  # type: ignore[attr-defined]
        if request.method == "POST":
            return self._put_in_order(request, rows)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Order of %(name)s") % {"name": self.opts.verbose_name_plural},
            "opts": self.opts,
            "groups": self._groups(rows.order_by("position", "pk")),
            "list_url": reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"),
            "list_name": capfirst(self.opts.verbose_name_plural),
        }
        return render(request, "admin/portal/order.html", context)

    def _groups(self, rows: Any) -> list[tuple[str, list[Any]]]:
        """Return the rows by what they are grouped by, in the order of its choices; groups without rows are left out."""
        present = list(rows)
        if not self.grouped_by:
            return [("", present)] if present else []
        choices: Any = self.opts.get_field(self.grouped_by)
        groups = [
            (str(label), [row for row in present if getattr(row, self.grouped_by) == value])
            for value, label in choices.flatchoices
        ]
        return [(label, members) for label, members in groups if members]

    def _put_in_order(self, request: HttpRequest, rows: Any) -> HttpResponse:
        """Save the order that was sent; one of the buttons moves its row by one place, first."""
        wanted = [
            int(one) for one in request.POST.getlist("order") if one.isascii() and one.isdecimal() and len(one) < 19
        ]
        direction, _dash, name = request.POST.get("move", "").partition("-")
        there = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_order")
        if name.isascii() and name.isdecimal() and len(name) < 19:
            pk = int(name)
            groups = [{row.pk for row in members} for _label, members in self._groups(rows)]
            among = next((group for group in groups if pk in group), set())
            wanted = moved_by_one(wanted, pk, up=direction == "up", among=among)
            there = f"{there}#row-{pk}"
        if reorder(rows, wanted):
            messages.success(request, _("The order is saved."))
        return redirect(there)

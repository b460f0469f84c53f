"""What a view shows, as a file."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.admin_base import ScopedModelAdmin
from accounts.http import person
from portal.lib import tables
from requests_app import export, queue
from requests_app.admin.desk.listing import address_of


class ExportAdmin(ScopedModelAdmin):
    """Adds the export to the pages of the queue."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_safe(self.export_view))
        return [path("export/", view, name="requests_app_subscriptionrequest_export"), *super().get_urls()]

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """Hand out everything that the view shows, in its order: CSV of any length, XLSX up to 100,000 rows."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        view, now = queue.View.of(request.GET), timezone.now()
        file_format = tables.Format(asked) if (asked := request.GET.get("format")) in tables.Format.values else None
        if file_format is None:
            messages.warning(request, _("Choose CSV or XLSX."))
            return redirect(address_of(view))
        rows, most = view.rows(person(request), now), tables.MOST_ROWS_OF_XLSX
        if file_format == tables.Format.XLSX and rows.order_by().values("pk")[most : most + 1]:
            text = _("The view shows more than %(most)s requests, which is too many for XLSX. Take CSV, or show fewer.")
            messages.warning(request, text % {"most": f"{most:,}"})
            return redirect(address_of(view))
        name = f"requests-{timezone.localtime(now):%Y-%m-%d}"
        return tables.answer(file_format, name, export.HEADINGS, export.rows_of(rows))

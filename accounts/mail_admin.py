"""Mails in the admin, for staff: which have left, which wait, which have failed. Never what they say."""

import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts import mail
from accounts.admin_base import ScopedModelAdmin
from accounts.http import person
from accounts.models import TEXTS_OF_FAILED_MAILS_STAY, Delivery
from accounts.permissions import Capability
from portal.lib.display import day, icon, moment

State = Delivery.State
BADGES = {
    State.WAITING: ("info", "hourglass"),
    State.SENT: ("success", "check"),
    State.FAILED: ("danger", "circle-alert"),
}

KINDS = {
    "request": _("About a request"),
    "handed_over": _("Requests handed over"),
    "renewals": _("Renewals"),
    "invitation": _("Invitation"),
    "new_manager": _("New manager"),
    "login_code": _("Sign-in code"),
    "reauthentication_code": _("Code to confirm it is you"),
    "password_reset_key": _("Password reset"),
    "password_reset": _("Password reset"),
    "password_reset_code": _("Password reset"),
    "email_confirmation": _("Confirmation of an address"),
    "email_confirmation_signup": _("Confirmation of an address"),
} | dict.fromkeys(
    ["account_already_exists", "email_changed", "email_confirm", "email_deleted", "password_changed", "password_set",
     "recovery_codes_generated", "second_factor_removed", "totp_activated", "totp_deactivated", "webauthn_added",
     "webauthn_removed"],
    _("Change of an account"),
)  # fmt: skip
"""What staff read about a mail instead of its subject. Of another kind they read the name of its template."""


class StateFilter(admin.SimpleListFilter):
    """Where mails stand. Without a choice: those that have failed."""

    title = _("show")
    parameter_name = "show"
    template = "admin/filter_tabs.html"
    as_tabs = True

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("waiting", pgettext_lazy("mails", "Waiting")),
            ("sent", pgettext_lazy("mails", "Sent")),
            ("all", _("All")),
        ]

    def choices(self, changelist: Any) -> Any:
        default, *others = super().choices(changelist)
        yield default | {"display": pgettext("mails", "Failed")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        rows: Any = queryset
        shown = {"waiting": rows.waiting, "sent": lambda: rows.exclude(sent_at=None), "all": rows.all}
        return shown.get(self.value() or "", rows.failed)()


class DeliveryAdmin(ScopedModelAdmin):
    """What became of each mail. Nothing is edited; one that has not left can be sent again while its text is there."""

    view_capabilities = (Capability.MANAGE_PARTNERS,)
    edit_capabilities = ()
    may_be_added = False
    list_display = ["recipient", "what", "state", "attempts", "last_error", "written"]
    list_filter = [StateFilter]
    search_fields = ["recipient"]
    search_help_text = _("E-mail address")
    ordering = ["-pk"]
    actions = ["send_again"]
    change_list_template = "admin/accounts/delivery/change_list.html"
    fields = ["recipient", "what", "state", "created_at", "attempts", "last_try_at", "next_try", "last_error", "sent_at",
              "failed_at", "text", "message_id"]  # fmt: skip

    def get_list_display(self, request: HttpRequest) -> Any:
        """Show of mails in one state what only those have, instead of the state."""
        show = request.GET.get("show", "")
        columns = [column for column in self.list_display if column != "state" or show == "all"]
        return [*columns, *{"waiting": ["next_try"], "sent": ["left"]}.get(show, [])]

    @admin.display(description=_("kind"), ordering="kind")
    def what(self, obj: Delivery) -> SafeString:
        name = KINDS.get(obj.kind) or obj.kind.replace("_", " ") or pgettext("mail", "Other")
        return format_html('<span class="nowrap">{}</span>', name)

    @admin.display(description=_("status"))
    def state(self, obj: Delivery) -> SafeString:
        kind, sign = BADGES[obj.state]
        return format_html('<span class="badge badge-{}">{}{}</span>', kind, icon(sign), obj.state.label)

    @admin.display(description=pgettext_lazy("mail", "written"), ordering="pk")
    def written(self, obj: Delivery) -> SafeString:
        return _on_one_line(obj.created_at)

    @admin.display(description=_("next try"))
    def next_try(self, obj: Delivery) -> SafeString:
        return _on_one_line(obj.next_try_at)

    @admin.display(description=pgettext_lazy("mail", "sent"), ordering="sent_at")
    def left(self, obj: Delivery) -> SafeString:
        return _on_one_line(obj.sent_at)

    @admin.display(description=pgettext_lazy("mail", "text"))
    def text(self, obj: Delivery) -> str:
        if not obj.has_text:
            return pgettext("mail", "erased")
        if obj.failed_at is None:
            return gettext("kept until it has left")
        return gettext("kept until %(day)s") % {"day": day(obj.failed_at + TEXTS_OF_FAILED_MAILS_STAY)}

    # --- Sending again ---

    def has_send_permission(self, request: HttpRequest) -> bool:
        return self._may(request, (Capability.MANAGE_PARTNERS,))

    def get_actions(
        self, request: HttpRequest, action_location: admin.ActionLocation = admin.ActionLocation.CHANGE_LIST
    ) -> dict[str, Any]:
        """Offer to send again where there may be something to send."""
        return {} if request.GET.get("show") == "sent" else super().get_actions(request, action_location)

    @admin.action(description=_("Send again"), permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        """Send those that can be sent, and say how many could not."""
        asked = list(queryset.values_list("pk", flat=True))
        self._send_again(request, asked)

    def _send_again(self, request: HttpRequest, asked: list[int]) -> None:
        sent = mail.send_again(asked, actor=person(request))
        if sent:
            rows = Delivery.objects.filter(pk__in=sent)
            LogEntry.objects.log_actions(person(request).pk, rows, CHANGE, change_message=gettext("Sent again."))
            text = ngettext("%(count)d mail is on its way again.", "%(count)d mails are on their way again.", len(sent))
            messages.success(request, text % {"count": len(sent)})
        if left := len(asked) - len(sent):
            text = ngettext(
                "%(count)d mail was left out: it has been sent meanwhile, or its text is erased.",
                "%(count)d mails were left out: they have been sent meanwhile, or their texts are erased.",
                left,
            )
            messages.warning(request, text % {"count": left})

    def get_urls(self) -> list[URLPattern]:
        step = self.admin_site.admin_view(self.send_again_view)
        return [path("<int:object_id>/send-again/", step, name="accounts_delivery_send_again"), *super().get_urls()]

    def send_again_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """GET says what happens, POST sends the mail again."""
        found: Delivery | None = self.get_object(request, str(object_id))
        if found is None:
            raise Http404
        if request.method == "POST":
            self._send_again(request, [found.pk])
            return redirect("admin:accounts_delivery_change", object_id)
        context = self.admin_site.each_context(request) | {
            "delivery": found,
            "opts": self.opts,
            "what": self.what(found),
        }
        return TemplateResponse(request, "admin/accounts/delivery/send_again.html", context)


def _on_one_line(value: datetime.datetime | None) -> SafeString:
    return format_html('<span class="nowrap">{}</span>', moment(value) or "–")

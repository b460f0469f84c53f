"""The page of addresses that want a look: due, or with something that the site's own check has found."""

import datetime
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.http import person
from accounts.models import Partner, User
from accounts.permissions import Capability, partners_where
from portal.content.checker import rows as checks
from portal.content.verifying import NotTakenOver, take_over, verify
from portal.lib.clouds import Cloud
from portal.lib.paging import page_of
from portal.models import FOUND_SOMETHING, CheckResult, ContentAddress

NEVER = datetime.date(2000, 1, 1)
"""Stands for the day of what nobody has verified, so that it comes first."""

SHAPES = {
    CheckResult.OPENS: ("success", "check"),
    CheckResult.SIGN_IN: ("success", "lock"),
    CheckResult.MOVED: ("warning", "arrow-right"),
    CheckResult.GONE: ("danger", "x"),
    CheckResult.TIMEOUT: ("warning", "hourglass"),
    CheckResult.UNREACHABLE: ("danger", "triangle-alert"),
}


class Show(models.TextChoices):
    """Which addresses the page lists."""

    WANTED = "", gettext_lazy("Due, or something was found")
    DUE = "due", gettext_lazy("Due for verification")
    FOUND = "found", gettext_lazy("Something was found")
    ALL = "all", pgettext_lazy("addresses", "All")


NOT_CHECKED = "none"


class ChoiceForm(forms.Form):
    """What the list is narrowed down to; whatever makes no sense is as if nothing had been chosen."""

    show = forms.ChoiceField(label=gettext_lazy("Show"), choices=Show, required=False)
    cloud = forms.ChoiceField(label=gettext_lazy("Microsoft cloud"), required=False)
    result = forms.ChoiceField(label=gettext_lazy("Found by the check"), required=False)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        cloud: Any = self.fields["cloud"]
        cloud.choices = [("", pgettext_lazy("clouds", "Any")), *Cloud.choices]
        result: Any = self.fields["result"]
        not_checked = [(NOT_CHECKED, gettext_lazy("not checked yet"))]
        result.choices = [("", pgettext_lazy("result", "Any")), *CheckResult.choices, *not_checked]

    def narrowed(self, rows: Any, today: datetime.date) -> Any:
        self.is_valid()
        chosen = self.cleaned_data
        show, cloud, result = (chosen.get(name, "") for name in ("show", "cloud", "result"))
        if show != Show.ALL:
            due, found = rows.due(today), rows.filter(check_result__in=FOUND_SOMETHING)
            rows = {Show.DUE: due, Show.FOUND: found}.get(show, due | found)
        if cloud:
            rows = rows.filter(cloud=cloud)
        if result:
            rows = rows.filter(check_result="" if result == NOT_CHECKED else result)
        return rows


@dataclass(frozen=True, slots=True)
class Row:
    """An address as the page shows it."""

    address: ContentAddress
    is_due: bool
    edit_url: str

    @property
    def shape(self) -> tuple[str, str]:
        """The colour and the icon of what the check has found."""
        return SHAPES[CheckResult(self.address.check_result)]

    @property
    def detail(self) -> str:
        """Why it cannot be reached, in words."""
        if self.address.check_reason:
            return str(self.address.get_check_reason_display())
        if self.address.check_result == CheckResult.UNREACHABLE and self.address.check_status:
            return _("it answers with status %(status)d") % {"status": self.address.check_status}
        return ""


def kept_or_refused(user: User) -> Any:
    """Return the addresses that ``user`` keeps. Raises PermissionDenied for who keeps no content."""
    if partners_where(user, Capability.MANAGE_CONTENT, Capability.MANAGE_OWN_CONTENT) == []:
        raise PermissionDenied
    return ContentAddress.objects.kept_by(user)


@require_http_methods(["GET", "HEAD", "POST"])
def show_addresses(request: HttpRequest) -> HttpResponse:
    """List what wants a look; POST notes that somebody has looked, takes an address over, or has it checked."""
    user = person(request)
    rows = kept_or_refused(user)
    if request.method == "POST":
        _answer(request, user)
        return redirect(request.get_full_path())
    today = timezone.localdate()
    form = ChoiceForm(request.GET)
    found = form.narrowed(rows, today).annotate(looked=Coalesce("verified_on", Value(NEVER)))
    page = page_of(found.select_related("link", "resource"), ["looked", "pk"], request.GET.get("page", ""))
    context = {
        **admin.site.each_context(request),
        "title": _("Addresses to verify"),
        "form": form,
        "page": page,
        "rows": [Row(one, one.is_due(today), _edit_url(one)) for one in page.rows],
        "partners": _partners(user),
        "checks_are_on": checks.is_on(),
        "is_narrowed": any(form.cleaned_data.values()),
    }
    return render(request, "admin/portal/addresses.html", context)


def _partners(user: User) -> dict[int, str]:
    """Return the names of the partners whose content somebody keeps, where there can be several."""
    partners = partners_where(user, Capability.MANAGE_OWN_CONTENT)
    if partners is not None and len(partners) < 2:
        return {}
    rows = Partner.objects.visible_to(user)
    return dict((rows if partners is None else rows.filter(pk__in=partners)).values_list("pk", "name"))


def _edit_url(row: ContentAddress) -> str:
    name = "selfservicelink" if row.link_id else "supportresource"
    return reverse(f"admin:portal_{name}_change", args=[row.link_id or row.resource_id])


# --- What is done ---


def _answer(request: HttpRequest, user: User) -> None:
    """Do what one of the buttons says: its value is an address, or "selected"."""
    for name, do in (("verify", _verify), ("check", _check), ("take_over", _take_over)):
        if name in request.POST:
            do(request, user, _keys(request, request.POST[name]))
            return
    messages.warning(request, _("Choose what to do with the addresses."))


def _keys(request: HttpRequest, said: str) -> list[int]:
    wanted = request.POST.getlist("selected") if said == "selected" else [said]
    return [int(one) for one in wanted if one.isascii() and one.isdecimal() and len(one) < 19]


def _verify(request: HttpRequest, user: User, keys: list[int]) -> None:
    seen = {key: request.POST[f"address-{key}"] for key in keys if f"address-{key}" in request.POST}
    verified, others = verify(user, seen, timezone.localdate())
    if verified:
        text = ngettext(
            "%(count)d address is verified as of today.", "%(count)d addresses are verified as of today.", verified
        )
        messages.success(request, text % {"count": verified})
    if others:
        text = ngettext(
            "%(count)d address was changed since you opened the page. Look at it once more.",
            "%(count)d addresses were changed since you opened the page. Look at them once more.",
            others,
        )
        messages.warning(request, text % {"count": others})
    if not verified and not others:
        messages.warning(request, _("Select the addresses that you have looked at."))


def _check(request: HttpRequest, user: User, keys: list[int]) -> None:
    if not checks.is_on():
        messages.warning(request, _("The link checker is switched off on this site."))
        return
    count = checks.enqueue(ContentAddress.objects.kept_by(user).filter(pk__in=keys), timezone.now())
    if not count:
        messages.warning(request, _("Select addresses that can be checked: those with {tenant} in them cannot."))
        return
    text = ngettext(
        "%(count)d address is being checked. Open the page again in a minute.",
        "%(count)d addresses are being checked. Open the page again in a minute or two.",
        count,
    )
    messages.success(request, text % {"count": count})


def _take_over(request: HttpRequest, user: User, keys: list[int]) -> None:
    row = None
    try:
        for key in keys[:1]:
            row = take_over(user, key, request.POST.get(f"leads-to-{key}", ""))
    except NotTakenOver as problem:
        messages.error(request, _("The address stays as it is: %(problem)s") % {"problem": problem})
        return
    if row is None:
        messages.warning(request, _("Choose the address that has moved."))
        return
    messages.success(
        request, _("Customers are led to %(address)s now. Open it, then verify it.") % {"address": row.address}
    )

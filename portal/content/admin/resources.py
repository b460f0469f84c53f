"""What customers read before they ask, and how often it answered them."""

import datetime
from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import F, Func, Value
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from portal.content.admin.base import ADDRESSES, PUBLISHING, ContentAdmin
from portal.content.admin.filters import KindFilter
from portal.content.admin.forms import SupportResourceForm
from portal.lib.clouds import Service
from portal.models import State, SupportResource
from requests_app.models import Kind

RECENTLY = datetime.timedelta(days=90)
"""How far back answers count."""

EVER = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)

MANY = 3
"""More services than that are counted in a list, not named."""


def _verdicts(*, helped: bool) -> Func:
    now = Value(timezone.now() + datetime.timedelta(minutes=1))
    return Func(
        F("pk"),
        Value(EVER),
        now,
        Value(helped),
        function="portal_article_verdicts",
        output_field=models.BigIntegerField(),
    )


def _answers(since: datetime.datetime) -> Func:
    return Func(F("pk"), Value(since), function="portal_help_answers", output_field=models.BigIntegerField())


@admin.register(SupportResource)
class SupportResourceAdmin(ContentAdmin):
    """Texts, pages of Microsoft's, or both."""

    form = SupportResourceForm
    list_display = ["name", "before", "about", "known_in", "answers", "shown_state", "verified"]
    list_filter = [KindFilter, *ContentAdmin.shared_filters]
    search_fields = ["key", "title", "summary", "body"]
    search_help_text = _("Title, text or key")
    fieldsets = [
        (None, {"fields": ["partner", "title", "summary", "body", "key"]}),
        (_("Where it belongs"), {"fields": ["kinds", "services"]}),
        (
            _("Addresses"),
            {
                "description": _(
                    "Where it has no address, customers of that cloud read the text alone; without a text they do not "
                    "see it. {tenant} is the tenant prefix."
                ),
                "fields": ADDRESSES,
            },
        ),
        (
            _("Publishing"),
            {
                "description": _("What somebody has said something about cannot be deleted: make it a draft instead."),
                "fields": [*PUBLISHING, "verified_on"],
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Add how often each has answered, lately and ever, counted by the database: staff see how many, not whose."""
        counts = {"answers_found": timezone.now() - RECENTLY, "answers_ever": EVER}
        answers = {name: _answers(since) for name, since in counts.items()}
        verdicts = _verdicts(helped=True) + _verdicts(helped=False)
        return super().get_queryset(request).annotate(**answers, verdicts_ever=verdicts)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What has answered somebody stays, unpublished: deleted, it would take along what it has been good for."""
        counted = getattr(obj, "answers_ever", 0) or getattr(obj, "verdicts_ever", 0)
        return super().has_delete_permission(request, obj) and not counted

    def view_on_site(self, obj: SupportResource) -> str | None:
        """Lead to the page as customers read it; what they do not see has none."""
        return obj.get_absolute_url() if obj.state(timezone.now()) == State.PUBLISHED else None

    @admin.display(description=_("answered in 90 days"), ordering="-answers_found")
    def answers(self, obj: Any) -> int:
        return int(obj.answers_found)

    @admin.display(description=_("before"))
    def before(self, obj: SupportResource) -> str:
        return ", ".join(str(Kind(kind).label) for kind in obj.kinds) or gettext("each request")

    @admin.display(description=_("about"))
    def about(self, obj: SupportResource) -> str:
        if len(obj.services) > MANY:
            names = len(obj.services)
            return ngettext("%(number)d service", "%(number)d services", names) % {"number": names}
        return ", ".join(str(Service(service).label) for service in obj.services) or gettext("all services")

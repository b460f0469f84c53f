"""The list of requests as anybody would write it on the first day: Django's documentation, applied."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest

from requests_app.models import Status, SubscriptionRequest


@admin.register(SubscriptionRequest)
class SubscriptionRequestAdmin(admin.ModelAdmin):
    """Foreign keys are plain menus: ``raw_id_fields`` and ``autocomplete_fields`` come on the second day."""

    list_display = ("number", "customer", "subscription", "kind", "status", "deadline", "assignee", "submitted_at")
    list_filter = ("status", "kind", "partner", "subscription__product")
    search_fields = ("number", "customer__name", "subscription__external_id")
    date_hierarchy = "submitted_at"
    list_per_page = 25
    actions = ("claim",)

    @admin.action(description="Claim the selected requests")
    def claim(self, request: HttpRequest, queryset: Any) -> None:
        claimed = queryset.filter(status=Status.SUBMITTED).update(status=Status.IN_REVIEW, assignee=request.user)
        messages.success(request, f"{claimed} claimed.")

"""What every template may know."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts.active_customer import active_customer, customers_of
from accounts.permissions import may_enter_desk
from portal.content import announcements
from requests_app import waiting

THEMES = ("light", "dark")


def site(request: HttpRequest) -> dict[str, Any]:
    """The header's facts, read only by templates that show them."""
    theme = request.COOKIES.get(settings.THEME_COOKIE_NAME, "")
    return {
        "demo": settings.DEMO,
        "second_factor_required": settings.SECOND_FACTOR_REQUIRED,
        "theme": theme if theme in THEMES else "",
        "current_customer": lambda: active_customer(request),
        "my_customers": lambda: customers_of(request),
        "may_enter_desk": lambda: may_enter_desk(request.user),
        "news": lambda: announcements.of_request(request),
        "waiting": lambda: waiting.of_request(request),
    }

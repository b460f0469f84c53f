"""What stands beside the form on a partner's page: its card as customers see it, its holidays, its own content."""

from typing import Any

from django import template
from django.conf import settings
from django.db.models import Model, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.safestring import SafeString

from accounts.models import Partner, User
from accounts.permissions import Capability, can
from portal.lib.counting import count_each
from portal.models import Announcement, SelfServiceLink, SupportResource

OWN_CONTENT: tuple[type[Model], ...] = (SelfServiceLink, SupportResource, Announcement)
"""What a partner keeps for its own customers; each has a ``partner`` and a list in the admin."""

MOST_HOLIDAYS = 5

register = template.Library()


@register.inclusion_tag("admin/accounts/partner/beside.html", takes_context=True)
def partner_beside(context: Any, partner: Partner) -> dict[str, Any]:
    """Show it; a statement for the holidays and one for the content that the reader keeps."""
    user: User = context["user"]
    today = timezone.now().astimezone(partner.zone).date()
    keeps = can(user, Capability.MANAGE_OWN_CONTENT, partner) or can(user, Capability.MANAGE_CONTENT)
    return {
        "partner": partner,
        "cards": [(code, _card(partner, code)) for code, _name in settings.LANGUAGES],
        "holidays": partner.holidays.filter(date__gte=today).order_by("date")[:MOST_HOLIDAYS],
        "may_keep": can(user, Capability.MANAGE_OWN_PARTNER, partner) or can(user, Capability.MANAGE_PARTNERS),
        "content": _counted(partner) if keeps else [],
    }


def _card(partner: Partner, language: str) -> SafeString:
    """Return the card that customers see, in a language."""
    with translation.override(language):
        card = {"partner": partner, "card_id": f"partner-title-{language}"}
        return SafeString(render_to_string("components/partner_card.html", card))


def _counted(partner: Partner) -> list[tuple[str, str, int]]:
    """Return what each kind of content is called, where it is kept, and how much of it is the partner's own."""
    counts = count_each([(model._default_manager.filter(partner=partner), {"own": Q()}) for model in OWN_CONTENT])
    return [
        (
            str(model._meta.verbose_name_plural),
            reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"),
            count["own"],
        )
        for model, count in zip(OWN_CONTENT, counts, strict=True)
    ]

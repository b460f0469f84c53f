"""The way to what somebody has who is away, from the pages that say who belongs to a team."""

from typing import Any

from django import template

from accounts.permissions import Capability, can_anywhere

register = template.Library()


@register.simple_tag(takes_context=True)
def may_hand_over(context: Any) -> bool:
    """Return whether the reader looks after colleagues whose requests can be handed over."""
    return can_anywhere(context["request"].user, Capability.MANAGE_COLLEAGUES)

"""What the templates of the site share; the functions themselves are in ``portal.lib.display``."""

from django import template

from portal.lib import display

register = template.Library()

register.simple_tag(display.icon)
register.simple_tag(display.status_badge)
register.simple_tag(display.deadline)
register.filter(display.moment)
register.filter(display.day)
register.filter(display.time_left)
register.filter(display.days_until)


@register.filter
def get(mapping: dict[object, object], key: object) -> object | None:
    """The value that ``mapping`` has for ``key``, or None."""
    return mapping.get(key)

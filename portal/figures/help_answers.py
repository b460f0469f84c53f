"""What support resources have answered, so that nothing had to be asked."""

from dataclasses import dataclass

from django.db.models import Count
from django.utils.translation import gettext as _

from accounts.models import Partner, User
from portal.models import HelpAnswer
from requests_app.figures import Period


@dataclass(frozen=True, slots=True)
class Helped:
    """How often a support resource was what somebody needed."""

    name: str
    count: int


def helped(user: User, partner: Partner, period: Period) -> list[Helped]:
    """Count the answers found in ``period`` at the partner's customers, the most helpful resource first; one statement."""
    found = (
        HelpAnswer.objects.visible_to(user)
        .filter(partner=partner, created_at__gte=period.begins, created_at__lt=period.ends)
        .values("resource", "resource__title")
        .annotate(count=Count("pk"))
        .order_by("-count", "resource")
    )
    return [
        Helped(str(one["resource__title"]) if one["resource"] else _("The page as a whole"), one["count"])
        for one in found
    ]

"""Did this help? What a reader says about an article."""

import datetime

from accounts.models import Customer, User
from portal.models import ArticleVerdict, SupportResource


def say(resource: SupportResource, *, helped: bool, actor: User, customer: Customer, now: datetime.datetime) -> None:
    """Keep that ``actor`` says so, in place of what they have said of the article before."""
    verdict = ArticleVerdict(
        resource=resource,
        user=actor,
        customer=customer,
        partner_id=customer.partner_id,
        helped=helped,
        said_at=now,
    )
    ArticleVerdict.objects.bulk_create(
        [verdict],
        update_conflicts=True,
        unique_fields=["user", "resource"],
        update_fields=["customer", "partner", "helped", "said_at"],
    )


def said_by(user: User, resource: SupportResource) -> bool | None:
    """Return what ``user`` has said of the article; None: nothing yet."""
    found: bool | None = (
        ArticleVerdict.objects.filter(user=user, resource=resource).values_list("helped", flat=True).first()
    )
    return found

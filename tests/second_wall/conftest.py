"""What the tests of the second wall look at."""

import pytest
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.contenttypes.models import ContentType

from tests import factories


@pytest.fixture
def rows(cast):
    """One of everything at each of the three customers; somebody at Victoria Dental has left since."""
    for customer, author, agent in (
        (cast.customer, cast.alice, cast.dana),
        (cast.sibling, cast.charlie, cast.max),
        (cast.foreign_customer, cast.frank, cast.erin),
    ):
        filed = factories.purchase(customer, author)
        factories.in_status(filed, "completed", agent=agent, author=author)
        LogEntry.objects.create(
            user=agent, content_type=ContentType.objects.get_for_model(filed), action_flag=ADDITION, object_repr="x"
        )
    return cast

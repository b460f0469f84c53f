"""Draft, scheduled, published, expired: one rule in Python, in SQL and in the database's constraint."""

import datetime
import itertools

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from portal.content import publishing
from portal.models import SelfServiceLink, State
from tests import factories

NOW = datetime.datetime(2026, 11, 22, 9, tzinfo=datetime.UTC)
SECOND = datetime.timedelta(seconds=1)
MOMENTS = [None, NOW - 2 * SECOND, NOW - SECOND, NOW, NOW + SECOND, NOW + 2 * SECOND]
MOMENT = st.none() | st.integers(-100_000, 100_000).map(lambda minutes: NOW + datetime.timedelta(minutes=minutes))


def plain_rule(is_draft, begins, ends, at):
    """The rule as an editor would say it: half-open, a draft never, open where nothing is said."""
    if is_draft:
        return "draft"
    if begins is not None and at < begins:
        return "scheduled"
    return "expired" if ends is not None and ends <= at else "published"


@given(st.booleans(), MOMENT, MOMENT, MOMENT.filter(bool))
def test_state_is_what_an_editor_would_say(is_draft, begins, ends, at):
    link = SelfServiceLink(is_draft=is_draft, publish_from=begins, publish_until=ends)
    assert link.state(at) == plain_rule(is_draft, begins, ends, at)


def every_combination():
    for number, (is_draft, begins, ends) in enumerate(itertools.product([False, True], MOMENTS, MOMENTS)):
        if begins is None or ends is None or begins < ends:
            yield SelfServiceLink(
                key=f"link-{number}",
                title={"en": "Link"},
                category="administer",
                is_draft=is_draft,
                publish_from=begins,
                publish_until=ends,
            )


@pytest.mark.django_db
def test_database_finds_the_same_states():
    """Around the edges, to the second: each row is in exactly one state, and in the one that Python says."""
    links = SelfServiceLink.objects.bulk_create(every_combination())
    found = {state: {one.key for one in SelfServiceLink.objects.in_state(state, NOW)} for state in State}
    expected = {state: {one.key for one in links if one.state(NOW) == state} for state in State}
    assert found == expected
    assert all(expected.values())
    assert {one.key for one in SelfServiceLink.objects.current(NOW)} == expected[State.PUBLISHED]


@pytest.mark.django_db
@pytest.mark.parametrize("ends", [NOW, NOW - SECOND])
def test_what_ends_before_it_begins_is_refused(ends):
    link = SelfServiceLink(key="x", title={"en": "X"}, category="help", publish_from=NOW, publish_until=ends)
    with pytest.raises(ValidationError, match="It would end before it begins"):
        link.full_clean()
    with pytest.raises(IntegrityError, match="ends_after_it_begins"), transaction.atomic():
        link.save()


# --- Many at once ---


@pytest.mark.django_db
def test_publishing_shows_every_row_and_keeps_what_does_not_stand_in_the_way():
    SelfServiceLink.objects.bulk_create(every_combination())
    before = SelfServiceLink.objects.in_bulk()
    hidden = sum(one.state(NOW) != State.PUBLISHED for one in before.values())
    assert publishing.publish(SelfServiceLink.objects.all(), NOW) == hidden
    for after in SelfServiceLink.objects.all():
        was = before[after.pk]
        assert after.state(NOW) == State.PUBLISHED
        assert after.publish_from == (was.publish_from if not was.publish_from or was.publish_from <= NOW else None)
        assert after.publish_until == (was.publish_until if not was.publish_until or was.publish_until > NOW else None)
    assert publishing.publish(SelfServiceLink.objects.all(), NOW) == 0


@pytest.mark.django_db
def test_taking_back_makes_drafts_and_keeps_the_moments():
    factories.link("shown", publish_from=NOW)
    factories.link("draft", is_draft=True)
    assert publishing.unpublish(SelfServiceLink.objects.all()) == 1
    assert [(one.is_draft, one.publish_from) for one in SelfServiceLink.objects.order_by("key")] == [
        (True, None),
        (True, NOW),
    ]

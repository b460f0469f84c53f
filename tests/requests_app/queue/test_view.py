"""What an address of the queue says."""

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from requests_app.models import Kind
from requests_app.queue import ORDERS, PAGE_SIZES, SHOWS, View

KEYS = st.none() | st.integers(1, 10**18 - 1)
WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Z")), max_size=30)
CURSORS = st.sampled_from(["", "WyJvIiwgMV0", "-_a"])


@st.composite
def views(draw):
    """Any view, as it comes out of some address."""
    said = {
        "show": draw(st.sampled_from(SHOWS)), "kind": draw(st.sampled_from(["", *Kind.values])), "customer": draw(KEYS),
        "assignee": draw(KEYS), "partner": draw(KEYS), "product": draw(KEYS), "q": draw(WORDS),
        "within": draw(st.sampled_from(["", "anywhere"])), "order": draw(st.sampled_from(["", *ORDERS])),
        "per": draw(st.sampled_from(PAGE_SIZES)), "after": draw(CURSORS), "before": draw(CURSORS),
    }  # fmt: skip
    query = QueryDict(mutable=True)
    query.update({name: str(value) for name, value in said.items() if value})
    return View.of(query)


@given(views())
def test_an_address_can_be_shared(view):
    assert View.of(QueryDict(view.query())) == view
    assert View.carried_by(QueryDict(view.carried)) == view


@given(views(), views())
def test_a_change_leads_to_a_view_that_an_address_can_say(view, other):
    changed = view.query(show=other.show, q=other.q, per=other.per)
    assert View.of(QueryDict(changed)).query() == changed
    assert "after" not in changed.split("q=")[0]


NONSENSE = (
    "show=nonsense&kind=x&customer=abc&assignee=-1&partner=%00&product=" + "9" * 30 + "&q=%00&within=anywhere"
    "&order=deadline;drop&per=26&after=%3Cscript%3E&before=" + "A" * 501
)


@pytest.mark.parametrize(
    "said", ["", NONSENSE, "order=deadline", "per=25", "show=&kind=&q=", "within=anywhere", "q=+%0a"]
)
def test_nonsense_is_the_default(said):
    assert View.of(QueryDict(said)) == View()
    assert View.of(QueryDict(said)).query() == ""


def test_a_change_of_what_is_shown_begins_at_the_first_page():
    view = View.of(QueryDict("show=open&order=newest&after=WyJvIiwgMV0"))
    assert view.query() == "show=open&order=newest&after=WyJvIiwgMV0"
    assert view.query(show="waiting") == "show=waiting&order=newest"
    assert view.query(show="overdue") == "show=overdue"
    assert view.place == "show=open&order=newest"


def test_a_search_that_says_nothing_else_looks_everywhere():
    assert View.of(QueryDict("q=R-1")).shown == "all"
    assert View.of(QueryDict("q=R-1&show=mine")).shown == "mine"


def test_a_page_opened_from_nowhere_has_no_view():
    assert View.carried_by(QueryDict("")) is None
    assert View.carried_by(QueryDict("view=")) == View()

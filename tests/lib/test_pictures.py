"""Pictures of numbers: what is drawn is what was counted."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.lib import pictures
from portal.lib.pictures import ABOVE, HEIGHT, LEAST, MOST_MARKS, MOST_NAMES, Ink

BASE = ABOVE + HEIGHT
INKS = [Ink("blue"), Ink("amber", "rising"), Ink("teal", "dots")]
COUNTS = st.lists(st.tuples(*[st.integers(0, 2000)] * 3), min_size=1, max_size=40)


def stacked(counts):
    names = [f"name {number}" for number in range(len(counts))]
    return pictures.stacked(names, counts, INKS, lambda name, kind: f"{name}/{kind}", lambda value: f"{value:.0f}")


def percent(text):
    assert text.endswith("%")
    return float(text[:-1])


@pytest.mark.parametrize(
    ("most", "marks"),
    [(0, [0, 1]), (1, [0, 1]), (3, [0, 1, 2, 3]), (5, [0, 2, 4, 6]), (9, [0, 5, 10]), (41, [0, 20, 40, 60]),
     (99, [0, 50, 100]), (1234, [0, 500, 1000, 1500]), (100_000, [0, 50_000, 100_000])],
)  # fmt: skip
def test_scale_of_counts_has_round_marks(most, marks):
    assert pictures.scale_of_counts(most) == marks


@given(most=st.floats(0, 1e9), steps=st.lists(st.floats(1, 1e6), min_size=1, max_size=8).map(sorted))
def test_scale_reaches_as_far_as_what_is_drawn_and_no_mark_too_many(most, steps):
    scale = pictures.scale_of(most, steps)
    assert scale[-1] >= most * (1 - 1e-9)
    assert 2 <= len(scale) <= MOST_MARKS + 1


@given(counts=COUNTS)
def test_parts_of_a_column_stand_on_each_other_and_are_as_high_as_their_counts(counts):
    chart = stacked(counts)
    top = float(chart.marks[-1].text)
    assert float(chart.marks[-1].at) == ABOVE
    for column, of_name in zip(chart.columns, counts, strict=True):
        drawn = [(kind, count) for kind, count in enumerate(of_name) if count]
        assert [part.ink for part in column.parts] == [INKS[kind] for kind, _count in drawn]
        foot = BASE
        for part, (_kind, count) in zip(column.parts, drawn, strict=True):
            assert float(part.length) == pytest.approx(max(count / top * HEIGHT, LEAST), abs=0.06)
            assert float(part.at) + float(part.length) == pytest.approx(foot, abs=0.2)
            foot = float(part.at)
        assert foot >= ABOVE - 2 * LEAST - 0.2


@given(counts=COUNTS)
def test_columns_stand_side_by_side_and_few_are_named(counts):
    chart = stacked(counts)
    edges = [(percent(one.left), percent(one.left) + percent(one.width)) for one in chart.columns]
    assert edges[0][0] >= 0
    assert edges[-1][1] <= 100
    assert all(right <= left for (_, right), (left, _) in pairwise(edges))
    assert 1 <= len(chart.names) <= MOST_NAMES
    assert chart.names[0].text == "name 0"


def test_part_says_what_it_is_when_it_is_pointed_at():
    assert [part.says for part in stacked([(0, 0, 0), (3, 0, 2)]).columns[1].parts] == ["1/0", "1/2"]


def test_spread_is_drawn_from_the_lower_to_the_upper_value_with_levels_that_have_room():
    chart = pictures.spread(
        ["a", "b", "c"], [(2, 8), None, (0, 4)], (1, 2, 5), "says {}".format, lambda value, step: f"{value}/{step}",
        [(4, "level"), (9, "beyond")],
    )  # fmt: skip
    assert [mark.text for mark in chart.marks] == ["0/2", "2/2", "4/2", "6/2", "8/2"]
    assert [(one.middle, one.lower, one.upper, one.says) for one in chart.spans] == [
        ("16.67%", "130.0", "10.0", "says 0"), ("83.33%", "170.0", "90.0", "says 2"),
    ]  # fmt: skip
    assert [(one.at, one.text) for one in chart.levels] == [("90.0", "level")]


@given(counts=st.lists(st.integers(0, 5000), min_size=1, max_size=4))
def test_bar_is_as_long_as_its_share(counts):
    most = max(sum(counts), 1)
    parts = pictures.bar([(count, INKS[0]) for count in counts], most)
    drawn = [count for count in counts if count]
    assert [percent(part.length) for part in parts] == [
        pytest.approx(max(n / most * 100, 0.5), abs=0.006) for n in drawn
    ]
    assert sum(percent(part.length) for part in parts) <= 102

"""The table and the goals, from made-up milliseconds."""

import pytest

from benchmarks.driver import Ask, Block, WrongAnswer
from benchmarks.pages import Page, pages
from benchmarks.report import Measured, report

SMALL, LARGE = 10_000, 1_000_000


def page(**fields):
    return Page(**({"name": "a page", "site": None, "plain": None} | fields))


def measured(of_page, *, small=10.0, large=10.0, again=None, plain=200.0, crowded=(20.0,) * 100, errors=(), bare=None):
    """Return two equal rounds."""
    found = Measured(of_page)
    for _ in range(2):
        for requests, took in ((SMALL, small), (LARGE, large)):
            found.add(
                requests,
                first=Block([took], list(errors)),
                again=Block([again or took]),
                plain=Block([plain] if plain else []),
                bare=Block([bare]) if bare and requests == LARGE else None,
                crowded=Block(list(crowded)),
                crowded_plain=Block([plain] if plain else []),
            )
    return found


def goals(*found):
    text = report(list(found), {SMALL: [1.0, 1.0], LARGE: [1.5, 1.5]})
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return {row[0]: (row[1], row[2]) for row in rows if len(row) == 3}


def test_the_table_has_a_line_for_each_page_and_one_for_psycopg_alone():
    text = report([measured(page())], {SMALL: [1.0, 1.0], LARGE: [1.5, 1.5]})
    assert (
        "| a page | 10.0 | 10.0 | 1.00 | 1.00–1.00 | 200 | 200 | 20.0 | – | – | 20 | 20 | 1.0 | 200 | 0 |\n"
        "| page 1 by psycopg alone | 1.0 | 1.5 | 1.50 |"
    ) in text


def test_every_goal_that_is_met_is_said_to_hold():
    assert goals(measured(page())) == {
        "goal": ("holds", "where not"),
        "---": ("---", "---"),
        "the largest scale takes at most 1.3 times as long as the smallest": ("yes", ""),
        "10 times as fast as the plain admin": ("yes", ""),
        "with eight people at once p99 is at most 3 times p50": ("yes", ""),
        "no error": ("yes", ""),
    }


def test_the_plain_admin_is_told_apart_from_one_with_djangos_own_indexes():
    found = goals(measured(page(), plain=60.0, bare=240.0))
    assert found["10 times as fast as the plain admin over the indexes that Django makes"] == ("yes", "")
    assert found["10 times as fast as the plain admin"] == ("no", "a page (1.67 of the limit)")
    text = report([measured(page(), plain=60.0, bare=240.0)], {SMALL: [1.0], LARGE: [1.5]})
    assert "| a page | 10.0 | 10.0 | 1.00 | 1.00–1.00 | 60 | 60 | 6.0 | 240 | 24.0 | 20 |" in text


def test_a_page_that_the_plain_admin_does_not_have_is_compared_with_nothing():
    found = goals(measured(page(name="within a view"), plain=None), measured(page()))
    assert found["10 times as fast as the plain admin"] == ("yes", "")
    text = report([measured(page(name="within a view"), plain=None)], {SMALL: [1.0], LARGE: [1.5]})
    assert "| within a view | 10.0 | 10.0 | 1.00 | 1.00–1.00 | – | – | – | – | – | 20 | 20 | 1.0 | – | 0 |" in text


def test_a_page_that_grows_is_named():
    growing = measured(page(name="deep"), large=20.0, plain=400.0)
    found = goals(growing, measured(page()))
    assert found["the largest scale takes at most 1.3 times as long as the smallest"] == (
        "no",
        "deep (1.54 of the limit)",
    )


def test_a_page_that_may_grow_is_not_held_to_it():
    assert not any("1.3" in goal for goal in goals(measured(page(grows=None), large=20.0)))


def test_searches_are_held_to_a_goal_of_their_own():
    found = goals(measured(page()), measured(page(name="search", goal=50)))
    assert found["10 times as fast as the plain admin"] == ("yes", "")
    assert found["50 times as fast as the plain admin"] == ("no", "search (2.50 of the limit)")


def test_a_goal_that_noise_could_decide_is_unclear():
    found = goals(measured(page(), again=14.0, plain=110.0))
    assert found["10 times as fast as the plain admin"] == ("unclear", "a page (1.09 of the limit)")


def test_a_long_tail_is_named():
    found = goals(measured(page(), crowded=[20.0] * 90 + [70.0] * 10))
    assert found["with eight people at once p99 is at most 3 times p50"] == ("no", "a page (1.17 of the limit)")


def test_a_submission_is_compared_with_a_bare_form():
    found = goals(measured(page(goal=None, customers=True), plain=5.0))
    assert found["a submission takes at most 1.5 times as long as a bare Django form"] == (
        "no",
        "a page (1.33 of the limit)",
    )


def test_errors_are_told():
    found = measured(page(), errors=["500"])
    assert goals(found)["no error"] == ("no", "a page")
    assert "| 200 | 4 |\n" in report([found], {SMALL: [1.0], LARGE: [1.0]})


def test_errors_of_the_plain_admin_are_told_apart():
    found = measured(page())
    found.plain_errors[LARGE].append("500")
    assert goals(found)["no error"] == ("yes", "")
    assert "| 200 | 0 (plain 1) |\n" in report([found], {SMALL: [1.0], LARGE: [1.0]})


def test_a_page_that_was_never_answered_is_told():
    found = Measured(page(name="broken"))
    found.add(SMALL, first=Block([], ["500"]), again=Block(), plain=Block(), crowded=Block(), crowded_plain=Block())
    assert "Not answered once: broken." in report([measured(page()), found], {SMALL: [1.0], LARGE: [1.0]})


def test_no_two_pages_have_the_same_name():
    names = [one.name for one in pages()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("row", ['<tr data-row="7">', '<tr class="a" data-row>', '<th class="field-number">'])
def test_an_answer_with_another_number_of_rows_is_wrong(row):
    Ask("/", rows=(2, 2)).check(200, row * 2, "")
    with pytest.raises(WrongAnswer, match="3 rows instead of 2 to 2"):
        Ask("/", rows=(2, 2)).check(200, row * 3, "")


def test_another_status_and_a_way_to_the_sign_in_are_wrong():
    with pytest.raises(WrongAnswer, match="403 instead of 200"):
        Ask("/").check(403, "", "")
    with pytest.raises(WrongAnswer, match="led to /accounts/login/"):
        Ask("/", status=302).check(302, "", "/accounts/login/")

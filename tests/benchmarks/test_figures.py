"""What becomes of measured milliseconds. Nothing here is timed."""

import pytest

from benchmarks import figures


def test_a_median_is_the_middle_and_of_an_even_number_the_mean_of_the_two_in_the_middle():
    assert figures.median([9.0, 1.0, 2.0]) == 2.0
    assert figures.median([4.0, 1.0, 2.0, 9.0]) == 3.0


def test_nothing_measured_has_no_median_and_no_percentile():
    with pytest.raises(ValueError, match="median"):
        figures.median([])
    with pytest.raises(ValueError, match="percentile"):
        figures.percentile([], 0.99)


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, 1.0), (0.01, 1.0), (0.5, 50.0), (0.501, 51.0), (0.99, 99.0), (1.0, 100.0)]
)
def test_a_percentile_is_one_of_the_values(share, expected):
    assert figures.percentile([float(number) for number in range(100, 0, -1)], share) == expected


def test_of_few_values_the_highest_percentile_is_the_slowest():
    assert figures.percentile([3.0, 1.0, 2.0], 0.99) == 3.0


def test_a_ratio_is_the_median_of_the_rounds_and_not_the_ratio_of_the_medians():
    slow_round = 10
    below = [1.0, 2.0, 1.0 * slow_round]
    above = [3.0, 4.0, 3.0 * slow_round]
    assert figures.per_round(above, below) == [3.0, 2.0, 3.0]
    assert figures.ratio(above, below) == 3.0
    assert figures.median(above) / figures.median(below) == 2.0


def test_what_was_not_measured_in_the_same_rounds_is_not_compared():
    with pytest.raises(ValueError, match="zip"):
        figures.ratio([1.0, 2.0], [1.0])


def test_the_band_is_how_far_the_same_thing_measured_twice_was_apart():
    assert figures.band([10.0, 10.0, 10.0], [9.0, 12.0, 10.0]) == (0.9, 1.2)


@pytest.mark.parametrize(
    ("found", "noise", "expected"),
    [
        (1.0, (0.9, 1.1), "yes"),
        (2.0, (0.9, 1.1), "no"),
        (1.25, (0.9, 1.1), "unclear"),
        (1.35, (0.9, 1.1), "unclear"),
        (1.3, (1.0, 1.0), "yes"),
        (1.31, (1.0, 1.0), "no"),
    ],
)
def test_a_goal_holds_where_noise_could_not_have_decided_it(found, noise, expected):
    assert figures.keeps_within(1.3, found, noise) == expected

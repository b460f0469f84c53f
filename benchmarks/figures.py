"""What becomes of measured milliseconds: pure functions, so that a number in the docs can be recomputed by hand."""

import statistics
from collections.abc import Sequence


def median(values: Sequence[float]) -> float:
    """Return the middle of ``values``. Raises ValueError where there are none."""
    if not values:
        raise ValueError("a median needs at least one value")
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest of ``values`` that at least ``share`` (0 to 1) of them do not exceed. Raises ValueError."""
    if not values:
        raise ValueError("a percentile needs at least one value")
    ordered = sorted(values)
    at_least = -int(-share * len(ordered) // 1)  # rounded up
    return ordered[max(at_least, 1) - 1]


def per_round(above: Sequence[float], below: Sequence[float]) -> list[float]:
    """Return the ratio of each round. Raises ValueError where the two were not measured in the same rounds."""
    return [one / other for one, other in zip(above, below, strict=True)]


def ratio(above: Sequence[float], below: Sequence[float]) -> float:
    """Return the median of the rounds' ratios: what slowed a whole round down weighs on both sides of its ratio."""
    return median(per_round(above, below))


def band(first: Sequence[float], again: Sequence[float]) -> tuple[float, float]:
    """Return the lowest and the highest A/A ratio: how far apart the same thing measured twice in a round has been."""
    ratios = per_round(again, first)
    return min(ratios), max(ratios)


def keeps_within(limit: float, found: float, noise: tuple[float, float]) -> str:
    """Return ``yes`` where ``found`` keeps within ``limit``, ``no`` where not; ``unclear`` where noise could decide it.

    Noise is the A/A band: as much as the same thing was slower or faster the second time, ``found`` may be off either way.
    """
    factor = max(*noise, 1 / min(noise))
    if found / factor <= limit < found * factor:
        return "unclear"
    return "yes" if found <= limit else "no"

"""The table and the goals, from what was measured. Nothing is measured here."""

from collections import defaultdict
from dataclasses import dataclass, field

from benchmarks import figures
from benchmarks.driver import Block
from benchmarks.pages import Page

TAIL, SUBMISSION = 3.0, 1.5


@dataclass
class Measured:
    """What one page took, by scale: a median for each round when one asks, every answer when eight ask at once."""

    page: Page
    first: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    again: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    plain: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    bare: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    crowded: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    crowded_plain: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    plain_errors: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(
        self,
        requests: int,
        *,
        first: Block,
        again: Block,
        plain: Block,
        crowded: Block,
        crowded_plain: Block,
        bare: Block | None = None,
    ) -> None:
        """Add a round. Where one of the blocks was not answered once, only its errors count."""
        self.errors[requests] += first.errors + again.errors + crowded.errors
        bare = bare or Block()
        self.plain_errors[requests] += plain.errors + crowded_plain.errors + bare.errors
        if first.took and again.took and (plain.took or not self.page.plain):
            self.first[requests].append(figures.median(first.took))
            self.again[requests].append(figures.median(again.took))
            self.plain[requests] += [figures.median(plain.took)] if plain.took else []
            self.bare[requests] += [figures.median(bare.took)] if bare.took else []
        self.crowded[requests] += crowded.took
        self.crowded_plain[requests] += crowded_plain.took

    def site(self, requests: int) -> list[float]:
        """Return what the site took in each round: the mean of its two blocks."""
        return [(one + other) / 2 for one, other in zip(self.first[requests], self.again[requests], strict=True)]

    @property
    def scales(self) -> list[int]:
        return sorted(requests for requests, took in self.first.items() if took)

    def growth(self) -> float:
        """Return how many times as slow the site is at the largest scale as at the smallest."""
        return figures.ratio(self.site(self.scales[-1]), self.site(self.scales[0]))

    def noise(self) -> tuple[float, float]:
        """Return the A/A band of the largest scale."""
        return figures.band(self.first[self.scales[-1]], self.again[self.scales[-1]])

    @property
    def is_compared(self) -> bool:
        """Whether the plain admin was asked for the page, too."""
        return bool(self.plain[self.scales[-1]])

    def faster(self) -> float:
        """Return how many times as long the plain admin takes at the largest scale."""
        return figures.ratio(self.plain[self.scales[-1]], self.site(self.scales[-1]))

    def faster_than_bare(self) -> float:
        """Return how many times as long the plain admin takes there over the indexes that Django makes."""
        return figures.ratio(self.bare[self.scales[-1]], self.site(self.scales[-1]))

    def tail(self) -> float:
        """Return p99 over p50 with eight people at once, at the largest scale."""
        took = self.crowded[self.scales[-1]]
        return figures.percentile(took, 0.99) / figures.median(took)


def short(requests: int) -> str:
    return f"{requests // 1_000_000}M" if requests % 1_000_000 == 0 else f"{requests // 1000}k"


def report(measured: list[Measured], limit: dict[int, list[float]]) -> str:
    """Return the table and the goals as Markdown."""
    answered = [one for one in measured if one.scales]
    unanswered = [one.page.name for one in measured if not one.scales]
    lines = [table(answered, limit), goals(answered)]
    if unanswered:
        lines.append(f"Not answered once: {', '.join(unanswered)}.")
    return "\n\n".join(lines)


def table(measured: list[Measured], limit: dict[int, list[float]]) -> str:
    scales = sorted(limit)
    least, most = short(scales[0]), short(scales[-1])
    head = [
        "page", *map(short, scales), f"{most} / {least}", "A/A", *(f"plain {short(one)}" for one in scales),
        f"plain / site at {most}", f"Django’s indexes, {most}", "that / site", f"8 at once, {most}: p50", "p99", "p99 / p50", "plain p50", "errors",
    ]  # fmt: skip
    rows = [head, ["---"] * len(head)]
    for one in measured:
        low, high = one.noise()
        crowded, crowded_plain = one.crowded[scales[-1]], one.crowded_plain[scales[-1]]
        rows.append(
            [
                one.page.name,
                *(f"{figures.median(one.site(requests)):.1f}" for requests in scales),
                f"{one.growth():.2f}",
                f"{low:.2f}–{high:.2f}",
                *(shown(one.plain[requests]) for requests in scales),
                f"{one.faster():.1f}" if one.is_compared else "–",
                shown(one.bare[scales[-1]]),
                f"{one.faster_than_bare():.1f}" if one.bare[scales[-1]] else "–",
                f"{figures.median(crowded):.0f}",
                f"{figures.percentile(crowded, 0.99):.0f}",
                f"{one.tail():.1f}",
                shown(crowded_plain),
                errors(one),
            ]
        )
    alone = ["page 1 by psycopg alone", *(f"{figures.median(limit[one]):.1f}" for one in scales)]
    alone.append(f"{figures.ratio(limit[scales[-1]], limit[scales[0]]):.2f}")
    rows.append(alone + [""] * (len(head) - len(alone)))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def shown(took: list[float]) -> str:
    return f"{figures.median(took):.0f}" if took else "–"


def errors(one: Measured) -> str:
    """Return how many answers were none of what was asked for: the site's, and the plain admin's where it had some."""
    own, plain = (sum(len(found) for found in kind.values()) for kind in (one.errors, one.plain_errors))
    return f"{own} (plain {plain})" if plain else str(own)


def goals(measured: list[Measured]) -> str:
    """Return which goals hold: yes; no, with the pages that miss it; unclear, where noise could decide it."""
    lines = ["| goal | holds | where not |", "|---|---|---|"]
    at_most: list[tuple[str, list[tuple[str, float, float, tuple[float, float]]]]] = []
    growing = [one for one in measured if one.page.grows is not None]
    at_most.append(
        (
            "the largest scale takes at most 1.3 times as long as the smallest",
            [(one.page.name, one.page.grows or 0, one.growth(), one.noise()) for one in growing],
        )
    )
    for times in sorted({one.page.goal for one in measured if one.page.goal is not None}):
        of_goal = [one for one in measured if one.page.goal == times and one.is_compared]
        bare = [one for one in of_goal if one.bare[one.scales[-1]]]
        # The other way round, so that every goal is an upper limit.
        at_most.append(
            (
                f"{times:.0f} times as fast as the plain admin over the indexes that Django makes",
                [(one.page.name, 1 / times, 1 / one.faster_than_bare(), one.noise()) for one in bare],
            )
        )
        at_most.append(
            (
                f"{times:.0f} times as fast as the plain admin",
                [(one.page.name, 1 / times, 1 / one.faster(), one.noise()) for one in of_goal],
            )
        )
    at_most.append(
        (
            "with eight people at once p99 is at most 3 times p50",
            [(one.page.name, TAIL, one.tail(), (1.0, 1.0)) for one in measured],
        )
    )
    asking = [one for one in measured if one.page.customers and one.is_compared]
    at_most.append(
        (
            "a submission takes at most 1.5 times as long as a bare Django form",
            [(one.page.name, SUBMISSION, 1 / one.faster(), one.noise()) for one in asking],
        )
    )
    for goal, pages in at_most:
        if pages:
            lines.append(f"| {goal} | {' | '.join(verdict(pages))} |")
    wrong = [one.page.name for one in measured if any(one.errors.values())]
    lines.append(f"| no error | {'no' if wrong else 'yes'} | {', '.join(wrong)} |")
    return "\n".join(lines)


def verdict(pages: list[tuple[str, float, float, tuple[float, float]]]) -> tuple[str, str]:
    """Return whether a goal holds for all pages, and those for which it does not or noise could decide it."""
    found = {name: figures.keeps_within(limit, value, noise) for name, limit, value, noise in pages}
    said = {name: (limit, value) for name, limit, value, _ in pages}
    holds = "no" if "no" in found.values() else "unclear" if "unclear" in found.values() else "yes"
    missed = [
        f"{name} ({said[name][1] / said[name][0]:.2f} of the limit)" for name, one in found.items() if one != "yes"
    ]
    return holds, ", ".join(missed)

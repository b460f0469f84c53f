"""Pictures of numbers: where each mark of a chart stands, as a template writes it into SVG.

Across, everything is in per cent, so that a chart is as wide as there is room and its letters keep their size; up and
down it is in pixels. Nothing here knows what is counted, nor a colour: a part names the tokens that it is filled with.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil

HEIGHT = 160
"""Of what is drawn, in pixels, from the line at the bottom to the topmost mark of the scale."""

ABOVE, BELOW = 10, 26
"""The room above it for half a letter, and below it for what the columns are called."""

MOST_MARKS = 4
"""How many steps a scale has at most."""

MOST_NAMES = 6
"""How many columns are called by their names: more would touch each other on a phone."""

COLUMN, WIDEST = 0.72, 9.0
"""How much of its place a column takes, and how many per cent of the picture at most."""

LEAST = 1.5
"""What is not nothing is this high at least, in pixels: one of a thousand is to be seen."""


@dataclass(frozen=True, slots=True)
class Ink:
    """How a kind of thing is filled: a colour of the tokens, and a texture for those who do not tell colours apart."""

    colour: str
    texture: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """A kind of thing that is counted, with its number in all."""

    name: str
    ink: Ink
    count: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A line of the scale, or the name of a column: where, and what is written there."""

    at: str
    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a column or of a bar: from where, how long, filled how, and what it says when it is pointed at."""

    at: str
    length: str
    ink: Ink
    says: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One place of a chart: its left edge, its width and its middle."""

    left: str
    width: str
    middle: str
    parts: Sequence[Part] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """From a lower mark to an upper one, in the middle of a place."""

    middle: str
    lower: str
    upper: str
    says: str


@dataclass(frozen=True, slots=True)
class Level:
    """A line across the whole picture, with a word."""

    at: str
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture whole: its measures, its scale, and what stands in it."""

    marks: Sequence[Mark]
    names: Sequence[Mark]
    columns: Sequence[Column] = ()
    spans: Sequence[Span] = ()
    levels: Sequence[Level] = ()
    height: int = ABOVE + HEIGHT + BELOW
    base: int = ABOVE + HEIGHT
    foot: int = ABOVE + HEIGHT + BELOW - 6


def _percent(value: float) -> str:
    return f"{value:.2f}%"


def _pixels(value: float) -> str:
    return f"{value:.1f}"


def scale_of_counts(most: int) -> list[float]:
    """Return the marks of a scale up to ``most`` at least, beginning with 0: round numbers, and no halves."""
    step = 1
    while ceil(most / step) > MOST_MARKS:
        step = step * 2 if str(step)[0] in "15" else step * 5 // 2
    return [float(number * step) for number in range(max(ceil(most / step), 1) + 1)]


def scale_of(most: float, steps: Sequence[float]) -> list[float]:
    """Return the same in the first of ``steps`` that is large enough; beyond the last one, in multiples of it."""
    step = next((step for step in steps if ceil(most / step) <= MOST_MARKS), steps[-1])
    step *= max(ceil(most / step / MOST_MARKS), 1)
    return [number * step for number in range(max(ceil(most / step), 1) + 1)]


class Places:
    """As many places side by side as there are names, each in the middle of its share of the width."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self.share = 100 / max(len(names), 1)
        self.width = min(self.share * COLUMN, WIDEST)

    def middle(self, number: int) -> float:
        return self.share * (number + 0.5)

    def column(self, number: int, parts: Sequence[Part]) -> Column:
        middle = self.middle(number)
        return Column(_percent(middle - self.width / 2), _percent(self.width), _percent(middle), parts)

    def marks(self) -> list[Mark]:
        """Return the names that are written: as many as fit, at even distances, from the first one on."""
        every = ceil(len(self.names) / MOST_NAMES)
        return [
            Mark(_percent(self.middle(number)), name) for number, name in enumerate(self.names) if number % every == 0
        ]


def _height(value: float, top: float) -> float:
    return value / top * HEIGHT if top else 0.0


def _marks(scale: Sequence[float], write: Callable[[float], str]) -> list[Mark]:
    return [Mark(_pixels(ABOVE + HEIGHT - _height(one, scale[-1])), write(one)) for one in scale]


def stacked(
    names: Sequence[str],
    counts: Sequence[Sequence[int]],
    inks: Sequence[Ink],
    says: Callable[[int, int], str],
    write: Callable[[float], str],
) -> Chart:
    """Draw a column for each name, in which the counts of each kind stand on top of each other, the first at the bottom.

    ``counts``: for each name, one of each kind. ``says`` (name, kind): what a part is. ``write``: a number of the scale.
    """
    places = Places(names)
    scale = scale_of_counts(max((sum(one) for one in counts), default=0))
    columns = []
    for number, of_name in enumerate(counts):
        parts, base = [], float(ABOVE + HEIGHT)
        for kind, count in enumerate(of_name):
            if count:
                height = max(_height(count, scale[-1]), LEAST)
                base -= height
                parts.append(Part(_pixels(base), _pixels(height), inks[kind], says(number, kind)))
        columns.append(places.column(number, parts))
    return Chart(_marks(scale, write), places.marks(), columns)


def spread(
    names: Sequence[str],
    spans: Sequence[tuple[float, float] | None],
    steps: Sequence[float],
    says: Callable[[int], str],
    write: Callable[[float, float], str],
    levels: Sequence[tuple[float, str]] = (),
) -> Chart:
    """Draw for each name a line from a lower value to an upper one; where there is None, nothing.

    ``steps``: the distances that a scale may have. ``write``: one of its marks, and the distance. ``levels``: values that a line is drawn at, as far as there is room.
    """
    places = Places(names)
    known = [span for span in spans if span is not None]
    scale = scale_of(max((upper for _lower, upper in known), default=0), steps)

    def at(value: float) -> str:
        return _pixels(ABOVE + HEIGHT - _height(value, scale[-1]))

    return Chart(
        _marks(scale, lambda value: write(value, scale[1])),
        places.marks(),
        columns=[places.column(number, ()) for number in range(len(names))],
        spans=[
            Span(_percent(places.middle(number)), at(span[0]), at(span[1]), says(number))
            for number, span in enumerate(spans)
            if span is not None
        ],
        levels=[Level(at(value), text) for value, text in levels if value <= scale[-1]],
    )


def bar(counts: Sequence[tuple[int, Ink]], most: int) -> list[Part]:
    """Return the parts of a bar that lie one after another; ``most`` is as long as there is room."""
    parts, end = [], 0.0
    for count, ink in counts:
        if count:
            length = max(count / max(most, 1) * 100, 0.5)
            parts.append(Part(_percent(end), _percent(length), ink))
            end += length
    return parts

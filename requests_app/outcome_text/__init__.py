"""What will come of a request, told in the active language: an ``Outcome`` of codes becomes sentences for the reader.

First a verdict, then facts under short titles, then what the reader has to know. Never a sum of money.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from requests_app.outcome_text.cautions import GRAVE, sentence_of
from requests_app.outcome_text.facts import Fact, Teller, facts_of_line
from requests_app.outcome_text.verdicts import LABELS, deciding, verdict
from requests_app.policy import Outcome, Possible

__all__ = ["Advice", "Fact", "Told", "ToldLine", "tell"]


@dataclass(frozen=True, slots=True)
class Advice:
    """Something that the reader has to know; ``is_grave``: that costs money, data or the thing itself."""

    text: str
    is_grave: bool


@dataclass(frozen=True, slots=True)
class ToldLine:
    """One line of a purchase."""

    title: str
    facts: Sequence[Fact]


@dataclass(frozen=True, slots=True)
class Told:
    """An outcome in sentences. ``label``, ``tone`` and ``icon`` are those of the badge before the verdict."""

    label: str
    tone: str
    icon: str
    verdict: str
    why: str
    facts: Sequence[Fact]
    lines: Sequence[ToldLine]
    warnings: Sequence[Advice]
    can_be_asked_all_the_same: bool


def tell(
    outcome: Outcome, partner: object, *, now: datetime.datetime | None = None, names: Sequence[object] = ()
) -> Told:
    """Return ``outcome`` in sentences of the active language.

    ``now``: while it is live, the time that is left is told too; without it the outcome is told as it was.
    ``names``: of the lines of a purchase, in their order.
    """
    why = deciding(outcome)
    label, tone, icon = LABELS[outcome.possible]
    return Told(
        label=str(label),
        tone=tone,
        icon=icon,
        verdict=verdict(outcome, partner),
        why=sentence_of(why, outcome, partner) if why else "",
        facts=Teller(outcome, partner, now).facts(),
        lines=[
            ToldLine(
                title=str(name),
                facts=facts_of_line(line),
            )
            for line, name in zip(outcome.lines, _named(outcome, names), strict=True)
        ],
        warnings=[
            Advice(sentence_of(caution, outcome, partner), caution in GRAVE)
            for caution in outcome.warnings
            if caution != why
        ],
        can_be_asked_all_the_same=outcome.possible in (Possible.NO, Possible.NOT_KNOWN),
    )


def _named(outcome: Outcome, names: Sequence[object]) -> Sequence[object]:
    if len(names) == len(outcome.lines):
        return names
    return [_("Product %(number)d") % {"number": number} for number in range(1, len(outcome.lines) + 1)]

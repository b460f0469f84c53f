"""Each row of the table in docs/policy.md, read and checked: what the document says is what the code does."""

import datetime
import re
from pathlib import Path

import pytest

from requests_app import policy
from requests_app.models import BillingCycle, CancelWhen, EndOfTermChoice, Kind

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/policy.md"
COLUMNS = (
    "case", "product", "term", "seats", "also", "now", "asked", "possible", "refund", "last day", "deadline",
    "otherwise", "cautions",
)  # fmt: skip


def rows():
    lines = DOCUMENT.read_text().splitlines()
    start = lines.index("| " + " | ".join(COLUMNS) + " |") + 2
    for line in lines[start:]:
        if not line.startswith("|"):
            return
        yield dict(zip(COLUMNS, (cell.strip() for cell in line.strip("|").split("|")), strict=True))


def moment(text):
    return datetime.datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=datetime.UTC)


def day(text):
    return datetime.date.fromisoformat(text)


def facts_of(row):
    """Read a subscription from the columns product, term, seats and also."""
    term, _, dates = row["term"].partition(" ")
    start, _, end = dates.partition(" to ")
    also = dict(part.strip().split(": ") for part in row["also"].split(";") if part.strip())
    end_date = day(end) if end else None
    rule = policy.rule_for(policy.STANDARD_RULES, row["product"], policy.term_start(day(start), end_date, term))
    if "rule" in also:
        assert also["rule"] == "not known"
        rule = None
    plan = {"yes": True, "no": False}
    return policy.Facts(
        product_type=row["product"],
        quantity=int(row["seats"]),
        term=term,
        billing_cycle=BillingCycle.MONTHLY,
        effective_start_date=day(start),
        commitment_end_date=end_date,
        auto_renew_enabled=also.get("auto-renew", "on") == "on" and end_date is not None,
        ends_on=day(also["ends on"]) if "ends on" in also else None,
        status=also.get("status", "active"),
        window=policy.current_window(
            rule,
            on_record=moment(also["window on record"]) if "window on record" in also else None,
            effective_start_date=day(start),
            commitment_end_date=end_date,
            term=term,
        ),
        batches=tuple(
            policy.Batch(int(seats), policy.Window(moment(until)))
            for seats, until in re.findall(r"(\d+) until ([-\d]+ [\d:]+)", also.get("added", ""))
        ),
        rule=rule,
        lead_time_days=int(also.get("lead days", 0)),
        has_monthly_plan=plan.get(also.get("monthly plan", "")),
    )


END_OF_TERM = {
    "renew": EndOfTermChoice.RENEW,
    "cancel when the term ends": EndOfTermChoice.CANCEL,
    "month to month": EndOfTermChoice.MONTH_TO_MONTH,
}


def asked(row, facts, now):
    """Return what comes of what the row asks for, and by when it has to be acted on."""
    what = row["asked"]
    promised = policy.answer_by(now)

    def by(kind, **more):
        return policy.deadline(kind, facts, promised=promised, now=now, **more)

    if what in ("cancel now", "cancel at the end"):
        when = CancelWhen.NOW if what == "cancel now" else CancelWhen.END_OF_TERM
        return policy.outcome_of_cancellation(facts, when, now), by(Kind.CANCELLATION, when=when)
    if match := re.fullmatch(r"(\d+) seats", what):
        quantity = int(match[1])
        if quantity > facts.quantity:
            return policy.outcome_of_more_seats(facts, quantity, now), by(Kind.MORE_SEATS)
        return policy.outcome_of_fewer_seats(facts, quantity, now), by(Kind.FEWER_SEATS, quantity=quantity)
    if match := re.fullmatch(r"renew with (\d+) seats", what):
        changes = policy.Changes(quantity=int(match[1]))
        outcome = policy.outcome_of_end_of_term(facts, EndOfTermChoice.RENEW_CHANGED, changes, now)
        return outcome, by(Kind.END_OF_TERM)
    return policy.outcome_of_end_of_term(facts, END_OF_TERM[what], None, now), by(Kind.END_OF_TERM)


def told(row):
    """Return the row with what the code says of it in its last columns."""
    now = moment(row["now"])
    facts = facts_of(row)
    outcome, deadline = asked(row, facts, now)
    surcharges = " or ".join(f"+{one} %" for one in outcome.est.surcharges)
    dear = outcome.if_nothing_is_done == policy.AfterTerm.MONTH_TO_MONTH
    at_once = outcome.seats_at_once
    part = f" ({at_once})" if outcome.possible == policy.Possible.PARTLY_AT_ONCE else ""
    return row | {
        "possible": f"{outcome.possible}{part}",
        "refund": str(outcome.refund.value) if outcome.refund else "–",
        "last day": outcome.earliest_end.isoformat() if outcome.earliest_end else "–",
        "deadline": f"{deadline.at:%Y-%m-%d %H:%M} {deadline.reason.value}",
        "otherwise": f"{outcome.if_nothing_is_done}{f' {surcharges}' if dear else ''}",
        "cautions": ", ".join(outcome.warnings) or "–",
    }


ROWS = list(rows())


def test_document_has_its_examples():
    assert len(ROWS) >= 25
    assert len({row["case"] for row in ROWS}) == len(ROWS)
    assert {row["product"] for row in ROWS} == {rule.product_type for rule in policy.STANDARD_RULES}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["case"].replace(" ", "-"))
def test_example(row):
    assert told(row) == row

"""Microsoft's rules about time, as pure functions: windows, ends of terms, deadlines, what comes of a request.

No database and no settings; ``now`` is a parameter. Times are UTC, days are UTC's, last days belong to their terms.
Sources are named at each rule; New Commerce Experience is shortened to NCE, Extended Service Term to EST.
docs/policy.md tells the same in plain words.
"""

from requests_app.policy.business_time import STANDARD_ANSWER_TIME, BusinessHours, add_business_time, answer_by
from requests_app.policy.deadlines import (
    ESCALATION_DISTANCES,
    REMINDER_DISTANCES,
    Deadline,
    EscalationLevel,
    Pressing,
    deadline,
    deadline_once_approved,
    escalation_due,
    escalation_moment,
    reminder_due,
    what_presses,
)
from requests_app.policy.end_of_term import (
    AfterTerm,
    ExtendedServiceTerm,
    end_of_term,
    est_of,
    extended_service_term,
)
from requests_app.policy.facts import Facts, blocks_needed, refundable_seats
from requests_app.policy.outcome import Caution, Changes, LineOutcome, Outcome, Possible, WindowState
from requests_app.policy.outcomes import (
    PurchaseLine,
    outcome_of_cancellation,
    outcome_of_end_of_term,
    outcome_of_fewer_seats,
    outcome_of_more_seats,
    outcome_of_purchase,
)
from requests_app.policy.rules import Afterwards, CountedFrom, Refund, Rule, rule_for
from requests_app.policy.standard import CANCELLATION_WINDOWS, STANDARD_RULES
from requests_app.policy.terms import (
    TERM_MONTHS,
    WITHOUT_TERM,
    commitment_end,
    end_of_day,
    first_term_end,
    start_of_day,
    term_start,
)
from requests_app.policy.windows import (
    NO_WINDOW,
    Batch,
    Window,
    cancellation_window_end,
    current_window,
    estimated_window,
    moved_forward,
)

__all__ = [
    "CANCELLATION_WINDOWS", "ESCALATION_DISTANCES", "NO_WINDOW", "REMINDER_DISTANCES", "STANDARD_ANSWER_TIME",
    "STANDARD_RULES", "TERM_MONTHS", "WITHOUT_TERM", "AfterTerm", "Afterwards", "Batch", "BusinessHours", "Caution",
    "Changes", "CountedFrom", "Deadline", "EscalationLevel", "ExtendedServiceTerm", "Facts", "LineOutcome", "Outcome",
    "Possible", "Pressing", "PurchaseLine", "Refund", "Rule", "Window", "WindowState", "add_business_time",
    "answer_by", "blocks_needed", "cancellation_window_end", "commitment_end",
    "current_window", "deadline", "deadline_once_approved", "end_of_day", "end_of_term", "escalation_due", "escalation_moment", "est_of",
    "estimated_window", "extended_service_term", "first_term_end", "moved_forward", "outcome_of_cancellation",
    "outcome_of_end_of_term", "outcome_of_fewer_seats", "outcome_of_more_seats", "outcome_of_purchase",
    "refundable_seats", "reminder_due", "rule_for", "start_of_day", "term_start", "what_presses",
]  # fmt: skip

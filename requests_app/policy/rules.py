"""What Microsoft allows for each type of product, as dated rules. Staff keep them (``models.CancellationPolicy``)."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _


class CountedFrom(models.TextChoices):
    """From which moment a cancellation window is counted."""

    PURCHASE = "purchase", _("the purchase")
    PURCHASE_OR_RENEWAL = "purchase_or_renewal", _("the purchase, and again each renewal")


class Refund(models.TextChoices):
    """What is given back for a cancellation within the window. Never a sum: sources disagree how it is computed."""

    PRORATED = "prorated", _("what is left of the term, prorated")
    FULL = "full", _("everything")
    FULL_WITHOUT_USAGE = "full_without_usage", _("everything but metered usage")
    NONE = "none", _("nothing")


class Afterwards(models.TextChoices):
    """What holds once the window is shut, or where there is none."""

    WHOLE_TERM_BILLED = "whole_term_billed", _("the whole term is billed, whatever the billing plan")
    USAGE_BILLED = "usage_billed", _("what was used is billed")
    NOT_REFUNDED = "not_refunded", _("nothing is refunded")


@dataclass(frozen=True, slots=True)
class Rule:
    """How subscriptions of a type of product can be cancelled if bought or renewed on ``in_force_from`` or later.

    ``window``: how long they can be cancelled at once, None: there is no such time. ``partial_reduction``: whether
    some of the seats can be given back within the window.
    """

    product_type: str
    in_force_from: datetime.date
    window: datetime.timedelta | None
    counted_from: CountedFrom
    refund: Refund
    partial_reduction: bool
    afterwards: Afterwards


def rule_for(rules: Iterable[Rule], product_type: str, on: datetime.date) -> Rule | None:
    """Return the rule for what was bought or last renewed on the day ``on`` (UTC); None where none is known.

    A later rule does not change what was bought before it came into force: it reaches a subscription with its renewal.
    """
    in_force = [rule for rule in rules if rule.product_type == product_type and rule.in_force_from <= on]
    return max(in_force, key=lambda rule: rule.in_force_from, default=None)

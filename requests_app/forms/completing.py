"""What comes back from Partner Center: the reference, and the IDs and dates that complete a request."""

import datetime
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.display import day
from requests_app import policy, workflow
from requests_app.forms.desk import StepForm
from requests_app.forms.texts import text_field
from requests_app.forms.utc import UtcDateTimeField
from requests_app.models import (
    CancelWhen,
    EndOfTermChoice,
    Kind,
    ProductType,
    RequestLine,
    Subscription,
    SubscriptionRequest,
)
from requests_app.workflow import BroughtBack

YEAR = datetime.timedelta(days=366)
A_DAY = datetime.timedelta(days=1)
COPIED = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}
"""Of inputs for what is copied, and not a word."""

NOW, AT_RENEWAL = "now", "renewal"
REFERENCE_HELP = {
    Kind.PURCHASE: _("The order ID."),
    Kind.CANCELLATION: _("The request or subscription ID."),
    Kind.MORE_SEATS: _("The order ID of the addition, or the subscription ID."),
    Kind.FEWER_SEATS: _("The order ID of the change, or the subscription ID."),
    Kind.END_OF_TERM: _("The subscription ID, where Partner Center gives no other."),
}

LINE_FIELDS = ("external_id", "effective_start_date", "commitment_end_date", "cancellation_allowed_until")
"""What can be brought back of each line of a purchase; see ``BroughtBack``."""


def part_of(line: RequestLine, name: str) -> str:
    """Return what the field ``name`` about a line is called in the form."""
    return f"line_{line.pk}_{name}"


def fields_of_line(line: RequestLine) -> dict[str, forms.Field]:
    """Return what is asked about the subscription that a line has become: no end where its product has no term."""
    product_type = line.offer.product.product_type
    fields: dict[str, forms.Field] = {
        "external_id": id_field(),
        "effective_start_date": day_field(_("First day of the term"), _("In UTC. Empty: today.")),
        "commitment_end_date": day_field(
            _("Last day of the term"), _("In UTC; it belongs to the term. Empty: computed from the first day.")
        ),
        "cancellation_allowed_until": window_field(_("Cancellation allowed until")),
    }
    if product_type in policy.WITHOUT_TERM:
        del fields["commitment_end_date"]
    if product_type == ProductType.AZURE_USAGE:
        del fields["cancellation_allowed_until"]
    return fields


def id_field(help_text: Any = "") -> forms.Field:
    """Ask for the ID of a subscription, which nobody has to know."""
    return forms.CharField(
        label=_("Subscription ID"),
        max_length=100,
        required=False,
        help_text=help_text,
        widget=forms.TextInput(attrs=COPIED),
    )


def day_field(label: Any, help_text: Any) -> forms.Field:
    """Ask for a day, as Partner Center shows it."""
    return forms.DateField(
        label=label,
        required=False,
        help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Give a date such as 2026-11-25.")},
    )


def window_field(label: Any) -> forms.Field:
    """Ask until when something can be cancelled; without an answer it is estimated."""
    return UtcDateTimeField(
        label=label,
        required=False,
        help_text=_("In UTC, as Partner Center shows it. Empty: an estimate by the rule of the product type."),
    )


def has_choice(filed: SubscriptionRequest) -> bool:
    """Return whether it can be done in two ways: at once within a window, or when the term is over."""
    if filed.kind == Kind.FEWER_SEATS:
        return True
    has_term = filed.subscription is not None and filed.subscription.commitment_end_date is not None
    return filed.cancel_when == CancelWhen.NOW and has_term


class CompleteForm(StepForm):
    """What comes back from Partner Center, and how it was done where that is a choice.

    ``outcome``: what would come of the request now; where there is a choice it decides what is chosen beforehand. A
    cancellation that was asked for at once is done at the end of the term where its window has shut.
    """

    done_when = forms.ChoiceField(
        label=_("How the seats were taken away"),
        choices=[
            (NOW, _("At once, within the window")),
            (AT_RENEWAL, _("Scheduled for the renewal")),
        ],
        widget=forms.RadioSelect,
        help_text=_("As it was done in Partner Center. At once: the number of seats changes here today."),
        error_messages={"required": _("Say how it was done.")},
    )
    external_reference = forms.CharField(
        label=_("Reference in Partner Center"),
        max_length=100,
        widget=forms.TextInput(attrs=COPIED),
        error_messages={"required": _("Copy the reference from Partner Center: it is the proof that it was done.")},
    )
    note = text_field(_("Note"), required=False, rows=3, help_text=_("The customer reads it."))

    def __init__(self, *args: Any, outcome: policy.Outcome | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        filed = self.subscription_request
        reference = self.fields["external_reference"]
        reference.help_text = REFERENCE_HELP[Kind(filed.kind)]
        at_once = outcome is not None and outcome.possible == policy.Possible.AT_ONCE
        if not has_choice(filed):
            del self.fields["done_when"]
        else:
            self.fields["done_when"].initial = NOW if at_once else AT_RENEWAL
        if has_choice(filed) and filed.kind == Kind.CANCELLATION:
            self._ask_how_it_was_cancelled(required=not at_once)
        if filed.at_end_of_term == EndOfTermChoice.RENEW and filed.subscription is not None:
            reference.initial = filed.subscription.external_id  # nothing is ordered: there is no other reference
        self._lines = list(filed.lines.all()) if filed.kind == Kind.PURCHASE else []
        self._ask_what_to_bring_back()

    def _ask_how_it_was_cancelled(self, *, required: bool) -> None:
        done_when: Any = self.fields["done_when"]
        done_when.label = _("How it was cancelled")
        done_when.choices = [(NOW, _("At once, within the window")), (AT_RENEWAL, _("For the end of the term"))]
        done_when.help_text = _("As it was done in Partner Center. At once: it is marked as cancelled here today.")
        done_when.required = required

    def _ask_what_to_bring_back(self) -> None:
        """Ask for what Partner Center shows that is not on record here."""
        subscription = self.subscription_request.subscription
        for line in self._lines:
            for name, field in fields_of_line(line).items():
                self.fields[part_of(line, name)] = field
        if subscription is not None and not subscription.external_id:
            self.fields["external_id"] = id_field(_("It is not on record here yet."))
        if self.subscription_request.kind == Kind.MORE_SEATS:
            self.fields["cancellation_allowed_until"] = window_field(_("The added seats can be given back until"))
        self.fields["note"] = self.fields.pop("note")  # at the end

    @property
    def about_the_request(self) -> list[BoundField]:
        """What is asked for once, before the lines; the note comes last."""
        parts = {part_of(line, name) for line in self._lines for name in LINE_FIELDS}
        return [self[name] for name in self.fields if name not in parts and name != "note"]

    @property
    def about_the_lines(self) -> list[tuple[RequestLine, list[BoundField]]]:
        """What is asked for about each line of a purchase."""
        return [
            (line, [self[part_of(line, name)] for name in LINE_FIELDS if part_of(line, name) in self.fields])
            for line in self._lines
        ]

    def clean(self) -> dict[str, Any]:
        """Say it as ``workflow.complete`` is called; what does not fit is told at its field."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "done_when" in cleaned:
            cleaned["at_renewal"] = cleaned.pop("done_when") == AT_RENEWAL
        fields = [part_of(line, "external_id") for line in self._lines] or ["external_id"]
        self._check_ids({field: cleaned[field] for field in fields if cleaned.get(field)})
        if self._lines:
            cleaned["brought_back"] = [self._of_line(line, cleaned) for line in self._lines]
        else:
            cleaned["brought_back"] = [self._of_subscription(cleaned)]
        return cleaned

    def _of_line(self, line: RequestLine, cleaned: dict[str, Any]) -> BroughtBack:
        values = {name: cleaned.pop(part_of(line, name), None) for name in LINE_FIELDS}
        brought = BroughtBack(**values | {"external_id": values["external_id"] or ""})
        start = brought.effective_start_date or timezone.now().date()
        if abs(start - timezone.now().date()) > YEAR:
            text = _("Give a day within a year from today. Look for a mistyped year.")
            self.add_error(part_of(line, "effective_start_date"), text)
        else:
            self._check_dates(line, start, brought)
        return brought

    def _check_dates(self, line: RequestLine, start: datetime.date, brought: BroughtBack) -> None:
        """Refuse dates that do not fit each other: completing cannot be taken back."""
        last = policy.first_term_end(line.offer.product.product_type, start, line.offer.term_duration)
        end, until = brought.commitment_end_date, brought.cancellation_allowed_until
        if end and end < start:
            self.add_error(part_of(line, "commitment_end_date"), _("The term cannot end before it starts."))
        elif end and last and end > last + A_DAY:
            text = _("This term starts on %(start)s and ends on %(end)s at the latest. Look for a mistyped year.")
            self.add_error(part_of(line, "commitment_end_date"), text % {"start": day(start), "end": day(last)})
        elif until and until < policy.start_of_day(start):
            text = _("The window cannot close before the subscription was bought.")
            self.add_error(part_of(line, "cancellation_allowed_until"), text)
        elif until:
            self._check_window(part_of(line, "cancellation_allowed_until"), until, end or last)

    def _of_subscription(self, cleaned: dict[str, Any]) -> BroughtBack:
        until = cleaned.pop("cancellation_allowed_until", None)
        subscription = self.subscription_request.subscription
        if until and until < self.subscription_request.submitted_at:
            self.add_error("cancellation_allowed_until", _("The window cannot close before the seats were added."))
        elif until and subscription is not None:
            self._check_window("cancellation_allowed_until", until, subscription.commitment_end_date)
        return BroughtBack(external_id=cleaned.pop("external_id", None) or "", cancellation_allowed_until=until)

    def _check_window(self, field: str, until: datetime.datetime, end: datetime.date | None) -> None:
        """Refuse a window that outlasts its term, or a year where there is no term."""
        if until > (policy.end_of_day(end) if end else timezone.now() + YEAR):
            self.add_error(field, _("The window closes within the term. Look for a mistyped year."))

    def _check_ids(self, named: dict[str, str]) -> None:
        """Refuse the ID of another subscription, and one that is given twice. ``named``: by the name of the field."""
        others = Subscription.objects.select_related("product").filter(
            customer_id=self.subscription_request.customer_id, external_id__in=named.values()
        )
        owners = {one.external_id: one for one in others} if named else {}
        for field, external_id in named.items():
            if external_id in owners:
                self.add_error(field, workflow.id_taken(external_id, owners[external_id]))
            elif [*named.values()].count(external_id) > 1:
                self.add_error(field, _("You have given this ID to two lines. Look which of them it is."))

    def clean_done_when(self) -> str:
        """Refuse to schedule for a renewal that never comes."""
        chosen: str = self.cleaned_data["done_when"]
        subscription = self.subscription_request.subscription
        if chosen == AT_RENEWAL and subscription is not None and subscription.commitment_end_date is None:
            raise forms.ValidationError(_("This subscription has no term that is renewed."))
        return chosen

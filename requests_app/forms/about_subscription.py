"""What customers ask about a subscription with: one form for each kind, all of one shape.

A form knows what will come of what it asks (``outcome``), and files it (``submit``). Forms repeat kindly what the
database demands.
"""

import datetime
import hashlib
from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, User
from requests_app import policy, previews, workflow
from requests_app.forms.texts import seats_field, text_field
from requests_app.models import (
    ABOUT_THE_END,
    BillingCycle,
    CancelWhen,
    EndOfTermChoice,
    Kind,
    Subscription,
    SubscriptionQuerySet,
    SubscriptionRequest,
    TermDuration,
)

BILLED: dict[str, tuple[BillingCycle, ...]] = {
    TermDuration.P1M: (BillingCycle.MONTHLY,),
    TermDuration.P1Y: (BillingCycle.MONTHLY, BillingCycle.ANNUAL),
    TermDuration.P3Y: (BillingCycle.MONTHLY, BillingCycle.ANNUAL, BillingCycle.TRIENNIAL),
}
"""How a term can be billed, from Partner Center's combinations of ``termDuration`` and ``billingCycle``."""


class SubscriptionField(forms.ChoiceField):
    """Asks for one of the customer's subscriptions; all that can be chosen are read once."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.subscriptions: dict[str, Subscription] = {}

    def offer(self, subscriptions: Sequence[Subscription], empty_label: Any) -> None:
        """Set what can be chosen, by name."""
        named = sorted(((self.label_of(one), one) for one in subscriptions), key=lambda pair: pair[0].casefold())
        self.subscriptions = {str(one.pk): one for _name, one in named}
        self.choices = [("", empty_label), *((one.pk, name) for name, one in named)]

    @staticmethod
    def label_of(subscription: Subscription) -> str:
        product = str(subscription.product)
        named = f"{subscription.friendly_name} ({product})" if subscription.friendly_name else product
        return ngettext("%(name)s, %(seats)d seat", "%(name)s, %(seats)d seats", subscription.quantity) % {
            "name": named,
            "seats": subscription.quantity,
        }

    def valid_value(self, value: Any) -> bool:
        return str(value) in self.subscriptions

    def clean(self, value: Any) -> Subscription | None:
        return self.subscriptions.get(str(super().clean(value)))


class ChoiceWithMeaning(forms.ChoiceField):
    """Radio buttons with a sentence under each; ``nested``: fields of the form that belong to one of the choices."""

    widget = forms.RadioSelect

    def __init__(
        self, *, means: dict[str, Any], nested: dict[str, tuple[str, ...]] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.template_name = "components/choice_field.html"
        self.means = means
        self.nested = nested or {}


class AboutSubscriptionForm(forms.Form):
    """The subscription, what shall become of it, and a note.

    ``title``: of the page; ``nothing``: what it says where there is no subscription that this can be asked about.
    ``decides``: the fields that what will happen hangs on, besides the subscription; they can stand in the address, too.
    """

    kind: ClassVar[Kind]
    title: ClassVar[Any]
    nothing: ClassVar[Any] = gettext_lazy("No subscription is running, or the end of each is arranged already.")
    decides: ClassVar[tuple[str, ...]]

    subscription = SubscriptionField(
        label=_("Subscription"),
        error_messages={
            "required": _("Choose the subscription."),
            "invalid_choice": _("This cannot be asked about this subscription (any more). Choose another one."),
        },
    )

    def __init__(
        self, *args: Any, customer: Customer, subscriptions: Sequence[Subscription] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.customer = customer
        field = self.fields["subscription"]
        assert isinstance(field, SubscriptionField)
        self.subscriptions = list(self.eligible(customer) if subscriptions is None else subscriptions)
        for one in self.subscriptions:
            one.customer = customer  # with its partner, which is joined there
        field.offer(self.subscriptions, _("Choose a subscription"))
        self.picture: dict[str, Any] | None = None

    @classmethod
    def eligible(cls, customer: Customer) -> SubscriptionQuerySet:
        """Return the subscriptions that this can be asked about."""
        return customer.subscriptions.cancellable().select_related("product")

    @classmethod
    def why_not_about(cls, subscription: Subscription) -> str:
        """Return why this cannot be asked about a subscription, as a sentence; empty: it can."""
        if not subscription.is_running:
            return str(_("This subscription has ended: nothing can be asked about it any more."))
        if subscription.ends_on is not None:
            return str(_("The end of this subscription is arranged already: nothing can be changed any more."))
        return ""

    def previewing(self, data: Any) -> "AboutSubscriptionForm":
        """Return the same form filled with ``data``, for what would come of it."""
        return type(self)(data, customer=self.customer, subscriptions=self.subscriptions)

    def clean(self) -> dict[str, Any]:
        """Check the fields against each other, and keep what a preview is made of before the last check of all."""
        cleaned: dict[str, Any] = super().clean() or {}
        subscription = cleaned.get("subscription")
        if subscription is not None:
            self.check(subscription, cleaned)
        if not {"subscription", *self.decides} & self.errors.keys():
            self.picture = {name: cleaned.get(name) for name in ("subscription", *self.decides)}
        if subscription is not None:
            self._refuse_a_second(subscription)
        return cleaned

    def check(self, subscription: Subscription, cleaned: dict[str, Any]) -> None:
        """Refuse what cannot be asked about this subscription, with ``add_error``."""

    def _refuse_a_second(self, subscription: Subscription) -> None:
        """Tell kindly what the database would refuse: a second open request about the end."""
        if self.kind not in ABOUT_THE_END:
            return
        other = SubscriptionRequest.objects.open().about_the_end().filter(subscription=subscription).first()
        if other is not None:
            self.add_error(
                "subscription",
                forms.ValidationError(
                    _("A request about the end of this subscription is open already: %(number)s."),
                    code="open_already",
                    params={"number": other.number},
                ),
            )

    def chosen(self) -> Subscription | None:
        """Return the subscription that stands in the form, whatever else is wrong with it."""
        field = self.fields["subscription"]
        assert isinstance(field, SubscriptionField)
        return field.subscriptions.get(str(self["subscription"].value() or ""))

    def missing(self) -> list[str]:
        """Return what has to be filled in or put right before it can be said what will happen."""
        return [str(error) for name in ("subscription", *self.decides) for error in self.errors.get(name, [])]

    def outcome(self, now: datetime.datetime) -> policy.Outcome | None:
        """Return what will come of it at ``now``; None while what it hangs on is missing or wrong."""
        if self.picture is None:
            return None
        asked = dict(self.picture)
        return self.outcome_of(self.facts_of(asked.pop("subscription")), now, **asked)

    def facts_of(self, subscription: Subscription) -> policy.Facts:
        """Return what the rules have to know."""
        return previews.facts_of(subscription)

    def outcome_of(self, facts: policy.Facts, now: datetime.datetime, **asked: Any) -> policy.Outcome:
        raise NotImplementedError

    def fingerprint(self) -> str:
        """Return a short hash of what the outcome hangs on: another one means that the form was changed since."""
        picture = self.picture or {}
        text = repr([(name, getattr(value, "pk", value)) for name, value in sorted(picture.items())])
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def submit(self, *, actor: User, sent: workflow.Sent) -> SubscriptionRequest:
        """File the request of a valid form. Raises what ``workflow.submit_…`` raises."""
        raise NotImplementedError

    def top_fields(self) -> list[forms.BoundField]:
        """Return the fields in their order, without those that belong to a choice of another field."""
        nested = {
            name
            for field in self.fields.values()
            if isinstance(field, ChoiceWithMeaning)
            for names in field.nested.values()
            for name in names
        }
        return [field for field in self if field.name not in nested]


class CancellationForm(AboutSubscriptionForm):
    """Which subscription, when, and why."""

    kind = Kind.CANCELLATION
    title = gettext_lazy("Ask to cancel")
    decides = ("when",)

    when = ChoiceWithMeaning(
        label=_("When shall it end?"),
        choices=CancelWhen,
        means={
            CancelWhen.NOW: _(
                "At once within the cancellation window. After it, your partner looks at what is possible."
            ),
            CancelWhen.END_OF_TERM: _("You keep it until the last day of the term. It does not renew."),
        },
        error_messages={
            "required": _("Say when it shall end."),
            "invalid_choice": _("Choose one of the two: as soon as possible, or at the end of the term."),
        },
    )
    reason = text_field(
        _("Reason"),
        help_text=_("Your partner reads it. It helps them to find what suits you better."),
        error_messages={"required": _("Give your partner a reason, a few words are enough.")},
    )

    def check(self, subscription: Subscription, cleaned: dict[str, Any]) -> None:
        if cleaned.get("when") == CancelWhen.END_OF_TERM and not subscription.commitment_end_date:
            self.add_error("when", _("This subscription has no term that ends. Choose “As soon as possible”."))

    def outcome_of(self, facts: policy.Facts, now: datetime.datetime, **asked: Any) -> policy.Outcome:
        return policy.outcome_of_cancellation(facts, asked["when"], now)

    def submit(self, *, actor: User, sent: workflow.Sent) -> SubscriptionRequest:
        data = self.cleaned_data
        return workflow.submit_cancellation(
            data["subscription"], when=CancelWhen(data["when"]), actor=actor, reason=data["reason"], sent=sent
        )


NOTE_HELP = gettext_lazy("From when on, a purchase order number, anything that helps.")


class MoreSeatsForm(AboutSubscriptionForm):
    """How many seats more."""

    kind = Kind.MORE_SEATS
    title = gettext_lazy("Ask for more seats")
    decides = ("seats",)

    seats = seats_field(_("How many more seats?"))
    note = text_field(_("Note to your partner"), required=False, help_text=NOTE_HELP)

    def outcome_of(self, facts: policy.Facts, now: datetime.datetime, **asked: Any) -> policy.Outcome:
        return policy.outcome_of_more_seats(facts, facts.quantity + asked["seats"], now)

    def submit(self, *, actor: User, sent: workflow.Sent) -> SubscriptionRequest:
        data = self.cleaned_data
        return workflow.submit_more_seats(
            data["subscription"], seats=data["seats"], actor=actor, note=data["note"], sent=sent
        )


class FewerSeatsForm(AboutSubscriptionForm):
    """How many seats fewer; one always stays."""

    kind = Kind.FEWER_SEATS
    title = gettext_lazy("Ask for fewer seats")
    decides = ("seats",)

    seats = seats_field(_("How many fewer seats?"), help_text=_("One always stays."))
    note = text_field(_("Note to your partner"), required=False)

    def check(self, subscription: Subscription, cleaned: dict[str, Any]) -> None:
        if (cleaned.get("seats") or 0) >= subscription.quantity:
            self.add_error(
                "seats",
                ngettext(
                    "The subscription has %(quantity)d seat. To give all of them back, ask to cancel it.",
                    "The subscription has %(quantity)d seats. To give all of them back, ask to cancel it.",
                    subscription.quantity,
                )
                % {"quantity": subscription.quantity},
            )

    def outcome_of(self, facts: policy.Facts, now: datetime.datetime, **asked: Any) -> policy.Outcome:
        return policy.outcome_of_fewer_seats(facts, facts.quantity - asked["seats"], now)

    def facts_of(self, subscription: Subscription) -> policy.Facts:
        return previews.beside_what_is_asked_back(super().facts_of(subscription), subscription)

    def submit(self, *, actor: User, sent: workflow.Sent) -> SubscriptionRequest:
        data = self.cleaned_data
        return workflow.submit_fewer_seats(
            data["subscription"], seats=data["seats"], actor=actor, note=data["note"], sent=sent
        )


RENEWAL = ("renewal_quantity", "renewal_term_duration", "renewal_billing_cycle")


class EndOfTermForm(AboutSubscriptionForm):
    """What shall happen when the term is over."""

    kind = Kind.END_OF_TERM
    title = gettext_lazy("Say what should happen at the end of the term")
    nothing = gettext_lazy("No subscription has a term that ends, or the end of each is arranged already.")
    decides = ("choice", *RENEWAL)

    choice = ChoiceWithMeaning(
        label=_("What should happen when the term is over?"),
        choices=EndOfTermChoice,
        means={
            EndOfTermChoice.RENEW: _("Another term with the same seats and the same billing."),
            EndOfTermChoice.RENEW_CHANGED: _("Another number of seats, another term, other billing."),
            EndOfTermChoice.CANCEL: _(
                "You keep it until the last day. Then access stops and nothing is billed any more."
            ),
            EndOfTermChoice.MONTH_TO_MONTH: _(
                "It goes on without a new term, at a higher price, until it is cancelled."
            ),
        },
        nested={EndOfTermChoice.RENEW_CHANGED: RENEWAL},
        error_messages={
            "required": _("Say what should happen when the term is over."),
            "invalid_choice": _("Choose one of the four."),
        },
    )
    renewal_quantity = seats_field(
        _("Seats from the renewal on"), required=False, help_text=_("Empty: as many as now.")
    )
    renewal_term_duration = forms.ChoiceField(
        label=_("Term"),
        required=False,
        choices=[("", _("As now")), *TermDuration.choices],
        error_messages={"invalid_choice": _("Choose one of the terms.")},
    )
    renewal_billing_cycle = forms.ChoiceField(
        label=_("Billed"),
        required=False,
        choices=[("", _("As now")), *((one.value, one.label) for one in BILLED[TermDuration.P3Y])],
        error_messages={"invalid_choice": _("Choose one of the ways of billing.")},
    )
    note = text_field(_("Note to your partner"), required=False)

    @classmethod
    def eligible(cls, customer: Customer) -> SubscriptionQuerySet:
        return super().eligible(customer).filter(commitment_end_date__isnull=False)

    @classmethod
    def why_not_about(cls, subscription: Subscription) -> str:
        if not (why := super().why_not_about(subscription)) and subscription.commitment_end_date is None:
            return str(_("This subscription has no term that ends: it goes on until it is cancelled."))
        return why

    def clean(self) -> dict[str, Any]:
        """Pass over what belongs to a choice that was not made: it is kept, and is neither checked nor asked for."""
        if self.cleaned_data.get("choice") != EndOfTermChoice.RENEW_CHANGED:
            for name in RENEWAL:
                self.errors.pop(name, None)
                self.cleaned_data[name] = None
        return super().clean()

    def check(self, subscription: Subscription, cleaned: dict[str, Any]) -> None:
        """Leave out of a changed renewal what is as it was; refuse one that changes nothing, or cannot be billed so."""
        if cleaned.get("choice") != EndOfTermChoice.RENEW_CHANGED or self.errors.keys() & set(RENEWAL):
            return
        now = (subscription.quantity, subscription.term_duration, subscription.billing_cycle)
        for name, as_now in zip(RENEWAL, now, strict=True):
            cleaned[name] = None if cleaned[name] == as_now else cleaned[name] or None
        if not any(cleaned[name] for name in RENEWAL):
            self.add_error(
                "choice", _("Nothing would be different. Say what should change, or choose to renew it as it is.")
            )
        term = cleaned["renewal_term_duration"] or subscription.term_duration
        cycle = cleaned["renewal_billing_cycle"] or subscription.billing_cycle
        changed = cleaned["renewal_term_duration"] or cleaned["renewal_billing_cycle"]
        if changed and cycle not in BILLED[term]:
            self.add_error("renewal_billing_cycle", self._billed_otherwise(term))

    @staticmethod
    def _billed_otherwise(term: str) -> str:
        return {
            TermDuration.P1M: str(_("A term of 1 month is billed monthly. Choose that here.")),
            TermDuration.P1Y: str(_("A term of 1 year is billed monthly or yearly. Choose one of them here.")),
            TermDuration.P3Y: str(_("A term of 3 years is billed monthly, yearly or every 3 years. Choose one here.")),
        }[TermDuration(term)]

    def outcome_of(self, facts: policy.Facts, now: datetime.datetime, **asked: Any) -> policy.Outcome:
        if asked["choice"] == EndOfTermChoice.CANCEL:  # as it is filed
            return policy.outcome_of_cancellation(facts, CancelWhen.END_OF_TERM, now)
        return previews.of_end_of_term(facts, EndOfTermChoice(asked["choice"]), self._changes(asked), now)

    def submit(self, *, actor: User, sent: workflow.Sent) -> SubscriptionRequest:
        data = self.cleaned_data
        return workflow.submit_end_of_term(
            data["subscription"],
            choice=EndOfTermChoice(data["choice"]),
            actor=actor,
            changes=self._changes(data),
            note=data["note"],
            sent=sent,
        )

    @staticmethod
    def _changes(data: dict[str, Any]) -> workflow.RenewalChanges:
        return workflow.RenewalChanges(
            quantity=data["renewal_quantity"],
            term_duration=data["renewal_term_duration"] or "",
            billing_cycle=data["renewal_billing_cycle"] or "",
        )


FORMS: dict[Kind, type[AboutSubscriptionForm]] = {
    form.kind: form for form in (CancellationForm, MoreSeatsForm, FewerSeatsForm, EndOfTermForm)
}
"""The form of each kind that is about a subscription."""

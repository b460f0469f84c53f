"""What customers ask to buy with. Forms repeat kindly what the database demands."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from django import forms
from django.forms.formsets import BaseFormSet, ManagementForm, formset_factory
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_lazy as _

from requests_app.forms.texts import seats_field, text_field
from requests_app.models import BillingCycle, Offer, ProductType
from requests_app.workflow import OrderLine

MAX_LINES = 20


PRICES = {
    BillingCycle.MONTHLY: gettext_lazy("%(price)s a seat each month"),
    BillingCycle.ANNUAL: gettext_lazy("%(price)s a seat each year"),
    BillingCycle.TRIENNIAL: gettext_lazy("%(price)s a seat every 3 years"),
    BillingCycle.ONE_TIME: gettext_lazy("%(price)s a seat, once"),
    BillingCycle.NONE: gettext_lazy("%(price)s a seat"),
}
"""What a seat costs, said with how often: a price of a month is not to be compared with one of a year."""


class OfferField(forms.ChoiceField):
    """Asks for one of the offers that are sold to the customer today; all of them are read once for all lines."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.offers: dict[str, Offer] = {}

    def offer(self, offers: Sequence[Offer], empty_label: str) -> None:
        """Set what can be chosen, grouped by category."""
        self.offers = {str(offer.pk): offer for offer in offers}

        def choices() -> list[Any]:  # once they are shown: a form that is filed needs none of the words
            groups = groupby(offers, key=lambda offer: offer.product.get_category_display())
            named = [(name, [(one.pk, self.label_of(one)) for one in group]) for name, group in groups]
            return [("", empty_label), *named]

        self.choices = choices

    @staticmethod
    def label_of(offer: Offer) -> str:
        if offer.product.product_type == ProductType.AZURE_USAGE:
            return gettext("%(product)s: billed by what is used") % {"product": offer.product}
        price = PRICES[BillingCycle(offer.billing_cycle)] % {"price": f"{offer.currency} {offer.unit_price:,.2f}"}
        return gettext("%(product)s: %(term)s, %(price)s") % {
            "product": offer.product,
            "term": offer.get_term_duration_display(),
            "price": price,
        }

    def valid_value(self, value: Any) -> bool:
        return str(value) in self.offers

    def clean(self, value: Any) -> Offer | None:
        return self.offers.get(str(super().clean(value)))


class PurchaseLineForm(forms.Form):
    """One product and how many seats of it."""

    offer = OfferField(
        label=_("Product"),
        error_messages={
            "required": _("Choose a product for this line."),
            "invalid_choice": _("This product is not sold to you (any more). Choose another one."),
        },
    )
    quantity = seats_field(_("Seats"))

    def __init__(self, *args: Any, offers: Sequence[Offer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["offer"]
        assert isinstance(field, OfferField)
        field.offer(offers, gettext("Choose a product"))


class PurchaseLines(BaseFormSet):
    """The lines of a purchase. Empty lines are passed over, one has to be filled in, no offer stands twice."""

    default_error_messages = {
        **BaseFormSet.default_error_messages,
        "too_many_forms": _("One request holds at most %(num)d products. Send the others in a second one."),
    }

    @cached_property
    def management_form(self) -> ManagementForm:
        """Count the lines that were sent rather than fail where the count is missing or wrong."""
        if not self.is_bound:
            return super().management_form
        prefix = f"{self.prefix}-"
        positions = [name.removeprefix(prefix).split("-", 1)[0] for name in self.data if name.startswith(prefix)]
        numbers = [int(one) for one in positions if one.isascii() and one.isdecimal() and len(one) <= 3]
        total = min(max(numbers, default=-1) + 1, MAX_LINES + 1)  # one too many is told, not cut off
        form = ManagementForm({f"{prefix}TOTAL_FORMS": max(total, 1), f"{prefix}INITIAL_FORMS": 0}, prefix=self.prefix)
        form.full_clean()
        return form

    def clean(self) -> None:
        if any(self.errors):
            return
        lines = self.lines()
        if not lines:
            raise forms.ValidationError(_("Say what you would like to buy: choose at least one product."), "empty")
        if len({line.offer.pk for line in lines}) < len(lines):
            raise forms.ValidationError(
                _("The same product stands on two lines. Put its seats together on one."), "twice"
            )

    def lines(self) -> list[OrderLine]:
        """Return what the valid lines ask for."""
        return [OrderLine(**form.cleaned_data) for form in self.forms if form.cleaned_data]


PurchaseLineFormSet = formset_factory(
    PurchaseLineForm,
    formset=PurchaseLines,
    extra=1,
    max_num=MAX_LINES,
    absolute_max=MAX_LINES + 1,
    validate_max=True,
)


class PurchaseForm(forms.Form):
    """What goes with the lines of a purchase."""

    note = text_field(
        _("Note to your partner"),
        required=False,
        help_text=_("From when you need them, a purchase order number, anything that helps."),
    )

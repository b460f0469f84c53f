"""Texts of several lines and numbers of seats, as every form asks for them."""

from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

NOTE_LENGTH = 4000
MAX_SEATS = 100_000


class LongText(forms.CharField):
    """A text of several lines. A line break counts as one character, as the browser counts it."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return text.replace("\r\n", "\n") if isinstance(text, str) else text


def text_field(label: Any, *, required: bool = True, rows: int = 4, **kwargs: Any) -> forms.CharField:
    return LongText(
        label=label,
        required=required,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": rows}),
        **kwargs,
    )


def seats_field(label: Any, *, required: bool = True, **kwargs: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        required=required,
        validators=[
            MinValueValidator(1, _("Ask for at least 1 seat.")),
            MaxValueValidator(MAX_SEATS, _("Ask for at most 100,000 seats in one request.")),
        ],
        error_messages={
            "required": _("Say how many seats."),
            "invalid": _("Give the number of seats in digits, such as 25."),
        },
        widget=forms.NumberInput(attrs={"min": 1, "max": MAX_SEATS, "inputmode": "numeric"}),
        **kwargs,
    )

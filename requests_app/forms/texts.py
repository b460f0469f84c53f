"""Texts of several lines, as every form asks for them."""

from typing import Any

from django import forms

NOTE_LENGTH = 4000


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

"""Moments as Partner Center shows them."""

import datetime
from typing import Any

from django import forms
from django.utils import timezone


class UtcDateTimeField(forms.DateTimeField):
    """Asks for a moment in UTC, as Partner Center shows it, whatever the reader's own time zone is."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S")

    def prepare_value(self, value: Any) -> Any:
        with timezone.override(datetime.UTC):
            return super().prepare_value(value)

    def to_python(self, value: Any) -> Any:
        with timezone.override(datetime.UTC):
            return super().to_python(value)

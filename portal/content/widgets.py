"""Inputs of the forms of content."""

from typing import Any

from django import forms


class LocalMoment(forms.DateTimeInput):
    """A moment in the reader's zone, by the browser's own calendar."""

    input_type = "datetime-local"

    def __init__(self, attrs: Any = None) -> None:
        super().__init__(attrs, "%Y-%m-%dT%H:%M")

"""Two people with the same row open: nobody's edit is undone by the other's save, and nothing that was typed is lost."""

import json
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from portal.lib.translated import TranslatedWidget


class AsShownField(forms.CharField):
    """What a form was opened with; no part of the row."""

    widget = forms.HiddenInput

    def has_changed(self, initial: Any, data: Any) -> bool:
        return False


class NotEditedMeanwhileForm(forms.ModelForm):
    """A form that remembers what it was opened with, and is not saved over what somebody else has saved since.

    It is then shown again: what its reader did not touch is as it is now, what both have changed is as they typed it,
    with the other's value beside it. Saved once more it holds. The row has to be locked when the form is made from a
    POST. Fields with several inputs, other than texts in several languages, are told of but left as they were typed.
    """

    as_shown = AsShownField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._edited: dict[str, bool] = {}  # what is not as it was shown: whether this reader has changed it, too
        if "as_shown" not in self.fields or not self.instance.pk:
            return
        now = {name: self._text(name, self.get_initial_for_field(field, name)) for name, field in self._compared()}
        self.initial["as_shown"] = json.dumps(now)
        if self.is_bound:
            self._compare(now)

    def _compared(self) -> list[tuple[str, forms.Field]]:
        return [(name, field) for name, field in self.fields.items() if name != "as_shown" and not field.disabled]

    def _text(self, name: str, value: Any) -> str:
        """Return a value as the widget writes it into the page."""
        field = self.fields[name]
        if isinstance(field, forms.BooleanField):
            return str(bool(value))
        written = field.widget.format_value(field.prepare_value(value))
        return ",".join(map(str, written)) if isinstance(written, list) else str(written or "")

    def as_posted(self) -> QueryDict:
        """Return what a browser would send that was shown this form and touched nothing in it."""
        data = QueryDict(mutable=True)
        for name, field in self._compared():
            self._take_over(
                data, field, self.add_prefix(name), self._text(name, self.get_initial_for_field(field, name))
            )
        return data

    def _compare(self, now: dict[str, str]) -> None:
        try:
            shown = json.loads(self.data.get(self.add_prefix("as_shown"), ""))
        except ValueError:
            return  # a form that was not opened here: it says everything it wants
        if not isinstance(shown, dict):
            return
        data: Any = self.data
        self.data = data = data.copy()
        for name, field in self._compared():
            was = shown.get(name)
            if not isinstance(was, str) or self._same(field, was, now[name]):
                continue
            key = self.add_prefix(name)
            posted = self._text(name, field.widget.value_from_datadict(self.data, self.files, key))
            if self._same(field, posted, now[name]):
                continue  # both have done the same
            self._edited[name] = not self._same(field, posted, was)
            if not self._edited[name]:
                self._take_over(data, field, key, now[name])
        data[self.add_prefix("as_shown")] = json.dumps(now)

    @staticmethod
    def _same(field: forms.Field, one: str, other: str) -> bool:
        if one == other or isinstance(field, forms.ModelChoiceField):
            return one == other
        try:
            return bool(field.to_python(one) == field.to_python(other))
        except forms.ValidationError:
            return False

    @staticmethod
    def _take_over(data: Any, field: forms.Field, key: str, value: str) -> None:
        if isinstance(field.widget, TranslatedWidget):
            data.update(field.widget.inputs(key, value))
        elif isinstance(field, forms.MultipleChoiceField):
            data.setlist(key, value.split(",") if value else [])
        elif not isinstance(field, forms.BooleanField):
            data[key] = value
        elif value == str(True):
            data[key] = "on"
        else:
            data.pop(key, None)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self._edited:
            return cleaned
        for name, both in self._edited.items():
            field, value = self.fields[name], self.get_initial_for_field(self.fields[name], name)
            text = self._in_words(field, value)
            if both:
                self.add_error(name, _("Meanwhile somebody has changed this to: %(value)s") % {"value": text})
            else:
                self.add_error(name, _("Somebody has changed this meanwhile. Here you see it as it is now."))
        names = ", ".join(str(capfirst(self.fields[name].label or name)) for name in self._edited)
        raise forms.ValidationError(
            _(
                "Somebody else has saved this meanwhile. Nothing of yours is saved yet: look at %(fields)s and save again."
            ),
            params={"fields": names},
            code="edited_meanwhile",
        )

    @staticmethod
    def _in_words(field: forms.Field, value: Any) -> str:
        if isinstance(field, forms.BooleanField):
            return _("Yes") if value else _("No")
        prepared = field.prepare_value(value)
        if isinstance(field.widget, TranslatedWidget):
            return " / ".join(filter(None, field.widget.decompress(prepared))) or "–"
        choices: Any = getattr(field, "choices", ())
        if isinstance(field, forms.MultipleChoiceField):
            return ", ".join(str(label) for key, label in choices if key in (prepared or ())) or "–"
        if isinstance(field, forms.ChoiceField):
            return next((str(label) for key, label in choices if str(key) == str(prepared)), str(prepared))
        return str(field.widget.format_value(prepared) or "–")

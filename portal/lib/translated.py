"""One text in several languages, kept in a JSON column: ``{"en": "Home", "zh-hant": "首頁"}``.

Adding a language to ``settings.LANGUAGES`` needs neither code nor a migration.
"""

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class TranslatedText(dict[str, str]):
    """The texts by language code. ``str()`` is the text in the active language."""

    def __str__(self) -> str:
        return self.in_language(get_language() or settings.LANGUAGE_CODE)

    def in_language(self, language: str) -> str:
        """Return the text in ``language``, else in the site's own language, else in whichever there is, else ``""``."""
        return self.get(language) or self.get(settings.LANGUAGE_CODE) or next(filter(None, self.values()), "")

    def missing(self) -> list[str]:
        """Return the codes of the site's languages in which there is no text yet."""
        return [code for code, _name in settings.LANGUAGES if not self.get(code)]


class TranslatedWidget(forms.MultiWidget):
    """One input for each language, named and labelled by it."""

    template_name = "components/translated_widget.html"

    def __init__(self, widget: type[forms.Widget], attrs: dict[str, Any] | None = None) -> None:
        self.languages = settings.LANGUAGES
        super().__init__({code: widget(attrs={"lang": code}) for code, _name in self.languages}, attrs)

    def decompress(self, value: Any) -> list[str]:
        return [(value or {}).get(code, "") for code, _name in self.languages]

    def format_value(self, value: Any) -> str:
        """Return the texts of all inputs as one, for comparing: of a mapping by language, or of what was typed."""
        texts = self.decompress(value) if isinstance(value, Mapping) or not value else value
        return json.dumps([text or "" for text in texts])

    def inputs(self, name: str, formatted: str) -> dict[str, str]:
        """Return what a form would send from the inputs called ``name`` for the texts of :meth:`format_value`."""
        suffixes: list[str] = self.widgets_names  # type: ignore[attr-defined]  # not in the stubs
        return {name + suffix: text for suffix, text in zip(suffixes, json.loads(formatted), strict=True)}

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        for subwidget, (_code, label) in zip(context["widget"]["subwidgets"], self.languages, strict=True):
            subwidget["label"] = label
        return context


class TranslatedFormField(forms.MultiValueField):
    """Asks for the text in each language; one of them is enough, and the site shows it where others are missing."""

    def __init__(self, *, widget: type[forms.Widget] = forms.TextInput, max_length: int | None = None, **kwargs: Any):
        fields = [forms.CharField(required=False, max_length=max_length) for _language in settings.LANGUAGES]
        kwargs.pop("encoder", None)
        kwargs.pop("decoder", None)
        super().__init__(fields, widget=TranslatedWidget(widget), require_all_fields=False, **kwargs)

    def compress(self, data_list: list[str]) -> TranslatedText:
        codes = [code for code, _name in settings.LANGUAGES]
        return TranslatedText({code: text for code, text in zip(codes, data_list, strict=False) if text})

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(super().has_changed(self.widget.decompress(initial), data))


class TranslatedField(models.JSONField):
    """A text in the site's languages; reads as :class:`TranslatedText`, accepts any mapping of code to text."""

    description = _("Text in several languages")

    def __init__(self, *args: Any, multiline: bool = False, text_max_length: int | None = None, **kwargs: Any) -> None:
        self.multiline = multiline
        self.text_max_length = text_max_length
        kwargs.setdefault("default", TranslatedText)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Any, dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("default", None)
        return name, path, args, kwargs

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        loaded = super().from_db_value(value, expression, connection)
        return TranslatedText(loaded) if isinstance(loaded, dict) else loaded

    def to_python(self, value: Any) -> Any:
        return TranslatedText(value) if isinstance(value, dict) else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = getattr(model_instance, self.attname)
        if isinstance(value, dict) and not isinstance(value, TranslatedText):
            value = TranslatedText(value)
            setattr(model_instance, self.attname, value)
        return value

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        super().validate(value, model_instance)
        known = {code for code, _name in settings.LANGUAGES}
        if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
            raise ValidationError(_("Give the text in each language."))
        if unknown := sorted(set(value) - known):
            raise ValidationError(_("Unknown language: %(codes)s"), params={"codes": ", ".join(unknown)})

    def formfield(self, **kwargs: Any) -> Any:
        return TranslatedFormField(
            widget=forms.Textarea if self.multiline else forms.TextInput,
            max_length=self.text_max_length,
            required=not self.blank,
            label=kwargs.get("label", self.verbose_name),
            help_text=kwargs.get("help_text", self.help_text),
        )

    def value_to_string(self, obj: models.Model) -> Any:
        return dict(self.value_from_object(obj))

"""Texts in several languages."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from portal.lib.translated import TranslatedField, TranslatedText
from requests_app.models import Product
from tests import factories

BOTH = TranslatedText({"en": "Home", "zh-hant": "首頁"})


@pytest.mark.parametrize(("language", "text"), [("en", "Home"), ("zh-hant", "首頁"), ("fr", "Home")])
def test_text_is_in_the_active_language(language, text):
    with translation.override(language):
        assert str(BOTH) == text


def test_text_falls_back_to_whatever_there_is():
    assert TranslatedText({"zh-hant": "首頁"}).in_language("en") == "首頁"
    assert TranslatedText().in_language("en") == ""


def test_text_missing_languages():
    assert TranslatedText({"en": "Home"}).missing() == ["zh-hant"]


@pytest.mark.parametrize("value", [{"xx": "?"}, {"en": 3}, "Home", ["Home"]])
def test_field_refuses_what_is_no_text(value):
    with pytest.raises(ValidationError):
        TranslatedField().clean(value, None)


@pytest.mark.django_db
def test_field_keeps_the_text_and_finds_it():
    made = factories.product()
    made.name = {"en": "Visio", "zh-hant": "繪圖"}
    made.save()
    stored = Product.objects.get(name__icontains="繪圖")
    assert stored == made
    assert isinstance(stored.name, TranslatedText)
    assert stored.name == {"en": "Visio", "zh-hant": "繪圖"}


def test_form_field_reads_one_input_for_each_language():
    field = TranslatedField().formfield()
    assert field.clean(["Home", "首頁"]) == BOTH
    with pytest.raises(ValidationError):
        field.clean(["", ""])
    assert field.clean(["", "首頁"]) == {"zh-hant": "首頁"}

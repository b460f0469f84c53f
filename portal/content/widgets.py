"""Inputs of the forms of content."""

from typing import Any, ClassVar

from django import forms

from portal.lib.translated import TranslatedWidget


class LocalMoment(forms.DateTimeInput):
    """A moment in the reader's zone, by the browser's own calendar."""

    input_type = "datetime-local"

    def __init__(self, attrs: Any = None) -> None:
        super().__init__(attrs, "%Y-%m-%dT%H:%M")


class ArticleWidget(TranslatedWidget):
    """An article in each language, how Markdown is written, and how it will read."""

    template_name = "components/article_widget.html"

    class Media:
        js: ClassVar[list[forms.Script]] = [forms.Script("js/article.js", type="module")]

    def __init__(self) -> None:
        super().__init__(forms.Textarea, {"rows": 14})

"""What an import asks for: a file, what its columns mean, and whether lines that are wrong are left out."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import Partner, User
from accounts.permissions import can, can_anywhere, partners_where
from requests_app.imports import mapping, reading
from requests_app.imports.columns import COLUMNS, DATES, NEEDED, Column
from requests_app.models import ImportKind, ImportRun
from requests_app.models.imports import CAPABILITIES


class StartForm(forms.Form):
    """Which kind of lines, which file, and (for those who work for several) at which partner."""

    partner = forms.ModelChoiceField(label=gettext_lazy("Partner"), queryset=Partner.objects.none())
    kind = forms.ChoiceField(label=gettext_lazy("What is in the file"), choices=ImportKind, widget=forms.RadioSelect)
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV or XLSX, at most 25 MB and 100,000 lines. Partner Center's own exports are fine as they are."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        kind: Any = self.fields["kind"]
        kind.choices = [(one.value, one.label) for one in ImportKind if can_anywhere(user, CAPABILITIES[one])]
        where = partners_where(user, *CAPABILITIES.values())
        choice: Any = self.fields["partner"]
        partners = Partner.objects.order_by("name")
        choice.queryset = partners if where is None else partners.filter(pk__in=where)
        if where is not None and len(where) == 1:
            choice.initial, choice.widget = where[0], forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if {"partner", "kind"} <= cleaned.keys() and not can(
            self.user, CAPABILITIES[ImportKind(cleaned["kind"])], cleaned["partner"]
        ):
            self.add_error("kind", _("Your role at this partner does not include this."))
        return cleaned


class ReadingForm(forms.Form):
    """How the file is read: as it was assumed, or as its reader knows it."""

    encoding = forms.ChoiceField(label=gettext_lazy("Encoding"), choices=[*reading.ENCODINGS.items()])
    delimiter = forms.ChoiceField(label=gettext_lazy("Cells are separated by"), choices=[*reading.DELIMITERS.items()])
    sheet = forms.ChoiceField(label=gettext_lazy("Sheet"))

    def __init__(self, *args: Any, run: ImportRun, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": run.how} | kwargs)
        sheets = run.how.get("sheets", [])
        if reading.is_workbook(run.file_name):
            del self.fields["encoding"], self.fields["delimiter"]
            sheet: Any = self.fields["sheet"]
            sheet.choices = [(one, one) for one in sheets]
        else:
            del self.fields["sheet"]

    @property
    def is_a_question(self) -> bool:
        """Whether there is anything to choose."""
        choices: Any = self.fields["sheet"].choices if "sheet" in self.fields else [1, 2]  # type: ignore[attr-defined]
        return len(choices) > 1


DAY_OR_MONTH = [
    ("", gettext_lazy("not said")),
    ("day", gettext_lazy("day first: 22/11/2026")),
    ("month", gettext_lazy("month first: 11/22/2026")),
]
SERIALS = [
    ("", gettext_lazy("not said")),
    ("1900", gettext_lazy("Excel's days, counted from 1900 (usual)")),
    ("1904", gettext_lazy("Excel's days, counted from 1904 (old Macs)")),
]
NOT_THERE = pgettext_lazy("column", "not in the file")


class ColumnsForm(forms.Form):
    """In which column of the file each field stands, and how dates are meant."""

    dates = forms.ChoiceField(
        label=gettext_lazy("Dates like 05/06/2026"),
        choices=DAY_OR_MONTH,
        required=False,
        help_text=gettext_lazy("Asked only where both readings are possible; nothing is guessed."),
    )
    serials = forms.ChoiceField(label=gettext_lazy("Numbers in columns of dates"), choices=SERIALS, required=False)

    def __init__(self, *args: Any, run: ImportRun, **kwargs: Any) -> None:
        asked = {"dates": run.how.get("dates", ""), "serials": run.how.get("serials", "")}
        super().__init__(*args, **{"initial": asked} | kwargs)
        self.run = run
        self.columns: tuple[Column, ...] = COLUMNS[run.kind]
        titles = [(str(place), self._title(place)) for place in range(len(run.headings))]
        for column in self.columns:
            self.fields[column.name] = forms.TypedChoiceField(
                label=column.label, help_text=column.help_text, choices=[("", NOT_THERE), *titles], required=False,
                initial=run.columns.get(column.name, ""), coerce=int, empty_value=None,
            )  # fmt: skip
        if run.kind not in (ImportKind.SUBSCRIPTIONS,):
            del self.fields["dates"], self.fields["serials"]

    def _title(self, place: int) -> str:
        title = mapping.title(self.run.headings, place)
        samples = " · ".join(str(one)[:24] for one in self.run.samples[place] if str(one).strip())
        return f"{title}  –  {samples}" if samples else title

    @property
    def of_columns(self) -> list[Any]:
        """The questions about columns; those about dates stand below."""
        return [self[column.name] for column in self.columns]

    @property
    def of_dates(self) -> list[Any]:
        return [self[name] for name in ("dates", "serials") if name in self.fields]

    @property
    def asks_about_dates(self) -> bool:
        """Whether they are what the run waits for: then they stand above the columns."""
        return self.run.problem.get("code") in ("day_first", "serials")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        columns = self.chosen(cleaned)
        taken: dict[int, str] = {}
        for name, place in columns.items():
            if place in taken:
                text = _("This column stands for “%(other)s” already.")
                self.add_error(name, text % {"other": self.fields[taken[place]].label})
            taken[place] = name
        for group in NEEDED[self.run.kind]:
            if not columns.keys() & set(group):
                names = [str(self.fields[name].label) for name in group]
                self.add_error(group[0], _("One of these is needed: %(names)s.") % {"names": ", ".join(names)})
        return cleaned

    def chosen(self, cleaned: dict[str, Any]) -> dict[str, int]:
        """Return the column of each field that has one."""
        return {column.name: cleaned[column.name] for column in self.columns if cleaned.get(column.name) is not None}

    def how(self) -> dict[str, str]:
        return {name: self.cleaned_data.get(name, "") for name in ("dates", "serials")} if DATES else {}


class ConfirmForm(forms.Form):
    """Whether what was previewed is written, and what becomes of the lines that are wrong."""

    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)
    only_right = forms.BooleanField(required=False)

    def __init__(self, *args: Any, run: ImportRun, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": {"digest": run.digest}} | kwargs)
        if run.wrong:
            self.fields["only_right"].label = capfirst(_("leave out the lines that are wrong and import the others"))
        else:
            del self.fields["only_right"]

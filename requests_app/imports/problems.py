"""What can be wrong with a file or with a line of it: codes where it is found, sentences where it is read."""

import unicodedata
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from requests_app.corrections import TOO_MANY_ADDED

SHOWN = 80
"""Characters of a cell that a report repeats."""


class Wrong(Exception):
    """Something that its reader has to mend. ``code`` is one of ``TEXTS``; the details are filled into its sentence."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.code, self.details = code, details

    def as_json(self, **more: Any) -> dict[str, Any]:
        details = self.details | more
        return {"code": self.code} | {name: one if name == "text" else plain(one) for name, one in details.items()}


class NotRead(Wrong):
    """The file as a whole cannot be read."""


class NeedsAnswer(Wrong):
    """A date that can be read in two ways: whoever knows the file says which."""


def plain(value: Any) -> Any:
    """Return a value as it can be kept and shown: numbers as they are, text on one line and not too long."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        value = str(value)
    if isinstance(value, int):
        return value if abs(value) < 10**15 else f"{str(value)[:SHOWN]}…"
    seen = "".join(one if one.isprintable() or one == "\u3000" else " " for one in unicodedata.normalize("NFC", value))
    return seen if len(seen) <= SHOWN else f"{seen[:SHOWN]}…"


TEXTS: dict[str, Any] = {
    # The file
    "type": _("“%(name)s” is neither CSV nor XLSX. Save it as one of them and choose that file."),
    "empty": _("“%(name)s” is empty. Look whether it was saved, then choose it again."),
    "size": _("“%(name)s” is larger than 25 MB. Split it, and import the parts one after the other."),
    "lines": _("The file has more than %(limit)s lines. Split it, and import the parts one after the other."),
    "width": _("The file has more than %(limit)s columns. Leave out those that are not needed."),
    "damaged": _("The file is damaged or incomplete. Open it, save it once more and choose it again."),
    "encoding": _("The file cannot be read as %(encoding)s. Choose another encoding."),
    "binary": _("The file is not text, although its name says so. Save it as CSV or XLSX and choose that file."),
    "quotes": _("From line %(line)s on the quotation marks do not match. Close or double them, or save the file as XLSX."),
    "no_heading": _("No line with headings was found. Put the names of the columns into the first line."),
    "no_lines": _("There is nothing below the headings."),
    "no_sheet": _("The workbook has no such sheet."),
    "merged": _("Cells %(cells)s are merged. Undo that, so that each line has its own cells, and save the workbook."),
    "lost": _("The file is no longer there. Start anew with it."),
    "headings": _("The headings are no longer those whose columns you matched. Look through them."),
    "failed": _("Something went wrong on our side; nothing was written. Try again, and tell us if it stays so."),
    "moved": _("Somebody has changed the data since this preview. Nothing was written: this is how it stands now."),
    "no_role": _(
        "Nothing was written: this was done in the name of %(who)s, who may not import here any more. "
        "You can go on in your own name."
    ),
    # What has to be asked
    "day_first": _("Line %(line)s, “%(column)s”: is %(value)s written with the day or with the month first?"),
    "serials": _("Line %(line)s, “%(column)s”: %(value)s is a number. If it is Excel's way to count days, say so."),
    # A line
    "formula": _("This is a formula. Put its value there (copy, then paste as values)."),
    "cell_error": _("“%(value)s” is an error of the workbook's, not a value."),
    "more_cells": _("The line has more cells than there are headings: “%(value)s”. Look for a comma without quotation marks."),
    "characters": _("“%(value)s” holds characters that do not show."),
    "missing": _("This must not be empty."),
    "long": _("Longer than %(limit)s characters."),
    "no_id": _("“%(value)s” is no Microsoft ID: 32 digits and letters a to f, such as 0f1e2d3c-….") ,
    "no_number": _("“%(value)s” is no whole number."),
    "no_seats": _("A subscription has between 1 and 1,000,000 seats, not %(value)s."),
    "no_price": _("“%(value)s” is no price. Write it like 1234.50."),
    "no_date": _("“%(value)s” is no date. Write it like 2026-11-22."),
    "no_moment": _("“%(value)s” is no date with a time. Write it like 2026-11-22 17:00, in UTC."),
    "far_date": _("Dates lie between the years 2000 and 2100. Look for a mistyped year."),
    "no_choice": _("“%(value)s” is not known here. Known: %(known)s."),
    "no_answer": _("“%(value)s” is neither yes nor no."),
    "too_many_added": TOO_MANY_ADDED,
    "unknown": _("There is none with this portal ID among yours."),
    "same_line": _("Line %(line)s is about the same one."),
    "several": _("Several of your customers fit. Add a column with Microsoft IDs."),
    "other_tenant": _("The customer on record has another Microsoft ID."),
    "no_customer": _("None of your customers fits. Import the customer first."),
    "other_customer": _("The subscription with this ID belongs to another of your customers."),
    "no_product": _("The catalogue has no product “%(value)s”. Staff of the site keep the catalogue."),
    "several_products": _("Several products in the catalogue are called “%(value)s”. Add a column with product and SKU IDs."),
    "needs_id": _("A new subscription needs its ID in Partner Center: the next import finds it by that."),
}  # fmt: skip
"""Every sentence, by its code."""


def text(problem: Mapping[str, Any]) -> str:
    """Return the sentence about a problem, in the reader's language."""
    template = TEXTS.get(str(problem.get("code")))
    if problem.get("code") == "refused":  # in the words of a field or of a constraint
        template = gettext(str(problem.get("text", "")) or "This cannot be imported.")
    if template is None:
        return gettext("This cannot be imported.")
    return str(template % _Details(problem))


class _Details(dict[str, Any]):
    """Details of a problem; one from an earlier version of the site may lack some."""

    def __missing__(self, key: str) -> str:
        return "–"

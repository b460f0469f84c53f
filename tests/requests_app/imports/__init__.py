"""Imports as tests drive them: a file, the steps, and what came of it."""

import csv
import io

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from requests_app.imports import runs
from requests_app.models import ImportKind, ImportLine
from tests.jobs import run_jobs

TENANT = "0f1e2d3c-1111-4222-8333-{:012d}"


def csv_file(*rows, name="export.csv", encoding="utf-8", delimiter=","):
    """Return an uploaded CSV; of a row that is one text, the text is the whole line."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    for row in rows:
        if isinstance(row, str):
            text.write(f"{row}\r\n")
        else:
            writer.writerow(row)
    return SimpleUploadedFile(name, text.getvalue().encode(encoding))


def xlsx_file(*rows, name="export.xlsx", change=None):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    if change is not None:
        change(book)
    content = io.BytesIO()
    book.save(content)
    return SimpleUploadedFile(name, content.getvalue())


def started(cast, kind, file, actor=None, partner=None):
    return runs.start(partner or cast.partner, kind, file, actor=actor or cast.max)


def checked(cast, kind, file, actor=None, partner=None, **how):
    """Return the run once its lines have been looked at, with the columns as they were suggested."""
    run = started(cast, kind, file, actor, partner)
    runs.match(run, run.columns, how, actor=actor or cast.max)
    run_jobs("check_import")
    run.refresh_from_db()
    return run


def confirmed(run, actor=None, *, only_right=False):
    """Confirm the run and have it written."""
    assert run.status == "checked", run.problem
    assert only_right or not run.wrong, problems(run)
    runs.confirm(run, digest=run.digest, only_right=only_right, actor=actor or run.started_by)
    run_jobs("_import")
    run.refresh_from_db()
    return run


def counts(run):
    return (run.new, run.changed, run.unchanged, run.wrong)


def problems(run):
    """Return what is wrong, by line: column and code."""
    lines = ImportLine.objects.filter(run=run, state="wrong").order_by("number")
    return {line.number: [(one.get("column", ""), one["code"]) for one in line.problems] for line in lines}


def customers(*rows):
    return ["Microsoft ID", "Company name", "Primary domain name", "Relationship"], *rows


CUSTOMERS, SUBSCRIPTIONS, OFFERS = ImportKind.CUSTOMERS, ImportKind.SUBSCRIPTIONS, ImportKind.OFFERS

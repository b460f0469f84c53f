"""Texts that were plain go on reading as they did: what Markdown would take for a mark is escaped.

Most texts have none and are not written. What readers see of the others stays the same, so that the versions that come
of it say no more than that.
"""

import re

from django.db import migrations

MARKS = re.compile(r"([\\`*_<>\[\]|&])")
"""What means something anywhere in a line."""
BEGINNINGS = re.compile(r"(?m)^([#+=~-])")
NUMBERED = re.compile(r"(?m)^(\d{1,9})([.)])")
"""What means something at the beginning of one."""
INDENTED = re.compile(r"(?m)^[ \t]+(?=\S)")
ESCAPED = re.compile(r"\\([\\`*_<>\[\]|&#+=~.)-])")


def as_markdown(text: str) -> str:
    """Return Markdown that reads as ``text`` did."""
    text = MARKS.sub(r"\\\1", INDENTED.sub("", text))
    return BEGINNINGS.sub(r"\\\1", NUMBERED.sub(r"\1\\\2", text))


def rewrite(change):
    def run(apps, schema_editor):
        for row in apps.get_model("portal", "SupportResource").objects.all():
            body = {language: change(text) for language, text in row.body.items()}
            if body != row.body:
                row.body = body
                row.save(update_fields=["body"])

    return run


def as_plain(text: str) -> str:
    """Return what :func:`as_markdown` was given; what has been written in Markdown since keeps its marks."""
    return ESCAPED.sub(r"\1", text)


class Migration(migrations.Migration):
    dependencies = [("portal", "0009_articles")]

    operations = [migrations.RunPython(rewrite(as_markdown), rewrite(as_plain))]

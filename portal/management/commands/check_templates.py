"""Compile every template of the site, and refuse what the Content Security Policy would refuse in the browser."""

import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import CommandError
from django.core.management.base import BaseCommand
from django.template import TemplateSyntaxError
from django.template.loader import get_template

INLINE = re.compile(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)")
MAILS = {"emails", "email"}
"""Folders of mails: their readers know no style sheets, and no policy."""


class Command(BaseCommand):
    help = "Check that every template compiles and has no inline style or script."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(settings.BASE_DIR) / "templates"
        paths = sorted(path for path in folder.rglob("*") if path.suffix in (".html", ".txt"))
        problems = [problem for path in paths for problem in self._problems(path, path.relative_to(folder))]
        if problems:
            raise CommandError("\n".join(problems))
        self.stdout.write(f"{len(paths)} templates compile.")

    def _problems(self, path: Path, name: Path) -> list[str]:
        try:
            get_template(str(name))
        except TemplateSyntaxError as error:
            return [f"{name}: {error}"]
        if MAILS & set(name.parts):
            return []
        lines = enumerate(path.read_text().splitlines(), 1)
        return [f"{name}:{number}: inline style or script" for number, line in lines if INLINE.search(line)]

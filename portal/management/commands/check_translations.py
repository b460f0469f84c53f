"""Refuse a text without a translation: collect the texts anew and compare them with the catalogs."""

import shutil
import tempfile
from contextlib import chdir, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand
from django.test.utils import override_settings
from django.utils.translation import to_locale

SOURCES = ["accounts", "portal", "requests_app", "templates"]


def read(path: Path, language: str) -> Catalog:
    """Return the catalog in ``path``. What Babel prints of the empty plural forms of a new one is of no use."""
    with path.open("rb") as file, redirect_stdout(StringIO()):
        return read_po(file, locale=language)


def keys(catalog: Catalog) -> set[tuple[str, str]]:
    """Return the texts of a catalog, with their contexts; of a plural the first form."""
    return {
        (message.context or "", message.id if isinstance(message.id, str) else message.id[0])
        for message in catalog
        if message.id
    }


class Command(BaseCommand):
    help = "Check that every text has a translation that is neither missing, fuzzy nor left over (needs GNU gettext)."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        if not shutil.which("xgettext"):
            raise CommandError("xgettext is missing: install the package gettext of your system.")
        problems: list[str] = []
        for code, _name in settings.LANGUAGES:
            if code == settings.LANGUAGE_CODE:
                continue
            paths = [Path(one) / to_locale(code) / "LC_MESSAGES" / "django.po" for one in settings.LOCALE_PATHS]
            path = next(filter(Path.exists, paths), None)
            problems += self._problems(path) if path else [f"{code}: there is no catalog {paths[-1]}"]
        if problems:
            raise CommandError("\n".join([*problems, "`make messages` collects the texts; then translate them."]))
        self.stdout.write("Every text has its translation.")

    def _problems(self, path: Path) -> list[str]:
        language = path.parent.parent.name
        found = keys(self._collect(language))
        catalog = read(path, language)
        known = keys(catalog)
        problems = [f"{language}: not in the catalog: {text!r}" for _context, text in sorted(found - known)]
        problems += [f"{language}: no longer in the code: {text!r}" for _context, text in sorted(known - found)]
        for message in catalog:
            translated = all(message.string) if isinstance(message.string, tuple) else message.string
            if message.id and (message.fuzzy or not translated):
                problems.append(f"{language}: {'fuzzy' if message.fuzzy else 'not translated'}: {message.id!r}")
        return problems

    def _collect(self, language: str) -> Catalog:
        """Return the texts of the sources, collected beside them: makemessages would write to a catalog it finds."""
        with tempfile.TemporaryDirectory() as name, override_settings(LOCALE_PATHS=[f"{name}/locale"]):
            folder = Path(name)
            (folder / "locale").mkdir()
            for source in SOURCES:
                (folder / source).symlink_to(Path(settings.BASE_DIR) / source)
            with chdir(folder):
                call_command("makemessages", locale=[language], symlinks=True, verbosity=0)
            return read(folder / "locale" / language / "LC_MESSAGES" / "django.po", language)

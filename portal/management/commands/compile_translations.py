"""Compile the translations with Babel: no gettext tools are needed on the machine."""

import os
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Compile locale/*/LC_MESSAGES/*.po to .mo where the source is newer."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        for folder in settings.LOCALE_PATHS:
            for source in sorted(Path(folder).glob("*/LC_MESSAGES/*.po")):
                target = source.with_suffix(".mo")
                if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
                    continue
                with source.open("rb") as file:
                    catalog = read_po(file, locale=source.parent.parent.name)
                temporary = target.with_suffix(f".{os.getpid()}.mo")  # another process may be compiling, too
                with temporary.open("wb") as file:
                    write_mo(file, catalog)
                temporary.replace(target)  # another process may be reading
                if options["verbosity"]:
                    self.stdout.write(f"Compiled {source.relative_to(settings.BASE_DIR)}")

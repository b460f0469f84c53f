"""Compiling the translations: ``python -m portal.lib.catalogues`` or, in code, ``compile_changed``.

Done with Babel because GNU gettext, which Django's ``compilemessages`` runs, is not installed everywhere.
"""

import os
import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def compile_changed(folder: Path) -> list[Path]:
    """Compile each ``*.po`` under ``folder`` whose ``*.mo`` is missing or older, and return the compiled files.

    Fuzzy and empty translations are left out, so that readers see the English text instead. Raises
    babel.messages.pofile.PoFileError for a broken file.
    """
    compiled = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file, abort_invalid=True)
        # Written aside and moved into place: two processes may do this at once, a third one may be reading.
        unfinished = target.with_suffix(f".{os.getpid()}.unfinished")
        with unfinished.open("wb") as file:
            write_mo(file, catalogue)
        unfinished.replace(target)
        compiled.append(target)
    return compiled


if __name__ == "__main__":
    for path in compile_changed(Path(__file__).resolve().parents[2] / "locale"):
        sys.stdout.write(f"Compiled {path}\n")

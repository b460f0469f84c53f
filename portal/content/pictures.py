"""Pictures as they come in: what is taken, and how each is made anew so that nothing but the picture is kept."""

import hashlib
import io
import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

MAX_SIZE = 5 * 1024 * 1024
"""Bytes of what is uploaded."""
MAX_PIXELS = 24_000_000
"""Of what is uploaded: unpacked it takes four bytes for each."""
LARGEST_SIDE = 2000
"""Pixels; what is larger is made smaller. Articles are narrower than half of it."""

FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
OPTIONS: dict[str, dict[str, Any]] = {
    "PNG": {"optimize": True},
    "JPEG": {"quality": 85, "optimize": True, "progressive": True},
    "WEBP": {"quality": 85, "method": 4},
}
MODES = {"PNG": ("L", "LA", "RGB", "RGBA"), "JPEG": ("L", "RGB"), "WEBP": ("RGB", "RGBA")}
"""What is kept as it is; anything else becomes RGB, or RGBA where parts can be seen through."""


@dataclass(frozen=True, slots=True)
class Made:
    """A picture that was made anew."""

    content: bytes
    content_type: str
    width: int
    height: int

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def made_anew(file: UploadedFile) -> Made:
    """Decode an uploaded picture and encode it again: without metadata, upright, of bounded size.

    Raises ValidationError, with what to do, for what is no picture, not what its name says, or too large.
    """
    name = file.name or ""
    wanted = FORMATS.get(PurePosixPath(name).suffix.lower())
    if wanted is None:
        raise ValidationError(
            _("“%(name)s” cannot be taken. Save the picture as PNG, JPEG or WebP."), params={"name": name}
        )
    if not file.size or file.size > MAX_SIZE:
        raise ValidationError(
            _("“%(name)s” is empty, or larger than 5 MB. Make it smaller, then choose it again."), params={"name": name}
        )
    file.seek(0)
    try:
        with Image.open(io.BytesIO(file.read()), formats=tuple(TYPES)) as image:
            return _made(image, name, wanted)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels(name) from None
    except (OSError, SyntaxError, ValueError, EOFError, ArithmeticError, LookupError, MemoryError):
        # What Pillow raises for what it cannot read, by format and flaw.
        raise ValidationError(
            _("“%(name)s” cannot be read as a picture. Open it, save it as PNG once more and choose that file."),
            params={"name": name},
        ) from None


def _made(image: Image.Image, name: str, wanted: str) -> Made:
    if image.format != wanted:
        raise ValidationError(
            _("“%(name)s” is not what its name says: its content is %(found)s. Save it as PNG, then choose it again."),
            params={"name": name, "found": image.format},
        )
    if image.width * image.height > MAX_PIXELS:  # known before anything is unpacked
        raise _too_many_pixels(name)
    upright = ImageOps.exif_transpose(image)
    if upright.mode not in MODES[wanted] or "transparency" in upright.info:
        upright = upright.convert("RGBA" if upright.has_transparency_data and wanted != "JPEG" else "RGB")
    upright.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
    kept = Image.new(upright.mode, upright.size)  # carries the pixels and nothing else
    kept.paste(upright)
    written = io.BytesIO()
    kept.save(written, wanted, **OPTIONS[wanted])
    return Made(written.getvalue(), TYPES[wanted], kept.width, kept.height)


def _too_many_pixels(name: str) -> ValidationError:
    return ValidationError(
        _("“%(name)s” has more than 24 million pixels. Make it smaller, then choose it again."), params={"name": name}
    )


def key_from(name: str) -> str:
    """Return a key for a picture from its file's name; empty where nothing of it can stand in one."""
    plain = unicodedata.normalize("NFKD", PurePosixPath(name).stem).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain))[:60].strip("-")

"""Files that go with what is said about a request: what is taken, where it is kept, what becomes of strays."""

import datetime
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from requests_app.file_types import NotTaken, plain_name, type_of
from requests_app.models import Attachment, RequestEvent, SubscriptionRequest

MAX_SIZE = 10 * 1024 * 1024
MAX_FILES = 5
MAX_FILES_OF_REQUEST = 50
"""Bytes of a file, files of a message, and files of a request with all of its messages."""
STRAY_AFTER = datetime.timedelta(days=1)
"""How old a file without a row is before it is removed: the row of a younger one may not be committed yet."""


@dataclass(frozen=True)
class Upload:
    """A file that has been looked at: its content is what its type says."""

    name: str
    content_type: str
    content: bytes


def examined(file: UploadedFile) -> Upload:
    """Return an uploaded file once it has been looked at. Raises NotTaken, with a sentence for the reader."""
    name = plain_name(file.name or "")
    if not file.size:
        raise NotTaken(_("“%(name)s” is empty. Look whether it was saved, then choose it again.") % {"name": name})
    if file.size > MAX_SIZE:
        raise NotTaken(_("“%(name)s” is larger than 10 MB. Make it smaller, or split it.") % {"name": name})
    file.seek(0)  # a form that is shown again has read it before
    content = file.read()
    return Upload(name, type_of(name, content).content_type, content)


def room_left(subscription_request: SubscriptionRequest) -> int:
    """Return how many files more the request takes."""
    held = Attachment.objects.filter(event__subscription_request=subscription_request).count()
    return max(MAX_FILES_OF_REQUEST - held, 0)


def keep(event: RequestEvent, uploads: Sequence[Upload]) -> None:
    """Store the files of an event under random names, and their rows in the caller's transaction.

    Where that is rolled back, files without a row remain; the sweeping job removes them.
    """
    for upload in uploads:
        attachment = Attachment(
            event=event, name=upload.name, content_type=upload.content_type, size=len(upload.content)
        )
        storages["attachments"].save(attachment.path, ContentFile(upload.content))
        attachment.save()


def sweep(now: datetime.datetime) -> int:
    """Delete the files that have no row and are older than a day; return how many. Acts as the site."""
    storage = storages["attachments"]
    removed = 0
    for folder, names in _folders(storage):
        keys = [key for name in names if (key := _key(name)) is not None]
        kept = {key.hex for key in Attachment.objects.filter(key__in=keys).values_list("key", flat=True)}
        for path in (f"{folder}/{key.hex}" for key in keys if key.hex not in kept):
            if storage.get_modified_time(path) < now - STRAY_AFTER:
                storage.delete(path)
                removed += 1
    return removed


def _folders(storage: Storage) -> Iterator[tuple[str, list[str]]]:
    try:
        folders, _files = storage.listdir("")
    except FileNotFoundError:  # nothing has been attached yet
        return
    for folder in sorted(folders):
        yield folder, storage.listdir(folder)[1]


def _key(name: str) -> uuid.UUID | None:
    """Return the key that a stored name stands for; what is not one of ours is left alone."""
    try:
        return uuid.UUID(hex=name) if len(name) == 32 else None
    except ValueError:
        return None

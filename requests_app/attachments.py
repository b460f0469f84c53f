"""Files that go with what is said about a request: what is taken, where it is kept, who may have it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.files.base import ContentFile
from django.core.files.storage import storages

from requests_app.models import Attachment, RequestEvent


@dataclass(frozen=True)
class Upload:
    """A file that has been looked at: its content is what its type says."""

    name: str
    content_type: str
    content: bytes


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

"""What an upload may take up on its way in, before any view has looked at it."""

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler

from requests_app.attachments import MAX_FILES, MAX_SIZE


class BoundedUploadHandler(FileUploadHandler):
    """Stands before Django's own handlers and lets no more through than the forms take, and a little to tell by.

    Of each file a little more than is taken, of more files than are taken nothing: a form sees that a file is too
    large, or that there are too many, and keeps everything else. What is not let through is read and forgotten. A view
    that takes larger files says so: ``largest_upload``, in bytes.
    """

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.files = 0
        view = getattr(getattr(request, "resolver_match", None), "func", None)
        self.largest = getattr(view, "largest_upload", MAX_SIZE)

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Count."""
        super().new_file(*args, **kwargs)
        self.files += 1

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Return the piece for the handlers behind, or None: not for them."""
        if self.files > MAX_FILES or start > self.largest:
            return None
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave it to the handlers behind."""

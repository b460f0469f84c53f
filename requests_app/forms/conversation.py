"""What both sides say about a request, with files."""

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from requests_app import attachments
from requests_app.attachments import MAX_FILES, Upload
from requests_app.file_types import TYPES, NotTaken
from requests_app.forms.texts import text_field
from requests_app.models import SubscriptionRequest


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


class FilesInput(forms.FileInput):
    """Several files at once."""

    allow_multiple_selected = True

    def __init__(self) -> None:
        super().__init__(attrs={"multiple": True, "accept": ",".join(TYPES)})

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[UploadedFile]:
        """Return all of them."""
        return files.getlist(name) if hasattr(files, "getlist") else files.get(name, [])


class FilesField(forms.FileField):
    """Files that go with a text; cleans to ``attachments.Upload``, each looked at, or complains about each."""

    widget = FilesInput

    def __init__(self, **kwargs: Any) -> None:
        defaults: dict[str, Any] = {
            "label": _("Files"),
            "required": False,
            "help_text": _("PDF, PNG, JPEG, TXT, CSV or XLSX; at most 5 files of 10 MB each."),
        }
        super().__init__(**(defaults | kwargs))

    def clean(self, data: Sequence[UploadedFile], initial: Any = None) -> list[Upload]:
        """Look at every file before any is taken. Raises ValidationError with a sentence for each that is not."""
        if len(data) > MAX_FILES:
            raise forms.ValidationError(
                _("At most %(limit)d files go with one message. Choose fewer, and send the others with another one."),
                code="too_many",
                params={"limit": MAX_FILES},
            )
        uploads, errors = [], []
        for file in data:
            try:
                uploads.append(attachments.examined(file))
            except NotTaken as error:
                errors.append(forms.ValidationError("%(error)s", code="not_taken", params={"error": error}))
        if errors:
            raise forms.ValidationError(errors)
        return uploads


class StepForm(forms.Form):
    """Asks for what a step with a request needs. Its ``key`` is the same after an error: sent twice it acts once."""

    def __init__(self, *args: Any, subscription_request: SubscriptionRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.subscription_request = subscription_request
        self.key = _uuid(self.data.get("submission_key", "")) or uuid.uuid4()


class ConversationForm(StepForm):
    """A text and files."""

    uploads = FilesField()

    def clean_uploads(self) -> list[Upload]:
        """Refuse more than a request holds."""
        uploads: list[Upload] = self.cleaned_data["uploads"]
        if not uploads:
            return uploads
        room = attachments.room_left(self.subscription_request)
        if len(uploads) > room:
            raise forms.ValidationError(
                ngettext(
                    "This request has room for %(room)d file more. Choose fewer.",
                    "This request has room for %(room)d files more. Choose fewer.",
                    room,
                ),
                code="no_room",
                params={"room": room},
            )
        return uploads

    def uploads_are_lost(self) -> None:
        """Say next to the field that the files have to be chosen again: a browser does not keep them over an error."""
        chosen = self.files.getlist("uploads") if hasattr(self.files, "getlist") else []
        if len(chosen) > 1 or (chosen and not self.errors.get("uploads")):
            self.add_error("uploads", gettext("Choose the files again: a browser does not keep them."))


class MessageForm(ConversationForm):
    """What both sides read."""

    text = text_field(_("Message"), rows=3, error_messages={"required": _("Write a message, a few words are enough.")})
    field_order = ("text", "uploads")


class NoteForm(ConversationForm):
    """What the partner's people alone read."""

    text = text_field(
        _("Internal note"),
        rows=3,
        help_text=_("Your colleagues read it, the customer never does."),
        error_messages={"required": _("Write a note, a few words are enough.")},
    )
    field_order = ("text", "uploads")


class QuestionForm(ConversationForm):
    """What the partner asks the customer; the request waits for the answer."""

    question = text_field(
        _("Question"),
        help_text=_("The customer reads it, here and by mail."),
        error_messages={"required": _("Write what you would like to know.")},
    )
    field_order = ("question", "uploads")


class AnswerForm(ConversationForm):
    """What the customer answers."""

    text = text_field(_("Your answer"), error_messages={"required": _("Write an answer, a few words are enough.")})
    field_order = ("text", "uploads")


class WithdrawForm(StepForm):
    """A request is taken back; a note can go with it."""

    note = text_field(_("Note to your partner"), required=False, rows=2)

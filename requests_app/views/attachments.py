"""Files that came with what was said about a request, for those who may read it: customers and partners alike."""

import logging
import uuid

from django.core.files.storage import storages
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.utils.csp import CSP
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe

from accounts.http import PersonRequest
from requests_app.models import Attachment

logger = logging.getLogger(__name__)

NOTHING_ALLOWED: dict[str, list[str]] = {"default-src": [CSP.NONE], "frame-ancestors": [CSP.NONE], "sandbox": [""]}
"""A browser that shows the file after all runs nothing in it and gives it no origin."""


@require_safe
@csp_override(NOTHING_ALLOWED)
def attachment(request: PersonRequest, key: uuid.UUID) -> FileResponse:
    """Give out a file, to be saved and never shown here. What is not for this person's eyes does not exist."""
    found = get_object_or_404(Attachment.objects.visible_to(request.user), key=key)
    try:
        content = storages["attachments"].open(found.path)
    except FileNotFoundError:
        logger.exception("The content of attachment %s is missing in the storage.", found.key)
        raise Http404 from None
    response = FileResponse(content, as_attachment=True, filename=found.name, content_type=found.content_type)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response

"""What a preview has shown, made so: all of it or nothing."""

from django.db import IntegrityError, transaction
from django.db.models import Q

from portal.content.addresses import set_addresses
from portal.content.link_table.comparing import Preview
from portal.content.ordering import next_position
from portal.models import SelfServiceLink
from requests_app.models import LineState


class NotWritten(Exception):
    """Somebody has written meanwhile what stands in the way; nothing was written."""


def write(preview: Preview) -> int:
    """Write the new and the changed links of a preview that has nothing wrong; return how many. Raises NotWritten.

    The links have to be locked (``compare``). New ones come behind what their readers have, in the order of the file. A
    link that the file does not name stays as it is. Versions record who it was.
    """
    try:
        with transaction.atomic():
            for line in preview.to_write:
                assert line.link is not None
                if line.state == LineState.NEW:
                    readers = SelfServiceLink.objects.filter(Q(partner=None) | Q(partner=line.link.partner))
                    line.link.position = next_position(readers)
                line.link.save()
                set_addresses(line.link, line.addresses)
    except IntegrityError:
        raise NotWritten from None
    return len(preview.to_write)

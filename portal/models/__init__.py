"""The site's content, and what it has been good for."""

from portal.models.addresses import VERIFIED_FOR, CheckResult, ContentAddress
from portal.models.announcements import Announcement, AnnouncementRead, Level
from portal.models.content import Content, LinkCategory, SelfServiceLink, SupportResource
from portal.models.help_answers import HelpAnswer
from portal.models.history import (
    AnnouncementEvent,
    ContentAddressEvent,
    SelfServiceLinkEvent,
    SupportResourceEvent,
)
from portal.models.publishing import Published, PublishedQuerySet, State, state_is

__all__ = [
    "VERIFIED_FOR",
    "Announcement",
    "AnnouncementEvent",
    "AnnouncementRead",
    "CheckResult",
    "Content",
    "ContentAddress",
    "ContentAddressEvent",
    "HelpAnswer",
    "Level",
    "LinkCategory",
    "Published",
    "PublishedQuerySet",
    "SelfServiceLink",
    "SelfServiceLinkEvent",
    "State",
    "SupportResource",
    "SupportResourceEvent",
    "state_is",
]

"""The site's content, and what it has been good for."""

from portal.models.addresses import FOUND_SOMETHING, TENANT, VERIFIED_FOR, CheckReason, CheckResult, ContentAddress
from portal.models.announcements import Announcement, AnnouncementRead, Level
from portal.models.content import Content, LinkCategory, SelfServiceLink, SupportResource
from portal.models.help_answers import HelpAnswer
from portal.models.history import (
    AnnouncementEvent,
    ContentAddressEvent,
    SelfServiceLinkEvent,
    SupportResourceEvent,
)
from portal.models.openings import ContentOpening
from portal.models.pictures import Picture
from portal.models.publishing import Published, PublishedQuerySet, State, state_is
from portal.models.verdicts import ArticleVerdict

__all__ = [
    "FOUND_SOMETHING",
    "TENANT",
    "VERIFIED_FOR",
    "Announcement",
    "AnnouncementEvent",
    "AnnouncementRead",
    "ArticleVerdict",
    "CheckReason",
    "CheckResult",
    "Content",
    "ContentAddress",
    "ContentAddressEvent",
    "ContentOpening",
    "HelpAnswer",
    "Level",
    "LinkCategory",
    "Picture",
    "Published",
    "PublishedQuerySet",
    "SelfServiceLink",
    "SelfServiceLinkEvent",
    "State",
    "SupportResource",
    "SupportResourceEvent",
    "state_is",
]

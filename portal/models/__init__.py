"""The site's content, and what it has been good for."""

from portal.models.addresses import VERIFIED_FOR, CheckResult, ContentAddress
from portal.models.content import Content, LinkCategory, SelfServiceLink, SupportResource
from portal.models.help_answers import HelpAnswer
from portal.models.history import ContentAddressEvent, SelfServiceLinkEvent, SupportResourceEvent
from portal.models.openings import ContentOpening
from portal.models.publishing import Published, PublishedQuerySet, State, state_is

__all__ = [
    "VERIFIED_FOR",
    "CheckResult",
    "Content",
    "ContentAddress",
    "ContentAddressEvent",
    "ContentOpening",
    "HelpAnswer",
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

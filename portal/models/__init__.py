"""The site's content, and what it has been good for."""

from portal.models.content import Content, LinkCategory, SelfServiceLink, SupportResource
from portal.models.help_answers import HelpAnswer

__all__ = ["Content", "HelpAnswer", "LinkCategory", "SelfServiceLink", "SupportResource"]

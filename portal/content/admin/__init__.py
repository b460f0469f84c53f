"""The desk's pages for content."""

from portal.content.admin.links import SelfServiceLinkAdmin
from portal.content.admin.pictures import PictureAdmin
from portal.content.admin.resources import SupportResourceAdmin

__all__ = ["PictureAdmin", "SelfServiceLinkAdmin", "SupportResourceAdmin"]

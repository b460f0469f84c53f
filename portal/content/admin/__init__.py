"""The desk's pages for content."""

from portal.content.admin.announcements import AnnouncementAdmin
from portal.content.admin.links import SelfServiceLinkAdmin
from portal.content.admin.pictures import PictureAdmin
from portal.content.admin.resources import SupportResourceAdmin

__all__ = ["AnnouncementAdmin", "PictureAdmin", "SelfServiceLinkAdmin", "SupportResourceAdmin"]

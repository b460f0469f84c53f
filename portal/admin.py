"""What the site itself has in the admin; Django looks for it here."""

from portal.content.admin import AnnouncementAdmin, PictureAdmin, SelfServiceLinkAdmin, SupportResourceAdmin

__all__ = ["AnnouncementAdmin", "PictureAdmin", "SelfServiceLinkAdmin", "SupportResourceAdmin"]

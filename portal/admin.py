"""What the site itself has in the admin; Django looks for it here."""

from portal.content.admin import AnnouncementAdmin, SelfServiceLinkAdmin, SupportResourceAdmin

__all__ = ["AnnouncementAdmin", "SelfServiceLinkAdmin", "SupportResourceAdmin"]

"""What the site itself has in the admin; Django looks for it here."""

from portal.content.admin import PictureAdmin, SelfServiceLinkAdmin, SupportResourceAdmin

__all__ = ["PictureAdmin", "SelfServiceLinkAdmin", "SupportResourceAdmin"]

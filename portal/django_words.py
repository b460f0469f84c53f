"""Sentences of Django's and allauth's that the site says in its own words: named here, translated in our catalog."""

from django.utils.translation import gettext_noop as _

SENTENCES = (
    _("This field is required."),
    _("- Select an option -"),
    _("The email address and/or password you specified are not correct."),
    _("You must type the same password each time."),
    _("Your password can’t be too similar to your other personal information."),
    _("Your password can’t be a commonly used password."),
    _("Your password can’t be entirely numeric."),
)

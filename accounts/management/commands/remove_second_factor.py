"""For somebody who has lost their device and their recovery codes. Who they are has to be made sure of first."""

from argparse import ArgumentParser
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.management import CommandError
from django.core.management.base import BaseCommand
from django.utils import translation

from accounts import mail, sessions
from accounts.models import User
from portal.lib.acting import SITE, acting_as


class Command(BaseCommand):
    help = "Remove a person's second factor and end their sessions. They are told by mail and can set up a new one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")

    @acting_as(SITE)
    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email=options["email"].strip().lower()).first()
        if user is None:
            raise CommandError(f"Nobody signs in with {options['email']}.")
        removed, _by_model = Authenticator.objects.filter(user=user).delete()
        if not removed:
            raise CommandError(f"{user.email} has no second factor.")
        ended = sessions.end_others(user, None)
        with translation.override(mail.language_of(user)):
            mail.queue(
                mail.render("emails/second_factor_removed", {"site_url": settings.SITE_URL}), recipient=user.email
            )
        self.stdout.write(f"The second factor of {user.email} is removed; sessions ended: {ended}.")

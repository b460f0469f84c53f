"""What a password must be: hard to guess, for somebody who knows whose it is. Nothing is asked outside this machine."""

import re
from collections.abc import Iterable
from functools import cache
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from zxcvbn import matching, scoring

from accounts.models import User
from portal.lib.acting import SITE, acting_as

SHORTEST = 12
LONGEST = 128
"""Characters: room for any sentence, and no work for the hasher that somebody else could make it do."""
FEWEST_GUESSES = 10**10
"""What an attacker with our table of hashes needs eleven days for, at 10,000 Argon2 guesses a second, for one person."""
READ = 32
"""Characters that the estimate looks at: hostile input of twice the length takes it seconds."""
ADVICE = gettext_lazy(
    "At least 12 characters. Three or four words that have nothing to do with each other, or with you, make a good one."
)
"""What stands beside every field for a new password, instead of a sentence for each validator."""
SITE_WORDS = "self service portal microsoft azure office"


class LengthLimit:
    """Refuses what nobody types."""

    def validate(self, password: str, user: User | None = None) -> None:
        if len(password) > LONGEST:
            raise ValidationError(self.get_help_text(), code="password_too_long")

    def get_help_text(self) -> str:
        return _("A password may have at most %(limit)d characters.") % {"limit": LONGEST}


class HardToGuess:
    """Refuses what can be guessed from lists of words and passwords, or from knowing the person."""

    def validate(self, password: str, user: User | None = None) -> None:
        if not SHORTEST <= len(password) <= LONGEST:
            return  # one complaint is enough
        own = words(user)
        is_common = password.lower().strip() in common_passwords()
        if not is_common and min(guesses(password, own), guesses(without(password, own), own)) >= FEWEST_GUESSES:
            return
        raise ValidationError(
            _(
                "This password is easy to guess. Take three or four words that have nothing to do with each other, "
                "with you or with your company."
            ),
            code="password_easy_to_guess",
        )

    def get_help_text(self) -> str:
        return _("Three or four words that have nothing to do with each other, or with you, make a good one.")


@cache
def common_passwords() -> frozenset[str]:
    """Return Django's list of those that were found in breaches most often, in small letters."""
    return frozenset(CommonPasswordValidator().passwords)


def words(user: User | None) -> set[str]:
    """Return what somebody who knows ``user`` tries first, in small letters: names of theirs and of this site."""
    told = [SITE_WORDS, urlsplit(settings.SITE_URL).hostname or ""]
    if user is not None:
        told += [user.name, user.email, *organisations_of(user)]
    return {word for text in told for word in re.split(r"[\W_]+", text.lower()) if len(word) > 2}


@acting_as(SITE)  # during a reset nobody is signed in
def organisations_of(user: User) -> Iterable[str]:
    """Return the names of the organisations that ``user`` belongs to, also while nobody is signed in (a reset)."""
    if user._state.adding:
        return []
    customers = user.customer_memberships.values_list("customer__name", flat=True)
    return [*customers, *user.partner_memberships.values_list("partner__name", flat=True)]


def without(password: str, own: set[str]) -> str:
    """Return ``password`` without the words in ``own``: a name and a year are no better than the year."""
    for word in sorted(own, key=len, reverse=True):
        password = re.sub(re.escape(word), "", password, flags=re.IGNORECASE)
    return password


def guesses(password: str, own: set[str]) -> int:
    """Return how many guesses zxcvbn expects to be needed.

    Its own front door keeps one caller's words in a global, where another thread's password would meet them.
    """
    start = password[:READ]
    if not start:
        return 1
    dictionaries = {**matching.RANKED_DICTIONARIES, "user_inputs": matching.build_ranked_dict(sorted(own))}
    matches = matching.omnimatch(start, dictionaries)
    return int(scoring.most_guessable_match_sequence(start, matches)["guesses"])

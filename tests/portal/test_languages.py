"""A third language: a catalogue and a name in the settings, and neither code nor a migration."""

import os
import subprocess
import sys

import pytest
from babel.messages.pofile import read_po
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.mail import language_of
from accounts.models import User
from portal.lib.language_names import in_their_own_names
from portal.models import SelfServiceLink
from tests import database, factories
from tests.surface.pages import forms

GERMAN = """
msgid ""
msgstr ""
"Language: de\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Home"
msgstr "Startseite"

msgid "%(days)d day"
msgid_plural "%(days)d days"
msgstr[0] "%(days)d Tag"
msgstr[1] "%(days)d Tage"

#, fuzzy
msgid "Requests"
msgstr "Anfrage"
"""


@pytest.fixture
def german(settings, tmp_path):
    """The site as it is after docs/languages.md: with a small German catalogue beside its own."""
    folder = tmp_path / "locale" / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(GERMAN)
    settings.LOCALE_PATHS = [tmp_path / "locale", *settings.LOCALE_PATHS]
    settings.LANGUAGES = in_their_own_names(["en", "zh-hant", "de"], "en")
    call_command("compile_translations", verbosity=0)
    return folder / "django.po"


def test_pages_are_in_the_third_language_and_fall_back_to_english(german, cast):
    factories.link("x", address_commercial="https://x.example")
    link = SelfServiceLink.objects.get()
    link.title = {"en": "Admin center", "zh-hant": "系統管理中心", "de": "Verwaltung"}
    link.description = {"en": "What one does there.", "zh-hant": "在這裡做什麼。"}
    link.save()
    browser = Client(headers={"accept-language": "de-AT,de;q=0.9"})
    browser.force_login(cast.alice)
    page = browser.get("/").text
    assert '<html lang="de"' in page
    assert page.count("Startseite") >= 1
    assert (page.count("Verwaltung"), page.count("What one does there.")) == (1, 1)
    assert (page.count(">Requests"), page.count("Anfrage")) == (1, 0)  # its translation is fuzzy, and so is none
    switches = [form.action for form in forms(page, "/") if form.action == "/language/"]
    assert len(switches) == 2


def test_plural_forms_dates_and_numbers_are_those_of_the_language(german):
    from django.utils.formats import date_format, number_format

    from portal.lib.display import duration
    from tests.portal.content.test_effects import DAY, NOON

    said = {}
    for language in ("en", "zh-hant", "de"):
        with translation.override(language):
            said[language] = (
                duration(DAY, 1), duration(2 * DAY, 1), date_format(NOON, "DATE_FORMAT"),
                number_format(12345.5, decimal_pos=1, use_l10n=True, force_grouping=True),
            )  # fmt: skip
    assert said == {
        "en": ("1 day", "2 days", "20 Nov 2026", "12,345.5"),
        "zh-hant": ("1 天", "2 天", "2026年11月20日", "12,345.5"),
        "de": ("1 Tag", "2 Tage", "20. November 2026", "12.345,5"),
    }


def test_person_chooses_the_third_language_in_the_header_and_in_their_settings(german, cast, client):
    client.force_login(cast.alice)
    assert client.post("/language/", {"language": "de", "next": "/requests/?show=open"}).url == "/requests/?show=open"
    assert User.objects.get(pk=cast.alice.pk).language == "de"
    page = client.get(reverse("accounts:settings"))
    assert ("de", "Deutsch") in page.context["form"].fields["language"].choices
    assert client.get("/", headers={"accept-language": "zh-TW"}).text.count('<html lang="de"') == 1


def test_content_is_asked_for_in_the_third_language_and_counted_as_missing(german, cast, client):
    link = factories.link("x", address_commercial="https://x.example")
    client.force_login(cast.sam)
    address = f"/admin/portal/selfservicelink/{link.pk}/change/"
    form = next(one for one in forms(client.get(address).text, address) if "title_de" in one.values)
    assert "missing: Deutsch" in client.get("/admin/portal/selfservicelink/").text
    sent = form.filled() | {"title_de": "Verwaltung"}
    assert client.post(address, sent).status_code == 302
    link.refresh_from_db()
    assert link.title == {"en": "Title of x", "zh-hant": "x 的標題", "de": "Verwaltung"}
    assert "missing: Deutsch" not in client.get("/admin/portal/selfservicelink/").text


def test_language_that_was_taken_away_is_nobodys_any_more(db, cast, client):
    """Django has a catalogue of its own for many: half a page would be in it."""
    client.force_login(cast.alice)
    User.objects.filter(pk=cast.alice.pk).update(language="de", last_language="zh-hant")
    assert '<html lang="zh-hant"' in client.get("/", headers={"accept-language": "zh-TW"}).text
    assert '<html lang="en"' in client.get("/", headers={"accept-language": "de"}).text
    assert language_of(User.objects.get(pk=cast.alice.pk)) == "zh-hant"


def test_check_of_translations_names_what_is_missing_and_fuzzy(german):
    with pytest.raises(CommandError) as said:
        call_command("check_translations")
    problems = str(said.value).splitlines()
    assert "de: fuzzy: 'Requests'" in problems
    assert "de: not in the catalog: 'Subscriptions'" in problems
    with german.open("rb") as file:
        known = {str(one.id) for one in read_po(file, locale="de") if one.id}
    assert [one for one in problems if "'Home'" in one] == []
    assert len(known) == 3


def test_further_language_needs_no_migration(settings, db):
    """In a process of its own, as the settings read it."""
    environment = os.environ | {"PORTAL_LANGUAGES": "en,zh-hant,de", "PORTAL_DEMO": "1"}
    command = [sys.executable, "-W", "ignore", "manage.py", "makemigrations", "--check", "--dry-run"]
    environment["DATABASE_URL"] = database.address()
    found = subprocess.run(command, check=False, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True)  # noqa: S603
    assert (found.returncode, found.stdout) == (0, "No changes detected\n"), found.stderr


def test_languages_are_called_as_those_who_speak_them_do():
    assert in_their_own_names([" de", "EN "], "en") == [("de", "Deutsch"), ("en", "English")]
    for wrong in (["de"], ["en", "tlh"], ["en", "en"], [""], []):
        with pytest.raises(ImproperlyConfigured, match="PORTAL_LANGUAGES"):
            in_their_own_names(wrong, "en")


@pytest.mark.parametrize("told", ["zh-TW", "zh-HK", "zh-MO", "zh-Hant", "zh-hant-TW"])
def test_browsers_of_taiwan_and_hong_kong_get_traditional_chinese(db, told):
    assert '<html lang="zh-hant"' in Client(headers={"accept-language": told}).get("/").text

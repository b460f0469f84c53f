"""Pictures: what is taken, what is left of it, who is shown it, and how editors keep them."""

import io
import struct
import zlib

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.utils import ProgrammingError
from PIL import Image, PngImagePlugin

from portal.content.pictures import LARGEST_SIDE, MAX_SIZE, key_from, made_anew
from portal.lib.acting import acting_as
from portal.models import Picture
from tests import factories
from tests.portal.content.test_articles import picture
from tests.second_wall.sql import fetch
from tests.surface.pages import forms

PICTURES = "/admin/portal/picture/"


@pytest.fixture
def as_(client):
    def sign_in(person):
        client.force_login(person)
        return client

    return sign_in


def drawn(form="PNG", mode="RGB", size=(40, 30), **options):
    file = io.BytesIO()
    Image.new(mode, size, 200 if mode in ("L", "P") else None).save(file, form, **options)
    return file.getvalue()


def uploaded(name, content):
    return SimpleUploadedFile(name, content)


def decoded(made):
    image = Image.open(io.BytesIO(made.content))
    image.load()
    return image


# --- What is taken -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16"])
def test_png_of_any_kind_is_made_anew(mode):
    made = made_anew(uploaded("a.PNG", drawn(mode=mode)))
    assert (made.content_type, made.width, made.height) == ("image/png", 40, 30)
    assert decoded(made).size == (40, 30)


@pytest.mark.parametrize(("name", "form", "kind"), [("a.jpg", "JPEG", "image/jpeg"), ("a.jpeg", "JPEG", "image/jpeg"), ("a.webp", "WEBP", "image/webp")])  # fmt: skip
def test_other_formats_stay_what_they_are(name, form, kind):
    made = made_anew(uploaded(name, drawn(form)))
    assert (made.content_type, decoded(made).format) == (kind, form)
    assert len(made.digest) == 64


def test_transparency_and_colours_stay():
    image = Image.new("P", (4, 4))
    image.putpalette([10, 20, 30, 250, 240, 230])
    image.putpixel((1, 1), 1)
    file = io.BytesIO()
    image.save(file, "PNG", transparency=0)
    kept = decoded(made_anew(uploaded("a.png", file.getvalue()))).convert("RGBA")
    assert (kept.getpixel((0, 0))[3], kept.getpixel((1, 1))) == (0, (250, 240, 230, 255))


def test_what_a_camera_has_noted_is_left_out():
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Secret camera", 6  # turned by a quarter
    made = made_anew(uploaded("a.jpg", drawn("JPEG", exif=exif, comment=b"secret comment")))
    assert (made.width, made.height) == (30, 40)
    assert b"ecret" not in made.content
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", "Secret author")
    assert b"ecret" not in made_anew(uploaded("a.png", drawn(pnginfo=text, icc_profile=b"Secret profile"))).content


def test_large_picture_is_made_smaller():
    made = made_anew(uploaded("a.png", drawn(mode="L", size=(5000, 2500))))
    assert (made.width, made.height) == (LARGEST_SIDE, LARGEST_SIDE // 2)


def bomb():
    """A PNG of a few bytes that says it is enormous."""
    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts
    )


REFUSED = {
    "a GIF": ("a.gif", lambda: drawn("GIF", "P"), "cannot be taken"),
    "an SVG": ("a.svg", lambda: b"<svg onload='alert(1)'/>", "cannot be taken"),
    "a JPEG that says PNG": ("a.png", lambda: drawn("JPEG"), "its content is JPEG"),
    "a GIF that says PNG": ("a.png", lambda: drawn("GIF", "P"), "cannot be read as a picture"),
    "a page that says PNG": ("a.png", lambda: b"<!doctype html><script>", "cannot be read as a picture"),
    "half a PNG": ("a.png", lambda: drawn(size=(400, 300))[:200], "cannot be read as a picture"),
    "half a JPEG": ("a.jpg", lambda: drawn("JPEG", size=(400, 300))[:300], "cannot be read as a picture"),
    "nothing": ("a.png", lambda: b"", "is empty, or larger than 5 MB"),
    "too many bytes": ("a.png", lambda: b"\x89PNG" + b"0" * MAX_SIZE, "is empty, or larger than 5 MB"),
    "too many pixels": ("a.png", lambda: drawn(mode="1", size=(6000, 4001)), "more than 24 million pixels"),
    "a bomb": ("a.png", bomb, "more than 24 million pixels"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_file_is_refused_with_what_to_do(what):
    name, content, words = REFUSED[what]
    with pytest.raises(ValidationError) as refused:
        made_anew(uploaded(name, content()))
    (message,) = refused.value.messages
    assert words in message
    assert f"“{name}”" in message


@pytest.mark.parametrize(
    ("name", "key"),
    [("Free seats (2).PNG", "free-seats-2"), ("Über.png", "uber"), ("授權.png", ""), ("a" * 90 + ".png", "a" * 60)],
)
def test_key_comes_from_the_files_name(name, key):
    assert key_from(name) == key


# --- Who is shown it -----------------------------------------------------------------------------------------------

READS = {"alice": {"all", "heron"}, "frank": {"all", "owl"}, "dana": {"all", "heron"}, "erin": {"all", "owl"}, "sam": {"all", "heron", "owl"}}  # fmt: skip


@pytest.fixture
def three(cast):
    return cast, {
        key: picture(key, partner)
        for key, partner in (("all", None), ("heron", cast.partner), ("owl", cast.other_partner))
    }


@pytest.mark.parametrize("name", READS)
def test_picture_is_for_the_people_of_its_partner(as_, three, name):
    cast, pictures = three
    client = as_(getattr(cast, name))
    assert {key for key, one in pictures.items() if client.get(one.address).status_code == 200} == READS[name]
    assert client.get(pictures["all"].address.replace("a", "b")).status_code == 404


WRITES = {"max": {"heron"}, "erin": {"owl"}, "sam": {"all"}}


@pytest.mark.parametrize("name", READS)
def test_both_walls_show_the_same_pictures(three, name):
    cast, _pictures = three
    person = getattr(cast, name)
    assert {one.key for one in Picture.objects.visible_to(person)} == READS[name]
    with acting_as(person.pk):
        assert {key for (key,) in fetch("SELECT key FROM portal_picture")} == READS[name]
        assert {one.key for one in Picture.objects.all() if Picture.objects.filter(pk=one.pk).update(size=2)} == (
            WRITES.get(name, set())
        )


@pytest.mark.parametrize(("name", "of"), [("max", "other_partner"), ("max", None), ("dana", "partner"), ("sam", "partner"), ("alice", "partner")])  # fmt: skip
def test_picture_is_not_added_where_somebody_else_keeps(cast, name, of):
    with pytest.raises(ProgrammingError, match="row-level security"), acting_as(getattr(cast, name).pk):
        picture("new", getattr(cast, of) if of else None)


def test_picture_is_kept_by_the_browser_and_is_no_page(as_, three):
    cast, pictures = three
    answer = as_(cast.alice).get(pictures["heron"].address)
    assert (answer.content, answer["Content-Type"]) == (b"x", "image/png")
    assert answer["Cache-Control"] == "private, max-age=31536000, immutable"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"


def test_stranger_is_asked_to_sign_in(client, three):
    _cast, pictures = three
    assert client.get(pictures["all"].address)["Location"].startswith("/accounts/login/")


# --- How editors keep them -----------------------------------------------------------------------------------------


def sent(client, page, **fields):
    form = next(one for one in forms(client.get(page).text, page) if one.action == page)
    return client.post(page, {**form.filled(), **fields}, follow=True)


def add(client, **fields):
    given = {"alt_en": "A list", "alt_zh-hant": "清單", "file": uploaded("Free seats.png", drawn())}
    page = client.get(f"{PICTURES}add/")
    assert page.status_code == 200
    return client.post(f"{PICTURES}add/", {**given, **fields}, follow=True)


def test_manager_adds_a_picture_and_is_told_what_to_write(as_, cast):
    page = add(as_(cast.max), partner=cast.partner.pk)
    found = Picture.objects.get()
    assert (found.key, found.partner, found.width, found.content_type) == ("free-seats", cast.partner, 40, "image/png")
    assert found.size == len(bytes(found.content))
    assert "![](image:free-seats)" in page.text


def test_every_language_says_what_it_shows(as_, cast):
    page = add(as_(cast.sam), **{"alt_zh-hant": ""})
    assert "Say what it shows in every language; missing: 繁體中文." in page.text
    assert not Picture.objects.exists()


def test_file_that_lies_about_its_type_is_an_error_on_the_page(as_, cast):
    page = add(as_(cast.sam), file=uploaded("a.png", drawn("JPEG")))
    assert "“a.png” is not what its name says: its content is JPEG." in page.text
    assert not Picture.objects.exists()


@pytest.mark.parametrize(("name", "taken"), [("max", True), ("erin", True), ("sam", True)])
def test_key_is_used_once_among_what_an_article_may_show(as_, three, name, taken):
    cast, _pictures = three
    partner = {"max": {"partner": cast.partner.pk}, "erin": {"partner": cast.other_partner.pk}}.get(name, {})
    page = add(as_(getattr(cast, name)), key="all", **partner)
    assert ("There is one with this key already." in page.text) is taken
    assert Picture.objects.filter(key="all").count() == 1


def test_two_partners_may_use_one_key(as_, three):
    cast, _pictures = three
    add(as_(cast.max), key="owl", partner=cast.partner.pk)
    assert Picture.objects.filter(key="owl").count() == 2


def test_picture_that_an_article_shows_is_not_deleted(as_, three):
    cast, pictures = three
    client = as_(cast.max)
    there = f"{PICTURES}{pictures['heron'].pk}/delete/"
    article = factories.resource("x", partner=cast.partner, is_draft=True, body={"zh-hant": "![](image:heron)"})
    assert client.post(there, {"post": "yes"}).status_code == 403
    client.post(PICTURES, {"action": "delete_selected", "_selected_action": pictures["heron"].pk, "post": "yes"})
    assert Picture.objects.filter(key="heron").exists()
    article.delete()
    assert client.post(there, {"post": "yes"}).status_code == 302
    assert not Picture.objects.filter(key="heron").exists()


def test_another_picture_takes_the_place_of_the_first(as_, three):
    cast, pictures = three
    before = pictures["heron"]
    page = f"{PICTURES}{before.pk}/change/"
    sent(as_(cast.max), page, file=uploaded("b.webp", drawn("WEBP", size=(8, 8))), alt_en="New")
    after = Picture.objects.get(pk=before.pk)
    assert (after.key, after.content_type, after.width, str(after.alt)) == ("heron", "image/webp", 8, "New")
    assert after.address != before.address


@pytest.mark.parametrize("rows", [1, 3])
def test_list_takes_the_same_statements(as_, cast, django_assert_num_queries, rows):
    for number in range(rows):
        picture(f"p{number}", cast.partner)
    client = as_(cast.max)
    client.get(PICTURES)
    with django_assert_num_queries(9):
        assert client.get(PICTURES).text.count('class="thumbnail"') == rows

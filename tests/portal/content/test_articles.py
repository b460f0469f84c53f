"""Articles: what Markdown becomes, what never gets through, and what an editor is told."""

import importlib
import re
from html.parser import HTMLParser

import pytest
from django.template.defaultfilters import linebreaks
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portal.content import articles
from portal.content.articles import ATTRIBUTES, CLASSES, TAGS, Heading, complaints, render, write_out
from portal.content.initial_resources import INITIAL_RESOURCES
from portal.lib.translated import TranslatedText
from portal.models import Picture
from tests import factories

ALT = TranslatedText({"en": "A list", "zh-hant": "清單"})
SHOWN = Picture(key="seats", digest="d" * 64, width=30, height=20, alt=ALT)
PICTURES = {"seats": SHOWN}


class Reader(HTMLParser):
    """Reads HTML as a browser does, and notes every tag with its attributes."""

    def __init__(self):
        super().__init__()
        self.found = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def read(text):
    reader = Reader()
    reader.feed(str(render(text, PICTURES).html))
    reader.close()
    return reader


# --- What it becomes ---------------------------------------------------------------------------------------------

WRITTEN = {
    "paragraphs": ("One\nline\n\nTwo", "<p>One<br>\nline</p>\n<p>Two</p>\n"),
    "emphasis": ("**a** *b* `c`", "<p><strong>a</strong> <em>b</em> <code>c</code></p>\n"),
    "a list": ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
    "steps": ("3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>\n'),
    "a quotation": ("> a", "<blockquote>\n<p>a</p>\n</blockquote>\n"),
    "code": ("```python\n<b> & x\n```", "<pre><code>&lt;b&gt; &amp; x\n</code></pre>\n"),
    "a way out": (
        "[a](https://learn.microsoft.com/x)",
        '<p><a href="https://learn.microsoft.com/x" class="way-out" rel="noopener noreferrer">a</a></p>\n',
    ),
    "a page of ours": (
        "[a](http://localhost:8000/)",
        "<p>[a](http://localhost:8000/)</p>\n",
    ),
    "a mail": ("[a](mailto:b@c.example)", '<p><a href="mailto:b@c.example" rel="noopener noreferrer">a</a></p>\n'),
    "a picture": (
        "![](image:seats)",
        f'<p><img src="/pictures/{"d" * 64}" alt="A list" width="30" height="20"></p>\n',
    ),
    "a picture in other words": (
        '![Three "seats"](image:seats)',
        f'<p><img src="/pictures/{"d" * 64}" alt="Three &quot;seats&quot;" width="30" height="20"></p>\n',
    ),
    "a picture that is gone": ("![Seats](image:gone)", "<p>Seats</p>\n"),
    "a picture of somebody else": ("![Seats](https://elsewhere.example/a.png)", "<p>Seats</p>\n"),
    "nothing": (" \n ", ""),
}


@pytest.mark.parametrize("what", WRITTEN)
def test_article_becomes(what):
    text, html = WRITTEN[what]
    assert str(render(text, PICTURES).html) == html


def test_table_scrolls_by_itself_and_aligns_without_style():
    html = str(render("|a|b|\n|--:|:-:|\n|1|2|", {}).html)
    assert html.startswith('<div class="table-scroll" role="region" tabindex="0" aria-label="Table"><table>')
    assert re.findall(r'<t[hd] class="[^"]+">.', html) == [
        '<th class="at-end">a', '<th class="at-center">b', '<td class="at-end">1', '<td class="at-center">2',
    ]  # fmt: skip
    assert "style" not in html


def test_headings_begin_beneath_the_pages_own_and_are_found_by_their_words():
    article = render("# A & *b*\n## 授權 數\n### A & b\n#### c\n# !", {}, prefix="x")
    assert article.headings == (
        Heading(2, "x-a-b", "A & b"),
        Heading(3, "x-授權-數", "授權 數"),
        Heading(4, "x-a-b-2", "A & b"),
        Heading(4, "x-c", "c"),
        Heading(2, "x-part", "!"),
    )
    assert article.contents == article.headings
    assert re.findall(r'<(h\d) id="([^"]+)">', article.html) == [
        ("h2", "x-a-b"), ("h3", "x-授權-數"), ("h4", "x-a-b-2"), ("h4", "x-c"), ("h2", "x-part"),
    ]  # fmt: skip
    assert '<a class="anchor" href="#x-a-b" aria-label="Link to “A &amp; b”" rel="noopener noreferrer">#</a></h2>' in (
        article.html
    )


@pytest.mark.parametrize(("headings", "told"), [(0, 0), (3, 0), (4, 4)])
def test_contents_are_told_of_more_than_three_headings(headings, told):
    assert len(render("# A\n\n" * headings, {}).contents) == told


# --- What never gets through ---------------------------------------------------------------------------------------

ATTACKS = [
    "<script>alert(1)</script>",
    "a <script>alert(1)</script> b",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src=https://evil.example></iframe>",
    "<a href=javascript:alert(1)>x</a>",
    "<style>*{display:none}</style>",
    "<!-- --><b>",
    "<math><mi xlink:href=data:x,alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:x)",
    "[x](//evil.example)",
    "[x](/admin/logout/)",
    "[x](http://plain.example)",
    "[x](ftp://a.example)",
    "[x](https://user:word@evil.example)",
    "<javascript:alert(1)>",
    "<https://user@evil.example>",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml,<svg onload=alert(1)>)",
    "![x](https://evil.example/track.png)",
    '![x"onerror="alert(1)](image:seats)',
    '![x](image:seats "a" onerror="alert(1)")',
    "[x](image:seats)",
    "![x](image:../../admin/)",
    '[x](https://a.example "t" onclick="alert(1)")',
    '[x](https://a.example/"onclick="alert(1)")',
    "[x]: javascript:alert(1)\n\n[x]",
    '# <img src=x onerror=alert(1)> "onclick="x',
    '```"onclick="alert(1)\n</code></pre><script>\n```',
    "|<b>|\n|---|\n|<script>|",
    "\x00<script>",
    "\u202e<script>",
]


def outside(text):
    """Return what an article has in it beyond the allowlist."""
    found = []
    for tag, attributes in read(text).found:
        if tag not in TAGS:
            found.append(tag)
        for name, said in attributes.items():
            value = said or ""
            allowed = name in ATTRIBUTES.get(tag, set()) or (tag, name, value) == ("a", "rel", "noopener noreferrer")
            if name == "href":
                allowed &= value.startswith(("https://", "mailto:", "#section-")) and "@" not in value.split("/")[2:3]
            elif name == "src":
                allowed &= value == SHOWN.address
            elif name == "class":
                allowed &= value in CLASSES[tag]
            elif name == "id":
                allowed &= value.startswith("section-")
            if not allowed:
                found.append(f"{tag} {name}={value}")
    return found


@pytest.mark.parametrize("attack", ATTACKS)
def test_attack_comes_to_nothing(attack):
    assert outside(attack) == []


PIECES = st.sampled_from(
    [*ATTACKS, "<", ">", '"', "'", "`", "](", "![", "image:seats", "https://a.example", "javascript:", "\n", "\n\n", "# ",
     "|", "|---|", "- ", "&#", "x", "onclick=", "&lt;", "\\", "\t", "    ", "<a ", "<!--", "]]>", "style="]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES | st.text(max_size=6), max_size=14).map("".join))
@example("<script>alert(1)</script>")
def test_nothing_outside_of_the_allowlist_is_ever_rendered(text):
    assert outside(text) == []


def test_sanitiser_alone_keeps_readers_safe():
    """The second of two locks, with the first one open."""
    html = (
        '<p onclick="x">a<script>b</script><a href="javascript:x" class="evil">c</a><img src="https://e.example/"></p>'
    )
    assert articles._cleaned(html) == '<p>a<a rel="noopener noreferrer">c</a><img></p>'


# --- What an editor is told ----------------------------------------------------------------------------------------

TOLD = {
    "": [],
    "# Fine\n\n[a](https://a.example) ![](image:seats) `<b>`\n\n    <i>": [],
    "a\n\n<script>alert(1)</script>": [(3, "<script>alert(1)</script>")],
    "a\nb <b>c</b>": [(2, "<b>"), (2, "</b>")],
    "a  \nb\\\n<br>": [(3, "<br>")],
    "[x](javascript:alert(1))": [(1, "javascript:alert(1)")],
    "a\n\n- b\n- [x](http://a.example)": [(4, "http://a.example")],
    "[x](https://a:b@c.example)": [(1, "https://a:b@c.example")],
    "[x](/support/)": [(1, "/support/")],
    "![x](image:gone)": [(1, "gone")],
    "![x](https://a.example/a.png)": [(1, "https://a.example/a.png")],
    "|a|\n|-|\n|<i>|": [(3, "<i>")],
}


@pytest.mark.parametrize("text", TOLD)
def test_editor_is_told_the_line_and_what_is_wrong(text):
    told = complaints(text, {"seats"})
    assert sorted(int(re.match(r"Line (\d+): ", one)[1]) for one in told) == [line for line, _what in TOLD[text]]
    for line, what in TOLD[text]:
        assert [one for one in told if one.startswith(f"Line {line}: ") and what in one]


@given(st.lists(PIECES | st.text(max_size=6), max_size=14).map("".join))
@settings(max_examples=100, deadline=None)
def test_whatever_is_typed_is_answered(text):
    assert all(one.startswith("Line ") for one in complaints(text, set()))


# --- Texts from before Markdown ------------------------------------------------------------------------------------

MIGRATION = importlib.import_module("portal.migrations.0010_texts_become_markdown")


def paragraphs(html):
    reader = Reader()
    reader.feed(html)
    tags = [tag for tag, _attributes in reader.found]
    return tags, "".join(reader.text.split())


@pytest.mark.parametrize("resource", INITIAL_RESOURCES, ids=lambda one: one.key)
def test_texts_that_a_site_starts_with_read_as_they_did(resource):
    for text in resource.body.values():
        assert paragraphs(str(render(text, {}).html)) == paragraphs(linebreaks(text))
        assert MIGRATION.as_markdown(text) == text


OLD = st.text(st.sampled_from("ab 授1.)*_#<>[]()`|&\\-+=~!:/\n\t"))


@settings(max_examples=300, deadline=None)
@given(OLD)
@example("1. a\n2. b")
@example("# a\n\n    b\n* c\n---\n<script>")
@example("a\n===")
@example("&amp; <b> \\* [x](https://a.example) | a |\n|--|")
@example("1\n \n1")
def test_plain_text_reads_as_it_did_once_it_is_markdown(text):
    text = text.strip()  # as a form hands it over
    seen = re.sub(r"(?m)^[ \t]+$", "", text)  # a line of blanks looks empty, and now parts two paragraphs as one does
    assert paragraphs(str(render(MIGRATION.as_markdown(text), {}).html)) == paragraphs(
        linebreaks(seen, autoescape=True) if seen else ""
    )


@pytest.mark.parametrize("text", ["1. a *b* [c]", "# a\n- b", "a_b|c\\d", "授權 & 數"])
def test_way_back_gives_the_plain_text(text):
    assert MIGRATION.as_plain(MIGRATION.as_markdown(text)) == text


# --- Many at once --------------------------------------------------------------------------------------------------


def picture(key, partner=None, **fields):
    return Picture.objects.create(
        key=key, partner=partner, alt={"en": key, "zh-hant": key}, content=b"x", content_type="image/png",
        digest=f"{key:0<64}"[:64], width=1, height=1, size=1, added_at="2026-01-01T00:00Z", **fields,
    )  # fmt: skip


@pytest.mark.parametrize(("pictured", "statements"), [(0, 0), (1, 1), (3, 1)])
def test_articles_take_one_statement_where_they_show_pictures(db, django_assert_num_queries, pictured, statements):
    picture("aa")
    rows = [
        factories.resource(f"r{number}", body={"en": "![](image:aa)" if number < pictured else "none"})
        for number in range(3)
    ]
    with django_assert_num_queries(statements):
        write_out(rows)
    assert ["<img" in one.article.html for one in rows] == [number < pictured for number in range(3)]


def test_article_shows_what_is_for_all_and_its_own_partners_pictures(cast):
    for key, partner in (("all", None), ("heron", cast.partner), ("owl", cast.other_partner)):
        picture(key, partner)
    body = {"en": "![](image:all)![](image:heron)![](image:owl)"}
    rows = [
        factories.resource(key, partner=partner, body=body)
        for key, partner in (("a", None), ("h", cast.partner), ("o", cast.other_partner))
    ]
    write_out(rows)
    shown = [re.findall(r'alt="(\w+)"', one.article.html) for one in rows]
    assert shown == [["all"], ["all", "heron"], ["all", "owl"]]


def test_ids_tell_the_articles_of_a_page_apart(db):
    rows = [factories.resource(key, body={"en": "# Same"}) for key in ("one", "two")]
    write_out(rows)
    assert [one.article.headings[0].anchor for one in rows] == ["section-one-same", "section-two-same"]
    write_out(rows[:1], among_others=False)
    assert rows[0].article.headings[0].anchor == "section-same"

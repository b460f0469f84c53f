"""Articles as staff write them: Markdown with few means, made into HTML that holds nothing else.

Two things keep a reader safe, each alone: markdown-it takes no HTML, and what it makes goes through an allowlist.
"""

import dataclasses
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Any
from urllib.parse import urlsplit

import nh3
from django.conf import settings
from django.urls import reverse
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from portal.models import Picture, SupportResource

PICTURE = "image:"
"""What stands before the key of a picture in an article: ``![](image:licences)``."""

TAGS = frozenset(
    [
        "a",
        "blockquote",
        "br",
        "code",
        "div",
        "em",
        "h2",
        "h3",
        "h4",
        "hr",
        "img",
        "li",
        "ol",
        "p",
        "pre",
        "strong",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
ATTRIBUTES: dict[str, set[str]] = {
    "a": {"href", "class", "aria-label"},
    **{heading: {"id"} for heading in ("h2", "h3", "h4")},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "th": {"class"},
    "td": {"class"},
    "div": {"class", "role", "tabindex", "aria-label"},
}
"""All that an article may consist of; the one attribute beside these is ``rel``, which the sanitiser writes itself."""

CLASSES = {
    "a": frozenset({"anchor", "way-out"}),
    "div": frozenset({"table-scroll"}),
    "th": frozenset({"at-end", "at-center"}),
    "td": frozenset({"at-end", "at-center"}),
}
EMPTY = SafeString("")

CONTENTS_FROM = 4
"""An article with so many headings begins with a table of them."""

LOWEST_HEADING = 4


@dataclasses.dataclass(frozen=True, slots=True)
class Heading:
    """A heading within an article: ``level`` 2 to 4, and the id by which it is found on its page."""

    level: int
    anchor: str
    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class Article:
    """A text as readers meet it."""

    html: SafeString = EMPTY
    headings: tuple[Heading, ...] = ()

    @property
    def contents(self) -> tuple[Heading, ...]:
        """The headings, where there are enough of them for a table of contents."""
        return self.headings if len(self.headings) >= CONTENTS_FROM else ()

    def __bool__(self) -> bool:
        return bool(self.html)


# --- The way there ---------------------------------------------------------------------------------------------------


class ArticleRenderer(RendererHTML):
    """Writes what needs more than a tag; ``env`` carries the pictures, the prefix of ids and the headings found."""

    def heading_close(self, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        heading: Heading = tokens[at].meta["heading"]
        label = _("Link to “%(heading)s”") % {"heading": heading.text}
        sign = format_html(' <a class="anchor" href="#{}" aria-label="{}">#</a>', heading.anchor, label)
        return f"{sign}</{tokens[at].tag}>\n"

    def table_open(self, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        return str(
            format_html('<div class="table-scroll" role="region" tabindex="0" aria-label="{}"><table>\n', _("Table"))
        )

    def table_close(self, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        return "</table></div>\n"

    def image(self, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        """Show one of our own pictures; of any other only what it would have shown."""
        token = tokens[at]
        written = self.renderInlineAsText(token.children, options, env) if token.children else ""
        found: Picture | None = env["pictures"].get(picture_named(str(token.attrs.get("src", ""))))
        if found is None:
            return str(escape(written))
        return str(
            format_html(
                '<img src="{}" alt="{}" width="{}" height="{}">',
                found.address, written or str(found.alt), found.width, found.height,
            )
        )  # fmt: skip

    def fence(self, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        return f"<pre><code>{escape(tokens[at].content)}</code></pre>\n"

    code_block = fence  # type: ignore[assignment]


def _parser(*, html: bool = False) -> MarkdownIt:
    """Return a parser. ``html``: tell HTML and doubtful addresses apart instead of taking them for text."""
    parser = MarkdownIt("commonmark", {"html": html, "breaks": True}, renderer_cls=ArticleRenderer).enable("table")
    parser.validateLink = (lambda url: True) if html else _is_taken  # type: ignore[method-assign]
    return parser


def _is_taken(url: str) -> bool:
    return url.startswith(PICTURE) or not complaint_about_address(url)


def picture_named(address: str) -> str:
    """Return the key of the picture that an address in an article means; empty where it means none of ours."""
    return address.removeprefix(PICTURE) if address.startswith(PICTURE) else ""


def render(text: str, pictures: Mapping[str, Picture], *, prefix: str = "section") -> Article:
    """Return Markdown as an article whose ids begin with ``prefix``; ``pictures`` are those it may show, by key.

    Headings begin at level 2 beneath the page's own. HTML in it is shown as the text that it is.
    """
    if not text.strip():
        return Article()
    parser = _parser()
    env: dict[str, Any] = {"pictures": pictures}
    tokens = parser.parse(text, env)
    headings = tuple(_shape(tokens, prefix))
    html = parser.renderer.render(tokens, parser.options, env)
    return Article(mark_safe(_cleaned(str(html))), headings)  # noqa: S308 - _cleaned is the allowlist


def _shape(tokens: Sequence[Token], prefix: str) -> Iterator[Heading]:
    """Give headings their level and id, mark ways out, and say alignment in classes; yield the headings."""
    taken: set[str] = set()
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            level = min(int(token.tag[1]) + 1, LOWEST_HEADING)
            text = _plain(tokens[at + 1])
            anchor = _free(f"{prefix}-{_slug(text)}", taken)
            token.tag = tokens[at + 2].tag = f"h{level}"
            token.attrSet("id", anchor)
            heading = tokens[at + 2].meta["heading"] = Heading(level, anchor, text)
            yield heading
        elif token.type in ("th_open", "td_open") and (style := token.attrs.pop("style", "")):
            aligned = {"text-align:right": "at-end", "text-align:center": "at-center"}.get(str(style))
            if aligned:
                token.attrSet("class", aligned)
        for child in token.children or ():
            if child.type == "link_open" and _leads_out(str(child.attrs.get("href", ""))):
                child.attrSet("class", "way-out")


def _plain(inline: Token) -> str:
    parts = (child.content if child.type in ("text", "code_inline") else " " for child in inline.children or ())
    return " ".join("".join(parts).split())


def _slug(text: str) -> str:
    """Return a heading as part of an address; of a language without spaces, too."""
    words = unicodedata.normalize("NFKC", text).lower()
    return "-".join(re.findall(r"\w+", words)) or "part"


def _free(anchor: str, taken: set[str]) -> str:
    """Return ``anchor``, numbered where an earlier heading has it already, and take it."""
    free, number = anchor, 1
    while free in taken:
        number += 1
        free = f"{anchor}-{number}"
    taken.add(free)
    return free


def _leads_out(address: str) -> bool:
    return address.startswith("https:") and urlsplit(address).netloc != urlsplit(settings.SITE_URL).netloc


def _cleaned(html: str) -> str:
    """Return ``html`` with nothing in it that is not on the lists above."""
    return nh3.clean(
        html,
        tags=set(TAGS),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        attribute_filter=_allowed,
        url_schemes={"https", "mailto"},
        link_rel="noopener noreferrer",
        strip_comments=True,
    )


def _allowed(tag: str, name: str, value: str) -> str | None:
    """Return what an attribute may say: addresses of ours for pictures, whole ones or sections for links."""
    if name == "class":
        return value if value in CLASSES.get(tag, frozenset()) else None
    if name == "src":
        return value if value.startswith(reverse("picture", args=["0"])[:-1]) else None
    if name == "href" and not value.lower().startswith(("https://", "mailto:", "#")):
        return None
    return value


# --- Many at once ----------------------------------------------------------------------------------------------------


def write_out(resources: Iterable[SupportResource], *, among_others: bool = True) -> None:
    """Give each resource its ``article`` in the reader's language; one statement, none where none shows a picture.

    ``among_others``: ids tell the resources of a page apart.
    """
    rows = list(resources)
    texts = {row.pk: str(row.body) for row in rows}
    keys = {key for text in texts.values() for key in pictures_in(text)}
    known = list(Picture.objects.of_partners({row.partner_id for row in rows}).named(keys)) if keys else []
    for row in rows:
        fitting = {one.key: one for one in known if one.partner_id in (None, row.partner_id)}
        prefix = f"section-{row.key}" if among_others else "section"
        row.article = render(texts[row.pk], fitting, prefix=prefix)


def pictures_in(text: str) -> set[str]:
    """Return the keys that an article seems to show; a few that it does not may be among them."""
    return set(re.findall(r"\(\s*<?image:([-\w]+)", text)) | set(re.findall(r"\]:\s*<?image:([-\w]+)", text))


# --- What an editor is told ------------------------------------------------------------------------------------------


def complaints(text: str, pictures: Set[str]) -> list[str]:
    """Return what is wrong with an article, each with its line and what to do; ``pictures`` are those that it may show."""
    return [
        _("Line %(line)d: %(problem)s") % {"line": line, "problem": problem}
        for line, problem in sorted(set(_problems(text, pictures)))
    ]


def _problems(text: str, pictures: Set[str]) -> Iterator[tuple[int, str]]:
    for token in _parser(html=True).parse(text, {}):
        line = (token.map or [0])[0] + 1
        if token.type == "html_block":
            yield line, _no_html(token.content)
        for child in token.children or ():
            if child.type in ("softbreak", "hardbreak"):
                line += 1
            elif child.type == "html_inline":
                yield line, _no_html(child.content)
            elif (child.type == "link_open" and (problem := complaint_about_address(str(child.attrs["href"])))) or (
                child.type == "image" and (problem := _about_picture(str(child.attrs["src"]), pictures))
            ):
                yield line, problem


def _no_html(found: str) -> str:
    shown = " ".join(found.split())
    shown = f"{shown[:40]}…" if len(shown) > 40 else shown
    return _(
        "HTML is not taken (%(found)s). Write it in Markdown; to show it to readers as it is, put it between `backticks`."
    ) % {"found": shown}


def complaint_about_address(address: str) -> str:
    """Return what is wrong with where a link leads, and what to do; empty where nothing is."""
    if address.lower().startswith("mailto:"):
        return ""
    try:
        parts = urlsplit(address)
        host, user = parts.hostname or "", parts.username
    except ValueError:
        host, user, parts = "", None, urlsplit("")
    if user is not None:
        return _("“%(address)s” carries a name or a password. Take out everything between https:// and the @.") % {
            "address": address
        }
    if parts.scheme != "https" or "." not in host:
        return _("A link cannot lead to “%(address)s”. Give a whole address that starts with https:// or mailto:.") % {
            "address": address
        }
    return ""


def _about_picture(address: str, pictures: Set[str]) -> str:
    key = picture_named(address)
    if not key:
        return _(
            "The picture “%(address)s” is not one of ours. Add it under Pictures, then write ![](image:its-key)."
        ) % {"address": address}
    if key not in pictures:
        return _("There is no picture “%(key)s”. Add it under Pictures first, or look how its key is written.") % {
            "key": key
        }
    return ""

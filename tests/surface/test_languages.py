"""Every page in Traditional Chinese: no English word is left on one, whoever asks, also where something is wrong."""

import re
from html.parser import HTMLParser

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import translation

from portal.views import server_error, too_many_requests
from tests.surface import pages
from tests.surface.classes import HOME, class_of
from tests.surface.hostile import share
from tests.surface.routes import routes
from tests.surface.test_headers import ANSWERS
from tests.surface.world import CANARY, undone

CHINESE = {"accept-language": "zh-TW,zh;q=0.9,en;q=0.1"}
ROLES = ("", "alice", "max", "sam", "root")
SAID = ("alt", "aria-label", "placeholder", "title", "data-confirm", "data-done", "data-failed")
"""Attributes that somebody reads or hears."""
UNSEEN = {"script", "style", "template", "code", "kbd", "samp"}
VOID = {"br", "hr", "img", "input", "link", "meta", "use", "path", "source", "wbr", "rect", "line", "circle"}
ADDRESS = re.compile(r"https?://\S+|[\w.+-]+@[\w.-]+|\b[\w-]+(?:\.[\w-]+)+\b|/[\w/-]+/|\{\w+\}")
NAMES = (
    "Microsoft 365", "Microsoft Authenticator", "Microsoft Cloud for US Government", "Microsoft Defender", "Microsoft",
    "Dynamics 365 Business Central", "Dynamics 365", "Azure", "Marketplace SaaS", "Power Platform", "Exchange Online",
    "SharePoint Online", "SharePoint", "OneDrive", "Teams", "Intune", "Purview", "Entra", "Power BI", "Windows", "Extended Service Term",
    "GCC High", "GCC", "DoD", "Partner Center", "contoso", "English", "JavaScript", "Asia/Taipei", "Coyhaique",
)  # fmt: skip
"""Products, companies and places as they are called in Chinese too, and languages in their own name."""
CODES = {
    "CSV", "XLSX", "PDF", "PNG", "JPEG", "TXT", "MB", "UTF-8", "UTF-16", "Windows-1252", "Latin-1", "Big5", "CP950",
    "WebP", "HTML", "Markdown", "image", "ID", "SKU", "PIN", "TWD", "QR", "Code", "Message-ID", "Cookie", "Tab",
    "owner", "ManagementForm", "TOTAL_FORMS", "INITIAL_FORMS", "batches-TOTAL_FORMS", "batches-INITIAL_FORMS", "-TOTAL_FORMS",
}  # fmt: skip
"""Words that Taiwanese IT staff write in English, and what Django says of a form that no page has sent."""
NUMBER = re.compile(r"R-(?=\s|$)|UTC(?:[+-]\d\d:\d\d)?")


class _Text(HTMLParser):
    """Gathers what a reader is told in the language of the page: what is marked as another language is left out."""

    def __init__(self):
        super().__init__()
        self.said, self.open, self.hidden = [], [], 0

    def handle_starttag(self, tag, pairs):
        attributes = {name: value or "" for name, value in pairs}
        other = attributes.get("lang", "zh").lower()[:2] != "zh" or "code" in attributes.get("class", "").split()
        if tag not in VOID:
            self.open.append((tag, other or tag in UNSEEN))
            self.hidden += self.open[-1][1]
        if not self.hidden and not other:
            self.said += [attributes[name] for name in SAID if name in attributes]
            if tag == "input" and attributes.get("type") in ("submit", "button"):
                self.said.append(attributes.get("value", ""))
            if tag == "meta" and attributes.get("name") == "description":
                self.said.append(attributes.get("content", ""))

    def handle_endtag(self, tag):
        while self.open and any(one == tag for one, _hidden in self.open):
            closed, hidden = self.open.pop()
            self.hidden -= hidden
            if closed == tag:
                break

    def handle_data(self, data):
        if not self.hidden:
            self.said.append(data)


NAMED = re.compile("|".join(map(re.escape, NAMES)))
WORD = re.compile(r"[A-Za-z][\w'’-]+", re.ASCII)


def english(html):
    """Return the English words of a page that is in Chinese, each with what stands around it."""
    reader = _Text()
    reader.feed(html)
    found = {}
    for text in reader.said:
        plain = text
        for left_out in (ADDRESS, CANARY, NUMBER, NAMED):
            plain = left_out.sub(" ", plain)
        for word in WORD.findall(plain):
            if word not in CODES:
                found.setdefault(word, " ".join(text.split())[:120])
    return found


def test_english_is_found():
    page = "<html lang='zh-hant'><p>您好 <a title='Close' href='/x'>Save 儲存</a></p><p lang='en'>Hello</p><script>let</script>"
    assert set(english(page)) == {"Close", "Save"}


@pytest.mark.parametrize("name", sorted(routes()))
def test_page_holds_no_english_word(visitors, caller, name):
    route, problems = routes()[name], {}
    opens = class_of(route)
    for role in [role for role in ROLES if role in opens.to] or ["root"]:  # refusals are the next tests
        call = caller.call(route, HOME[role])
        answers = [visitors[role].get(call.path, call.query, headers=CHINESE)]
        if answers[0].status == 200:  # a form that is empty comes back with what is wrong with it
            answers.append(visitors[role].post(call.path, call.posted, headers=CHINESE))
        for answer in answers:
            if answer.headers.get("Content-Type", "").startswith("text/html"):
                problems |= {f"{role} {answer.status} {word}": around for word, around in english(answer.body).items()}
    assert problems == {}


# --- Where something is wrong --------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["", "alice", "root"])
@pytest.mark.parametrize(("status", "request_"), ANSWERS.values(), ids=ANSWERS)
def test_refusal_holds_no_english_word(visitors, role, status, request_):
    request_ = {"method": "GET", "content_type": "application/x-www-form-urlencoded"} | request_
    request_["headers"] = CHINESE | request_.get("headers", {})
    with undone():
        answer = visitors[role].browser(enforce_csrf_checks=status == 403).generic(**request_)
    assert answer.status_code == status
    assert english(answer.text) == {}


def test_too_many_tries_are_refused_in_chinese(rf):
    request = rf.get("/", headers=CHINESE)
    request.user = AnonymousUser()
    with translation.override("zh-hant"):
        answer = too_many_requests(request)
    assert (answer.status_code, english(answer.text)) == (429, {})


def test_server_error_is_told_in_both_languages(rf):
    page = server_error(rf.get("/")).text
    halves = page.split('lang="zh-Hant">')
    assert [bool(re.search("[\u4e00-\u9fff]", one)) for one in halves[1:]] == [True] * (len(halves) - 1)
    assert "We could not show this page" in page


@pytest.mark.parametrize("name", sorted(routes()))
def test_language_switch_leads_to_a_page_that_is_there(visitors, caller, name):
    """Also from a form that came back with what is wrong with it: its address may know no GET."""
    route, problems = routes()[name], []
    for role in share(("", "alice", "max", "sam"), name, 2):
        call = caller.call(route, HOME[role])
        for answer in (visitors[role].get(call.path, call.query), visitors[role].post(call.path, call.posted)):
            for form in pages.forms(answer.body, call.path) if "<html" in answer.body[:200] else ():
                if form.action == "/language/" and answer.status == 200:
                    there = visitors[role].get(form.values["next"][0])
                    if there.status not in (200, 302):
                        problems.append(f"{role}: {form.values['next'][0]} answers {there.status}")
    assert problems == []

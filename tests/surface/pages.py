"""What a page asks for: its forms with what a browser would send, and its links."""

import datetime
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

LEFT_OUT = {"submit", "button", "image", "reset", "file"}


@dataclass
class Form:
    """One form: where it goes, what stands in it, and what kind of input each field is."""

    action: str
    method: str
    values: dict[str, list[str]] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    options: dict[str, list[str]] = field(default_factory=dict)
    required: set[str] = field(default_factory=set)

    def filled(self) -> dict[str, list[str]]:
        """Return what is sent once every field that must be filled in has been given something plausible."""
        sent = {name: values for name, values in self.values.items() if name != "csrfmiddlewaretoken"}
        for name, kind in self.kinds.items():
            if name not in self.required or any(sent.get(name, [])):
                continue
            choices = [one for one in self.options.get(name, []) if one]
            if kind in ("select", "radio", "checkbox"):
                sent[name] = choices[:1]
            else:
                sent[name] = [PLAUSIBLE.get(kind, "plausible")]
        return {name: values for name, values in sent.items() if values}


TODAY = datetime.datetime.now(datetime.UTC).date().isoformat()
ADDRESS = "https://value.example/"
PLAUSIBLE = {
    "email": "plausible@example.com",
    "number": "3",
    "date": TODAY,
    "datetime-local": f"{TODAY}T12:00:00",
    "url": ADDRESS,
    "password": "correct-horse-battery",
    "tel": "+886 2 1234 5678",
}


class _Reader(HTMLParser):
    def __init__(self, address: str) -> None:
        super().__init__()
        self.address, self.forms, self.links = address, [], []
        self.form: Form | None = None
        self.select, self.option, self.textarea = "", None, ""

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in pairs}
        if self.form is not None and "required" in attributes:
            self.form.required.add(attributes.get("name", ""))
        if tag == "a" and attributes.get("href"):
            self.links.append(urljoin(self.address, attributes["href"]))
        elif tag == "form":
            action = urljoin(self.address, attributes.get("action") or self.address)
            self.form = Form(action, attributes.get("method", "get").lower())
            self.forms.append(self.form)
        elif self.form is None:
            return
        elif tag == "input" and attributes.get("name"):
            self._input(self.form, attributes)
        elif tag == "select":
            self.select = attributes.get("name", "")
            self.form.kinds[self.select] = "select"
        elif tag == "option" and self.select:
            self.form.options.setdefault(self.select, []).append(attributes.get("value", ""))
            if "selected" in attributes:
                self.form.values.setdefault(self.select, []).append(attributes.get("value", ""))
        elif tag == "textarea":
            self.textarea = attributes.get("name", "")
            self.form.kinds[self.textarea] = "textarea"
            self.form.values[self.textarea] = [""]

    @staticmethod
    def _input(form: Form, attributes: dict[str, str]) -> None:
        kind, name, value = attributes.get("type", "text"), attributes["name"], attributes.get("value", "")
        if kind in LEFT_OUT:
            return
        form.kinds[name] = kind
        if kind in ("checkbox", "radio"):
            form.options.setdefault(name, []).append(value or "on")
            if "checked" in attributes:
                form.values.setdefault(name, []).append(value or "on")
        else:
            form.values.setdefault(name, []).append(value)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = ""
        elif tag == "textarea":
            self.textarea = ""

    def handle_data(self, data: str) -> None:
        if self.textarea and self.form is not None:
            self.form.values[self.textarea][0] += data.removeprefix("\n")


def _read(html: str, address: str) -> _Reader:
    reader = _Reader(address)
    reader.feed(html)
    return reader


def forms(html: str, address: str) -> list[Form]:
    """Return the forms of a page."""
    return _read(html, address).forms


def links(html: str, address: str) -> list[str]:
    """Return where the page leads on this site: paths with their queries, once each, in the order of the page."""
    found = (urlsplit(one) for one in _read(html, address).links)
    own = [one for one in found if not one.scheme and not one.netloc and one.path.startswith("/")]
    return list(dict.fromkeys(one.path + (f"?{one.query}" if one.query else "") for one in own))

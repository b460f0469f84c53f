"""Looking for links, help and subscriptions by a few words, in whichever language they are written.

Content is short and read as a whole, in one statement for each kind; so are the names of a customer's subscriptions.
What matches is decided here rather than by the database, so that ß, ü and full-width letters are found by their like.
"""

import datetime
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Customer, User
from portal.content.self_service import all_links
from portal.content.showing import owned_services
from portal.content.support import particular, resources_for
from portal.lib.clouds import Service
from portal.models import LinkCategory
from requests_app.models import Subscription
from requests_app.views.scope import my_subscriptions

MOST_LETTERS = 100
MOST_WORDS = 8
SHOWN_AT_ONCE = 5
"""Of each kind, while somebody types; the page shows all."""
SUBSCRIPTIONS_LOOKED_AT = 2000

OTHER_NAMES = {
    Service.EXCHANGE: "Outlook e-mail email mailbox 郵件 信箱 電子郵件 EAC",
    Service.SHAREPOINT: "OneDrive files 檔案 網站",
    Service.TEAMS: "Skype for Business meetings 會議 團隊",
    Service.ENTRA: "Azure AD Active Directory sign-in identity 身分識別 登入",
    Service.INTUNE: "Endpoint Manager MDM devices 裝置",
    Service.DEFENDER: "antivirus security 防毒 資訊安全",
    Service.OFFICE_APPS: "Office Word Excel PowerPoint 文書",
    Service.POWER_PLATFORM: "Power BI Power Apps Power Automate",
    Service.DYNAMICS: "CRM ERP Business Central",
    Service.AZURE: "virtual machines storage 虛擬機器 儲存體",
    Service.WINDOWS: "Windows 365 Windows 11",
}
"""What people call a service, or go there for; it is looked for and never shown."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found: where it is, and what is said of it in a line.

    ``opens`` names what leads out of the site, as the browser tells of it when it is opened.
    """

    title: str
    address: str
    about: str = ""
    opens: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """What was found of one kind."""

    key: str
    title: str
    hits: list[Hit]

    @property
    def first(self) -> list[Hit]:
        return self.hits[:SHOWN_AT_ONCE]

    @property
    def more(self) -> int:
        """How many there are beyond the first."""
        return max(len(self.hits) - SHOWN_AT_ONCE, 0)


@dataclass(frozen=True, slots=True)
class Found:
    """What a search has found; ``words`` as they were looked for."""

    words: str
    groups: list[Group]

    @property
    def count(self) -> int:
        return sum(len(group.hits) for group in self.groups)


def folded(text: str) -> str:
    """Return a text as it is compared: without case, accents, and the difference between ß and ss or of width."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFC", "".join(char for char in plain if not unicodedata.combining(char)))


def asked(text: str) -> str:
    """Return what was typed as one line of bounded length, without what no text has."""
    return " ".join("".join(char if char.isprintable() else " " for char in text[:1000]).split())[:MOST_LETTERS]


FOR_WHAT = {
    LinkCategory.ADMINISTER: "users accounts licences billing 使用者 帳號 授權 帳單",
    LinkCategory.MESSAGES: "announcements changes roadmap 變更 公告",
    LinkCategory.HEALTH: "status outage incident down not working 狀態 中斷 異常 當機 故障",
    LinkCategory.HELP: "ticket case support request open a case 支援 案件 報修",
}
"""What people call what they want to do; it is looked for and never shown."""


def find(typed: str, *, customer: Customer, user: User, now: datetime.datetime) -> Found:
    """Return what ``customer`` may open and ``user`` may see that has all words of ``typed`` in it; in four statements.

    A word may stand in the middle of another. What has them in its title comes first. Without words nothing is looked
    for.
    """
    words = asked(typed)
    terms = folded(words).split()[:MOST_WORDS]
    if not terms:
        return Found(words, [])
    owned = owned_services(customer)
    groups = [
        Group("links", _("Self-service"), _links(terms, customer, owned, now)),
        Group("help", _("Help"), _help(terms, customer, now)),
        Group("subscriptions", _("Subscriptions"), _subscriptions(terms, customer, user)),
    ]
    return Found(words, [group for group in groups if group.hits])


def _links(terms: Sequence[str], customer: Customer, owned: set[str], now: datetime.datetime) -> list[Hit]:
    links = [link for group in all_links(customer, owned, now) for link in group.links]
    found = _matching(
        links,
        terms,
        lambda link: [*link.title.values(), _names(link.service)],
        lambda link: [*link.description.values(), _wants(link.category), link.address],
    )
    needs = _("Needs your company's short name at Microsoft")
    return [
        Hit(str(link.title), link.address, str(link.description), opens=f"link:{link.pk}")
        if link.address
        else Hit(str(link.title), f"{reverse('self_service')}#link-{link.key}", needs)
        for link in found
    ]


def _help(terms: Sequence[str], customer: Customer, now: datetime.datetime) -> list[Hit]:
    found = _matching(
        resources_for(customer, now),
        terms,
        lambda one: [*one.title.values()],
        lambda one: [*one.summary.values(), *one.body.values(), *map(_names, particular(one.services))],
    )
    return [
        Hit(str(one.title), one.get_absolute_url(), str(one.summary))
        if one.has_text
        else Hit(str(one.title), one.address, str(one.summary), opens=f"resource:{one.pk}")
        for one in found
    ]


def _subscriptions(terms: Sequence[str], customer: Customer, user: User) -> list[Hit]:
    rows: Iterable[Subscription] = my_subscriptions(user).filter(customer=customer).by_end_of_term()
    found = _matching(
        rows[:SUBSCRIPTIONS_LOOKED_AT],  # type: ignore[index]  # a queryset
        terms,
        lambda one: [one.friendly_name, *one.product.name.values()],
        lambda one: [one.external_id, *(_names(service) for service in one.product.services)],
    )
    found.sort(key=lambda one: not one.is_running)  # stable
    return [
        Hit(
            str(one),
            reverse("requests_app:subscription_detail", args=[one.pk]),
            " · ".join(filter(None, [str(one.product) if one.friendly_name else "", str(one.get_status_display())])),
        )
        for one in found
    ]


def _names(service: str) -> str:
    """Return what a service is called, by Microsoft and by others."""
    return f"{Service(service).label} {OTHER_NAMES.get(Service(service), '')}" if service else ""


def _wants(category: str) -> str:
    """Return what a link is for, in the site's words and in others'."""
    return f"{LinkCategory(category).label} {FOR_WHAT.get(LinkCategory(category), '')}"


def _matching[Row](
    rows: Iterable[Row],
    terms: Sequence[str],
    titles: Callable[[Row], list[Any]],
    texts: Callable[[Row], list[Any]],
) -> list[Row]:
    """Return the rows that have all terms; those whose titles have them, first."""
    in_title, elsewhere = [], []
    for row in rows:
        title = folded(" ".join(map(str, titles(row))))
        if all(term in title for term in terms):
            in_title.append(row)
            continue
        whole = f"{title} {folded(' '.join(map(str, texts(row))))}"
        if all(term in whole for term in terms):
            elsewhere.append(row)
    return in_title + elsewhere

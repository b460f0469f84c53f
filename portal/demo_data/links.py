"""Links of a partner's own in the demonstration, and what the link checker might have found: it sends nothing by itself."""

import datetime

from accounts.models import Partner
from portal.demo_data.organisations import FIRST
from portal.lib.clouds import Cloud
from portal.models import CheckResult, ContentAddress, LinkCategory, SelfServiceLink

OWN = [
    (
        "first-steps",
        {"en": "First steps with Microsoft 365", "zh-hant": "Microsoft 365 入門"},
        {"en": "Short videos in Chinese, made by us.", "zh-hant": "由我們製作的中文短片。"},
        "https://videos.lanternfig.example/first-steps",
        {"check_result": CheckResult.MOVED, "check_status": 301, "leads_to": "https://learn.lanternfig.example/first-steps"},
    ),
    (
        "holiday-hours",
        {"en": "Our hours over the holidays", "zh-hant": "我們的假期服務時間"},
        {"en": "When somebody answers the telephone.", "zh-hant": "何時有人接聽電話。"},
        "https://www.lanternfig.example/hours",
        {"check_result": CheckResult.GONE, "check_status": 404},
    ),
]  # fmt: skip
"""Key, title, description, address and what was found."""

LONG_AGO = datetime.timedelta(days=200)
NIGHT = datetime.timedelta(hours=9)


def load_links(partners: dict[str, Partner], now: datetime.datetime) -> None:
    """Write the partner's links, and results of checks of the night before; two addresses were verified long ago."""
    for position, (key, title, description, address, found) in enumerate(OWN, start=1):
        link = SelfServiceLink.objects.create(
            partner=partners[FIRST],
            key=key,
            title=title,
            description=description,
            category=LinkCategory.HELP,
            position=1000 + position,
        )
        ContentAddress.objects.create(
            link=link,
            cloud=Cloud.COMMERCIAL,
            address=address,
            source="www.lanternfig.example",
            verified_on=now.date() - datetime.timedelta(days=40),
            checked_at=now - NIGHT,
            **found,
        )
    general = ContentAddress.objects.filter(link__partner=None)
    centers = general.filter(link__category__in=[LinkCategory.ADMINISTER, LinkCategory.CONFIGURE])
    centers.exclude(address__contains="{").update(checked_at=now - NIGHT, check_result=CheckResult.SIGN_IN)
    general.filter(cloud=Cloud.DOD, link__key="sharepoint-admin-center").update(
        checked_at=now - NIGHT, check_result=CheckResult.TIMEOUT
    )
    general.filter(link__key__in=["message-center", "sharepoint-admin-center"], cloud=Cloud.GCC_HIGH).update(
        verified_on=now.date() - LONG_AGO
    )

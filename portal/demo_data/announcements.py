"""What customers are told in the demonstration: by the site and by both partners, in each state, read by some."""

import datetime
from typing import Any

from accounts.models import Customer, Partner, User
from portal.demo_data.organisations import FIRST, SECOND
from portal.lib.clouds import Cloud, Service
from portal.models import Announcement, AnnouncementRead, Level

HOUR, DAY = datetime.timedelta(hours=1), datetime.timedelta(days=1)


def load_announcements(
    partners: dict[str, Partner], customers: dict[str, Customer], people: dict[str, User], now: datetime.datetime
) -> None:
    """Write the announcements; what went out by mail has gone already, so that nobody gets one."""
    now = now.replace(second=0)
    made = {key: Announcement(**fields) for key, fields in _announcements(partners, customers, now).items()}
    for announcement in made.values():
        announcement.save()
    AnnouncementRead.objects.bulk_create(
        AnnouncementRead(announcement=made[key], user=people[person], read_at=now - HOUR)
        for key, person in (
            ("portal", "customer"),
            ("portal", "viewer"),
            ("teams", "member"),
            ("holiday", "leo.peng"),
            ("portal", "gov"),
        )
    )


def _announcements(
    partners: dict[str, Partner], customers: dict[str, Customer], now: datetime.datetime
) -> dict[str, dict[str, Any]]:
    return {
        "portal": {
            "title": {"en": "Messages have a page of their own", "zh-hant": "公告現在有專屬頁面"},
            "body": {
                "en": "News about your services and from your partner is kept here.\n\n"
                "What you have not read yet is counted at the top of each page.",
                "zh-hant": "服務異動與合作夥伴的消息都會放在這裡。\n\n尚未閱讀的數量會顯示在每一頁的上方。",
            },
            "publish_from": now - 20 * DAY,
        },
        "exchange": {
            "title": {"en": "Exchange Online: mail may arrive late", "zh-hant": "Exchange Online：郵件可能延遲送達"},
            "body": {
                "en": "Mail from outside your company may arrive up to an hour late. Nothing is lost.\n\n"
                "You need not do anything. Service health in your admin center has the latest state.",
                "zh-hant": "來自外部的郵件可能最多延遲一小時送達，郵件不會遺失。\n\n"
                "您不需要做任何處理；最新狀態請見系統管理中心的「服務健康狀況」。",
            },
            "level": Level.URGENT,
            "services": [Service.EXCHANGE],
            "clouds": [Cloud.COMMERCIAL],
            "to_owners_only": True,
            "happens_from": now - 2 * HOUR,
            "publish_from": now - HOUR,
            "publish_until": now + 30 * DAY,
            "address": "https://status.cloud.microsoft/",
            "by_mail": True,
            "mailed_at": now - HOUR,
        },
        "teams": {
            "title": {
                "en": "Teams admin center: some pages move to a new menu",
                "zh-hant": "Teams 系統管理中心：部分頁面移到新的選單",
            },
            "body": {
                "en": "Meeting settings are found under Meetings from next month on. Your settings stay as they are.",
                "zh-hant": "自下個月起，會議設定改放在「會議」之下，您現有的設定不會改變。",
            },
            "level": Level.WARNING,
            "services": [Service.TEAMS],
            "happens_from": now + 10 * DAY,
            "publish_from": now - 3 * DAY,
        },
        "holiday": {
            "partner": partners[FIRST],
            "title": {"en": "We are closed on 25 December", "zh-hant": "12 月 25 日服務時間調整"},
            "body": {
                "en": "Requests that reach us on that day are answered on the next working day.",
                "zh-hant": "當天收到的申請，將於下一個工作日處理。",
            },
            "level": Level.WARNING,
            "publish_from": now - 2 * DAY,
            "publish_until": now + 40 * DAY,
        },
        "logistics": {
            "partner": partners[FIRST],
            "customers": [customers["logistics"].pk],
            "title": {"en": "Your new contact person", "zh-hant": "貴公司的服務窗口異動"},
            "body": {
                "en": "Somebody else of our team looks after you from Monday on. Address and phone stay the same.",
                "zh-hant": "自下週一起由另一位同仁為您服務，電子郵件與電話不變。",
            },
            "publish_from": now - 5 * HOUR,
        },
        "maintenance": {
            "partner": partners[FIRST],
            "title": {"en": "Our phone line is down on Saturday", "zh-hant": "週六電話系統維護"},
            "body": {"en": "Write to us instead.", "zh-hant": "維護期間請改以電子郵件聯絡我們。"},
            "happens_from": now + 5 * DAY,
            "happens_until": now + 5 * DAY + 4 * HOUR,
            "publish_from": now + 2 * DAY,
        },
        "survey": {
            "partner": partners[FIRST],
            "title": {"en": "How do you like our service?"},
            "body": {"en": "A short survey, to be published in January."},
            "is_draft": True,
        },
        "government": {
            "partner": partners[SECOND],
            "clouds": [Cloud.GCC_HIGH, Cloud.DOD],
            "title": {
                "en": "Sign-in to the Azure portal: use the government address",
                "zh-hant": "登入 Azure 入口網站：請使用政府雲位址",
            },
            "body": {
                "en": "Bookmarks of portal.azure.com do not work for your cloud. Use the link on your home page.",
                "zh-hant": "portal.azure.com 的書籤不適用於您的雲端，請使用首頁上的連結。",
            },
            "level": Level.URGENT,
            "services": [Service.AZURE],
            "publish_from": now - 4 * HOUR,
        },
        "old": {
            "partner": partners[SECOND],
            "title": {"en": "Office closed on Veterans Day", "zh-hant": "退伍軍人節休假"},
            "publish_from": now - 30 * DAY,
            "publish_until": now - 10 * DAY,
        },
    }

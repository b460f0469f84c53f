"""The self-service links that a new site starts with; from then on staff look after them in the admin.

The addresses are facts about Microsoft's four clouds as they were on ``VERIFIED_ON``, each with its confidence. A cloud
that is missing here has no known address, and its customers do not see the link.
"""

import datetime
from dataclasses import dataclass

from django.db import transaction

from portal.lib.clouds import Cloud, Service
from portal.models import ContentAddress, LinkCategory, SelfServiceLink
from requests_app.models import Confidence

VERIFIED_ON = datetime.date(2026, 11, 1)

SOURCES = {
    Confidence.HIGH: f"A page of Microsoft's, or two independent sources, as of {VERIFIED_ON}",
    Confidence.MEDIUM: f"One good secondary source, as of {VERIFIED_ON}",
    Confidence.LOW: f"Inferred from the addresses of other clouds, as of {VERIFIED_ON}",
}

type Known = tuple[str, str]
"""An address and how sure it is: a value of ``Confidence``."""


@dataclass(frozen=True)
class InitialLink:
    """One page of Microsoft's, with its address in each cloud where it is known."""

    key: str
    title: dict[str, str]
    description: dict[str, str]
    category: LinkCategory
    known: dict[Cloud, Known]
    service: str = ""
    note: str = ""

    def addresses(self) -> list[ContentAddress]:
        """Return a row for each cloud where the page has an address; it belongs to nothing yet."""
        return [
            ContentAddress(
                cloud=cloud,
                address=address,
                confidence=confidence,
                source=SOURCES[Confidence(confidence)],
                verified_on=VERIFIED_ON,
            )
            for cloud, (address, confidence) in self.known.items()
        ]


INITIAL_LINKS = [
    InitialLink(
        key="m365-admin-center",
        title={"en": "Microsoft 365 admin center", "zh-hant": "Microsoft 365 系統管理中心"},
        description={
            "en": "Manage users, licences, domains and settings of your organisation.",
            "zh-hant": "管理貴公司的使用者、授權、網域與各項設定。",
        },
        category=LinkCategory.ADMINISTER,
        known={
            Cloud.COMMERCIAL: ("https://admin.microsoft.com", "H"),
            Cloud.GCC: ("https://admin.microsoft.com", "M"),
            Cloud.GCC_HIGH: ("https://portal.office365.us", "H"),
            Cloud.DOD: ("https://portal.apps.mil", "H"),
        },
        note="Newer commercial host: admin.cloud.microsoft.",
    ),
    InitialLink(
        key="azure-portal",
        title={"en": "Azure portal", "zh-hant": "Azure 管理入口網站"},
        description={
            "en": "Manage virtual machines, storage, networks and everything else you run in Azure.",
            "zh-hant": "管理虛擬機器、儲存體、網路，以及您在 Azure 執行的其他資源。",
        },
        category=LinkCategory.ADMINISTER,
        service=Service.AZURE,
        known={
            Cloud.COMMERCIAL: ("https://portal.azure.com", "H"),
            Cloud.GCC: ("https://portal.azure.com", "H"),
            Cloud.GCC_HIGH: ("https://portal.azure.us", "H"),
            Cloud.DOD: ("https://portal.azure.us", "H"),
        },
    ),
    InitialLink(
        key="entra-admin-center",
        title={"en": "Microsoft Entra admin center", "zh-hant": "Microsoft Entra 系統管理中心"},
        description={
            "en": "Manage identities, groups, sign-in and conditional access.",
            "zh-hant": "管理身分識別、群組、登入方式與條件式存取。",
        },
        category=LinkCategory.ADMINISTER,
        service=Service.ENTRA,
        known={
            Cloud.COMMERCIAL: ("https://entra.microsoft.com", "H"),
            Cloud.GCC_HIGH: ("https://entra.microsoft.us", "H"),
        },
        note="Sources conflict about GCC.",
    ),
    InitialLink(
        key="message-center",
        title={"en": "Message Center", "zh-hant": "訊息中心"},
        description={
            "en": "Read what Microsoft announces about new features, changes and retirements.",
            "zh-hant": "閱讀 Microsoft 發布的新功能、變更與停用通知。",
        },
        category=LinkCategory.MESSAGES,
        known={
            Cloud.COMMERCIAL: ("https://admin.microsoft.com/#/MessageCenter", "H"),
            Cloud.GCC: ("https://admin.microsoft.com/#/MessageCenter", "M"),
            Cloud.GCC_HIGH: ("https://portal.office365.us/adminportal/home#/MessageCenter", "L"),
        },
    ),
    InitialLink(
        key="service-health",
        title={"en": "Service health", "zh-hant": "服務健康狀況"},
        description={
            "en": "See whether the services of your organisation run as they should, and known incidents.",
            "zh-hant": "查看貴公司使用的服務是否正常運作，以及目前已知的事件。",
        },
        category=LinkCategory.HEALTH,
        known={
            Cloud.COMMERCIAL: ("https://admin.microsoft.com/#/servicehealth", "H"),
            Cloud.GCC: ("https://admin.microsoft.com/#/servicehealth", "M"),
            Cloud.GCC_HIGH: ("https://portal.office365.us/adminportal/home#/servicehealth", "M"),
        },
    ),
    InitialLink(
        key="exchange-admin-center",
        title={"en": "Exchange admin center", "zh-hant": "Exchange 系統管理中心"},
        description={
            "en": "Set up mailboxes, groups, mail flow and mobile access of Exchange Online.",
            "zh-hant": "設定 Exchange Online 的信箱、群組、郵件流程與行動裝置存取。",
        },
        category=LinkCategory.CONFIGURE,
        service=Service.EXCHANGE,
        known={
            Cloud.COMMERCIAL: ("https://admin.exchange.microsoft.com", "H"),
            Cloud.GCC: ("https://admin.exchange.microsoft.com", "M"),
            Cloud.GCC_HIGH: ("https://admin.exchange.office365.us", "H"),
        },
    ),
    InitialLink(
        key="sharepoint-admin-center",
        title={"en": "SharePoint admin center", "zh-hant": "SharePoint 系統管理中心"},
        description={
            "en": "Set up sites, sharing, storage and OneDrive.",
            "zh-hant": "設定網站、共用、儲存空間與 OneDrive。",
        },
        category=LinkCategory.CONFIGURE,
        service=Service.SHAREPOINT,
        known={
            Cloud.COMMERCIAL: ("https://admin.microsoft.com/sharepoint", "H"),
            Cloud.GCC: ("https://{tenant}-admin.sharepoint.com", "M"),
            Cloud.GCC_HIGH: ("https://{tenant}-admin.sharepoint.us", "H"),
            Cloud.DOD: ("https://portal.apps.mil/SharePoint", "M"),
        },
        note="The commercial address finds the tenant by itself.",
    ),
    InitialLink(
        key="teams-admin-center",
        title={"en": "Teams admin center", "zh-hant": "Teams 系統管理中心"},
        description={
            "en": "Set up teams, meetings, calling and policies; it replaced Skype for Business.",
            "zh-hant": "設定團隊、會議、通話與原則。",
        },
        category=LinkCategory.CONFIGURE,
        service=Service.TEAMS,
        known={
            Cloud.COMMERCIAL: ("https://admin.teams.microsoft.com", "H"),
            Cloud.GCC: ("https://admin.teams.microsoft.com", "H"),
            Cloud.GCC_HIGH: ("https://admin.gov.teams.microsoft.us", "H"),
            Cloud.DOD: ("https://admin.dod.teams.microsoft.us", "H"),
        },
    ),
    InitialLink(
        key="intune-admin-center",
        title={"en": "Microsoft Intune admin center", "zh-hant": "Microsoft Intune 系統管理中心"},
        description={
            "en": "Enrol and secure computers and phones, and distribute apps to them.",
            "zh-hant": "註冊並保護電腦與手機，以及派送應用程式。",
        },
        category=LinkCategory.CONFIGURE,
        service=Service.INTUNE,
        known={
            Cloud.COMMERCIAL: ("https://intune.microsoft.com", "H"),
            Cloud.GCC_HIGH: ("https://intune.microsoft.us", "H"),
        },
    ),
    InitialLink(
        key="power-platform-admin-center",
        title={"en": "Power Platform admin center", "zh-hant": "Power Platform 系統管理中心"},
        description={
            "en": "Manage environments, capacity and policies of Power Apps, Power Automate and Dynamics 365.",
            "zh-hant": "管理 Power Apps、Power Automate 與 Dynamics 365 的環境、容量與原則。",
        },
        category=LinkCategory.CONFIGURE,
        service=Service.POWER_PLATFORM,
        known={
            Cloud.COMMERCIAL: ("https://admin.powerplatform.microsoft.com", "M"),
            Cloud.GCC: ("https://gcc.admin.powerplatform.microsoft.us", "M"),
            Cloud.GCC_HIGH: ("https://high.admin.powerplatform.microsoft.us", "M"),
            Cloud.DOD: ("https://admin.appsplatform.us", "M"),
        },
    ),
    InitialLink(
        key="azure-support-request",
        title={"en": "Azure support request", "zh-hant": "Azure 支援要求"},
        description={
            "en": "Describe a problem with an Azure service and follow what becomes of it.",
            "zh-hant": "說明 Azure 服務發生的問題，並追蹤處理進度。",
        },
        category=LinkCategory.HELP,
        service=Service.AZURE,
        known={
            Cloud.COMMERCIAL: ("https://portal.azure.com/#create/Microsoft.Support", "M"),
            Cloud.GCC: ("https://portal.azure.com/#create/Microsoft.Support", "M"),
        },
        note="An older page of Microsoft's says that the partner opens tickets for its customers.",
    ),
    InitialLink(
        key="public-status",
        title={"en": "Microsoft's public status page", "zh-hant": "Microsoft 公開服務狀態頁面"},
        description={
            "en": "Look here when you cannot sign in to the admin center: no account is needed.",
            "zh-hant": "無法登入系統管理中心時，可在此查看；不需要帳戶。",
        },
        category=LinkCategory.HEALTH,
        known={
            Cloud.COMMERCIAL: ("https://status.cloud.microsoft", "M"),
            Cloud.GCC: ("https://status.cloud.microsoft", "M"),
        },
    ),
]


@transaction.atomic
def add_missing_links() -> list[str]:
    """Add the links whose key is not there yet and return their keys; what is there stays as staff left it."""
    present = set(SelfServiceLink.objects.filter(partner=None).values_list("key", flat=True))
    added = []
    addresses = []
    for position, initial in enumerate(INITIAL_LINKS, start=1):
        if initial.key in present:
            continue
        link = SelfServiceLink(
            key=initial.key,
            title=initial.title,
            description=initial.description,
            category=initial.category,
            service=initial.service,
            note=initial.note,
            position=position * 10,
        )
        link.full_clean(validate_unique=False, validate_constraints=False)
        added.append(link)
        for address in initial.addresses():
            address.link = link
            addresses.append(address)
    SelfServiceLink.objects.bulk_create(added)
    ContentAddress.objects.bulk_create(addresses)
    return [link.key for link in added]

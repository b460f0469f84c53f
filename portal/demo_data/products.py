"""The products of the demonstration: real ones of Microsoft's.

Their catalog item ids, prices and the clouds they are sold in are only plausible.
"""

from dataclasses import dataclass

from portal.lib.clouds import Cloud, Service
from requests_app.models import BillingCycle, ProductCategory, ProductType, TermDuration

COMMERCIAL = frozenset({Cloud.COMMERCIAL})
NOT_GCC = frozenset(Cloud) - {Cloud.GCC}
NOT_DOD = frozenset(Cloud) - {Cloud.DOD}


@dataclass(frozen=True)
class Plan:
    """A term with a billing cycle, and how the price for one cycle follows from a product's price for a month."""

    term: TermDuration
    cycle: BillingCycle
    factor: str


PLANS = {
    "month": Plan(TermDuration.P1M, BillingCycle.MONTHLY, "1.20"),
    "year_monthly": Plan(TermDuration.P1Y, BillingCycle.MONTHLY, "1.05"),
    "year": Plan(TermDuration.P1Y, BillingCycle.ANNUAL, "12"),
    "three_years_yearly": Plan(TermDuration.P3Y, BillingCycle.ANNUAL, "12"),
    "three_years": Plan(TermDuration.P3Y, BillingCycle.TRIENNIAL, "36"),
    # Perpetual software has no term; the model has no word for that, and the longest is the least wrong.
    "once": Plan(TermDuration.P3Y, BillingCycle.ONE_TIME, "1"),
    "usage": Plan(TermDuration.P1M, BillingCycle.MONTHLY, "0"),
}
USUAL = ("month", "year_monthly", "year")
LONG = (*USUAL, "three_years_yearly", "three_years")


@dataclass(frozen=True)
class Item:
    """A product with its texts, and its price for one seat and month in US dollars (or once, for perpetual ones)."""

    key: str
    name: tuple[str, str]
    description: tuple[str, str]
    catalog_item_id: str
    category: ProductCategory
    services: tuple[Service, ...]
    clouds: frozenset[Cloud]
    price: str
    plans: tuple[str, ...] = USUAL
    product_type: ProductType = ProductType.LICENSE_BASED


SUITE = (
    Service.EXCHANGE,
    Service.SHAREPOINT,
    Service.TEAMS,
    Service.OFFICE_APPS,
    Service.ENTRA,
    Service.INTUNE,
    Service.DEFENDER,
)

ITEMS = [
    Item(
        "business-premium",
        ("Microsoft 365 Business Premium", "Microsoft 365 商務進階版"),
        (
            "Office apps, mail, Teams and security for companies with up to 300 people.",
            "適合 300 人以下企業的 Office 應用程式、郵件、Teams 與進階安全性。",
        ),
        "CFQ7TTC0LCHC:0002",
        ProductCategory.PRODUCTIVITY,
        SUITE,
        COMMERCIAL,
        "22.00",
        LONG,
    ),
    Item(
        "m365-e3",
        ("Microsoft 365 E3", "Microsoft 365 E3"),
        (
            "Office apps, mail, Teams, Windows and device management for larger organisations.",
            "適合大型組織的 Office 應用程式、郵件、Teams、Windows 與裝置管理。",
        ),
        "CFQ7TTC0LFLX:0001",
        ProductCategory.PRODUCTIVITY,
        (*SUITE, Service.WINDOWS),
        NOT_GCC,
        "36.00",
        LONG,
    ),
    Item(
        "m365-e5",
        ("Microsoft 365 E5", "Microsoft 365 E5"),
        (
            "Everything in E3 with the strongest security, compliance, calling and analytics.",
            "包含 E3 的所有功能，並提供最完整的安全性、合規性、通話與分析功能。",
        ),
        "CFQ7TTC0LFLZ:0002",
        ProductCategory.PRODUCTIVITY,
        (*SUITE, Service.WINDOWS, Service.POWER_PLATFORM),
        NOT_GCC,
        "57.00",
        LONG,
    ),
    Item(
        "m365-g3",
        ("Microsoft 365 G3", "Microsoft 365 G3"),
        (
            "Office apps, mail, Teams, Windows and device management for US state and local government.",
            "適合美國州與地方政府機關的 Office 應用程式、郵件、Teams、Windows 與裝置管理。",
        ),
        "CFQ7TTC0LGG3:0001",
        ProductCategory.PRODUCTIVITY,
        (*SUITE, Service.WINDOWS),
        frozenset({Cloud.GCC}),
        "36.00",
        LONG,
    ),
    Item(
        "office-e1",
        ("Office 365 E1", "Office 365 E1"),
        (
            "Mail, Teams, SharePoint and the web versions of the Office apps.",
            "提供郵件、Teams、SharePoint 與網頁版 Office 應用程式。",
        ),
        "CFQ7TTC0LF8Q:0001",
        ProductCategory.PRODUCTIVITY,
        (Service.EXCHANGE, Service.SHAREPOINT, Service.TEAMS, Service.OFFICE_APPS),
        COMMERCIAL,
        "10.00",
    ),
    Item(
        "exchange-p1",
        ("Exchange Online (Plan 1)", "Exchange Online (方案 1)"),
        ("A mailbox of 50 GB with calendar and contacts.", "50 GB 信箱，包含行事曆與連絡人。"),
        "CFQ7TTC0LH16:0001",
        ProductCategory.COMMUNICATION,
        (Service.EXCHANGE,),
        NOT_DOD,
        "4.00",
    ),
    Item(
        "teams-phone",
        ("Microsoft Teams Phone Standard", "Microsoft Teams 電話標準版"),
        (
            "Calls to and from ordinary telephone numbers in Teams, with voicemail and call queues.",
            "在 Teams 撥打與接聽一般電話，並提供語音信箱與話務佇列。",
        ),
        "CFQ7TTC0LH0T:0001",
        ProductCategory.COMMUNICATION,
        (Service.TEAMS,),
        NOT_DOD,
        "10.00",
    ),
    Item(
        "entra-p1",
        ("Microsoft Entra ID P1", "Microsoft Entra ID P1"),
        (
            "Conditional access, self-service password reset and group management.",
            "條件式存取、自助式密碼重設與群組管理。",
        ),
        "CFQ7TTC0LFLS:0002",
        ProductCategory.SECURITY,
        (Service.ENTRA,),
        NOT_DOD,
        "6.00",
        (*USUAL, "three_years_yearly"),
    ),
    Item(
        "intune-p1",
        ("Microsoft Intune Plan 1", "Microsoft Intune 方案 1"),
        ("Manages computers and phones, their apps and their security.", "管理電腦與手機，以及其應用程式與安全性。"),
        "CFQ7TTC0LCH4:0009",
        ProductCategory.SECURITY,
        (Service.INTUNE,),
        NOT_DOD,
        "8.00",
    ),
    Item(
        "defender-business",
        ("Microsoft Defender for Business", "適用於企業的 Microsoft Defender"),
        (
            "Protects the computers and phones of smaller companies against malware and ransomware.",
            "保護中小企業的電腦與手機，防範惡意程式與勒索軟體。",
        ),
        "CFQ7TTC0J1GB:0001",
        ProductCategory.SECURITY,
        (Service.DEFENDER,),
        COMMERCIAL,
        "3.00",
    ),
    Item(
        "power-bi-pro",
        ("Power BI Pro", "Power BI Pro"),
        ("Builds reports and shares them with colleagues.", "建立報表並與同事共用。"),
        "CFQ7TTC0HL8W:0001",
        ProductCategory.DATA,
        (Service.POWER_PLATFORM,),
        frozenset(Cloud),
        "14.00",
    ),
    Item(
        "visio-p2",
        ("Visio Plan 2", "Visio 方案 2"),
        ("Draws diagrams and floor plans, on the desktop and in the browser.", "在桌面與瀏覽器繪製圖表與平面圖。"),
        "CFQ7TTC0HD32:0002",
        ProductCategory.PRODUCTIVITY,
        (Service.OFFICE_APPS,),
        NOT_DOD,
        "15.00",
    ),
    Item(
        "project-p3",
        ("Planner and Project Plan 3", "Planner 和 Project 方案 3"),
        (
            "Plans larger projects with schedules, people and budgets.",
            "以時程、人力與預算規劃大型專案。",
        ),
        "CFQ7TTC0HDB0:0002",
        ProductCategory.PRODUCTIVITY,
        (Service.OFFICE_APPS,),
        frozenset({Cloud.COMMERCIAL, Cloud.GCC}),
        "30.00",
    ),
    Item(
        "power-apps",
        ("Power Apps Premium", "Power Apps Premium"),
        ("Builds and runs business apps with little code.", "以少量程式碼建立並執行商務應用程式。"),
        "CFQ7TTC0LH2H:0001",
        ProductCategory.BUSINESS_APPS,
        (Service.POWER_PLATFORM,),
        NOT_DOD,
        "20.00",
    ),
    Item(
        "business-central",
        ("Dynamics 365 Business Central Essentials", "Dynamics 365 Business Central Essentials"),
        (
            "Finance, purchasing, sales and stock for small and medium-sized companies.",
            "適合中小企業的財務、採購、銷售與庫存管理。",
        ),
        "CFQ7TTC0HD1K:0001",
        ProductCategory.BUSINESS_APPS,
        (Service.DYNAMICS,),
        COMMERCIAL,
        "80.00",
        product_type=ProductType.BUSINESS_CENTRAL,
    ),
    Item(
        "windows-server",
        ("Windows Server 2025 Standard", "Windows Server 2025 Standard"),
        ("A licence for 16 cores of a server of your own, bought once.", "自有伺服器的 16 核心授權，一次購買。"),
        "DG7GMGF0PWHC:0001",
        ProductCategory.INFRASTRUCTURE,
        (Service.WINDOWS,),
        COMMERCIAL,
        "1176.00",
        ("once",),
        ProductType.PERPETUAL_SOFTWARE,
    ),
    Item(
        "azure-plan",
        ("Azure plan", "Azure 方案"),
        (
            "Access to Azure's services; what you use is billed each month.",
            "使用 Azure 各項服務；依每月實際用量計費。",
        ),
        "DZH318Z0BPS6:0001",
        ProductCategory.INFRASTRUCTURE,
        (Service.AZURE,),
        NOT_GCC,
        "0.00",
        ("usage",),
        ProductType.AZURE_USAGE,
    ),
]

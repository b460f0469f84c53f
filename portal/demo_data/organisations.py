"""The two partners and eight customers of the demonstration. All of them are invented."""

import datetime
import uuid
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from accounts.models import Customer, Partner, PartnerHoliday
from portal.lib.clouds import Cloud

FIRST, SECOND = "lanternfig", "quillmarsh"
"""The keys of the two partners in this package."""

TIME_ZONES = {FIRST: "Asia/Taipei", SECOND: "America/New_York"}
"""Where each partner and its customers are."""

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "demo.example")


def invented_id(*parts: object) -> str:
    """Return the same invented GUID for the same words each time."""
    return str(uuid.uuid5(NAMESPACE, "/".join(map(str, parts))))


def invented_order(*parts: object) -> str:
    """Return the same invented order number, twelve characters as in Partner Center, for the same words each time."""
    return invented_id("order", *parts).replace("-", "")[:12]


@dataclass(frozen=True)
class Organisation:
    """A customer of the demonstration."""

    key: str
    partner: str
    name: str
    prefix: str
    cloud: Cloud = Cloud.COMMERCIAL

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(TIME_ZONES[self.partner])


ORGANISATIONS = [
    Organisation("pinewhistle", FIRST, "Pinewhistle Foods 松哨食品", "pinewhistlefoods"),
    Organisation("logistics", FIRST, "Pinewhistle Logistics 松哨物流", "pinewhistlelogistics"),
    Organisation("amberkite", FIRST, "Amberkite Machinery 琥鳶機械", "amberkite"),
    Organisation("saltlark", FIRST, "Saltlark Design 鹽雀設計", "saltlarkdesign"),
    Organisation("fernwick", FIRST, "Fernwick Cycle Parts 蕨徑自行車零件", "fernwickcycle"),
    Organisation("brackenmoor", SECOND, "Brackenmoor County Records Office", "brackenmoorrecords", Cloud.GCC),
    Organisation("ironquill", SECOND, "Ironquill Avionics", "ironquill", Cloud.GCC_HIGH),
    Organisation("cindervale", SECOND, "Cindervale Depot Support", "cindervale", Cloud.DOD),
]
BY_KEY = {organisation.key: organisation for organisation in ORGANISATIONS}


HOLIDAYS_IN_TAIWAN = [(1, 1, "元旦 New Year's Day"), (2, 28, "和平紀念日"), (10, 10, "國慶日"), (12, 25, "行憲紀念日")]
HOLIDAYS_IN_AMERICA = [
    (1, 1, "New Year's Day"),
    (7, 4, "Independence Day"),
    (11, 11, "Veterans Day"),
    (12, 25, "Christmas"),
]


def load_partners(now: datetime.datetime) -> dict[str, Partner]:
    """Write the partners with the holidays of this year and the next, and return them by key."""
    first = Partner(
        name="Lanternfig Cloud Services 燈榕雲端服務",
        edition=Partner.Edition.COMMERCIAL,
        contact_email="service@lanternfig.demo.example",
        phone="+886 2 0100 0199",
        hours="Mon–Fri 週一至週五 09:00–18:00 (Asia/Taipei, UTC+8)",
        web_page="https://lanternfig.demo.example/",
        languages=["zh", "nan", "en"],
        lead_time_days=2,
        time_zone=TIME_ZONES[FIRST],
    )
    second = Partner(
        name="Quillmarsh Federal Cloud",
        edition=Partner.Edition.US_GOVERNMENT,
        contact_email="desk@quillmarsh.demo.example",
        phone="+1 202 555 0143",
        hours="Mon–Fri 8:00–18:00 (America/New_York)",
        web_page="https://quillmarsh.demo.example/",
        languages=["en", "es"],
        lead_time_days=1,
        time_zone=TIME_ZONES[SECOND],
        opens_at=datetime.time(8),
        answer_hours=20,
    )
    Partner.objects.bulk_create([first, second])
    PartnerHoliday.objects.bulk_create(
        PartnerHoliday(partner=partner, date=datetime.date(year, month, day), name=name)
        for partner, holidays in ((first, HOLIDAYS_IN_TAIWAN), (second, HOLIDAYS_IN_AMERICA))
        for month, day, name in holidays
        for year in (now.year, now.year + 1)
    )
    return {FIRST: first, SECOND: second}


def load_customers(partners: dict[str, Partner]) -> dict[str, Customer]:
    """Write the customers and return them by key."""
    customers = {
        organisation.key: Customer(
            partner=partners[organisation.partner],
            name=organisation.name,
            domain=f"{organisation.key}.demo.example",
            tenant_id=uuid.UUID(invented_id("tenant", organisation.key)),
            tenant_prefix=organisation.prefix,
            cloud=organisation.cloud,
        )
        for organisation in ORGANISATIONS
    }
    Customer.objects.bulk_create(customers.values())
    return customers

"""What the demonstration's customers have asked for that is not done: open, declined and withdrawn requests.

Those that are done follow from the subscriptions they created or ended (``requests.py``).
"""

from dataclasses import dataclass

from requests_app.models import CancelWhen, Status

SUBMITTED, IN_REVIEW, APPROVED = Status.SUBMITTED, Status.IN_REVIEW, Status.APPROVED
DECLINED, WITHDRAWN = Status.DECLINED, Status.WITHDRAWN
NOW, END_OF_TERM = CancelWhen.NOW, CancelWhen.END_OF_TERM


@dataclass(frozen=True)
class Asked:
    """A request: what it buys (product, plan, seats) or what it cancels (product, when), and when it was filed.

    ``hours`` are counted back from now; ``days`` lead to a working hour of that day. An empty note or reason is
    filled with one that fits.
    """

    customer: str
    status: Status
    buys: tuple[tuple[str, str, int], ...] = ()
    cancels: tuple[str, CancelWhen] | None = None
    hours: float | None = None
    days: int | None = None
    note: str = ""
    reason: str = ""


ASKED = [
    Asked(
        "pinewhistle",
        SUBMITTED,
        cancels=("m365-e3", NOW),
        hours=2.5,
        note="The research kitchen is going to use Business Premium instead. "
        "Nobody has a licence assigned yet, so please cancel all 20 seats before the window closes.",
    ),
    Asked(
        "pinewhistle",
        SUBMITTED,
        buys=(("teams-phone", "year_monthly", 10),),
        hours=0.4,
        note="客服專線要改到 Teams，先買 10 個，月底前開通即可。",
    ),
    Asked("pinewhistle", SUBMITTED, buys=(("power-bi-pro", "month", 5),), hours=74),
    Asked(
        "pinewhistle",
        IN_REVIEW,
        cancels=("power-bi-pro", NOW),
        hours=20,
        note="Twelve seats are too many, four people build reports. We will ask for four new ones afterwards.",
    ),
    Asked(
        "pinewhistle",
        IN_REVIEW,
        buys=(("business-premium", "year_monthly", 6), ("defender-business", "year_monthly", 6)),
        hours=44,
        note="六位新進同仁，12 月報到，請比照總公司現有訂閱的計費週期。",
    ),
    Asked("pinewhistle", IN_REVIEW, cancels=("project-p3", END_OF_TERM), hours=96),
    Asked("pinewhistle", APPROVED, buys=(("visio-p2", "month", 2),), hours=53),
    Asked("pinewhistle", APPROVED, cancels=("business-premium", END_OF_TERM), hours=120),
    Asked(
        "pinewhistle",
        DECLINED,
        buys=(("m365-e5", "month", 3),),
        hours=70,
        note="For our new security people. A month is enough for a trial.",
        reason="Microsoft 365 E5 and Business Premium overlap for these three people. "
        "We suggest the security add-on instead and will call you tomorrow; please ask again after that.",
    ),
    Asked("pinewhistle", DECLINED, cancels=("entra-p1", NOW), days=40),
    Asked("pinewhistle", WITHDRAWN, buys=(("project-p3", "month", 2),), days=58),
    Asked("pinewhistle", WITHDRAWN, cancels=("business-central", NOW), days=162),
    Asked("pinewhistle", WITHDRAWN, buys=(("exchange-p1", "year", 8), ("visio-p2", "year", 1)), days=9),
    Asked("logistics", SUBMITTED, buys=(("exchange-p1", "year", 5),), hours=6),
    Asked("logistics", IN_REVIEW, cancels=("business-premium", NOW), hours=22),
    Asked("logistics", APPROVED, cancels=("power-bi-pro", END_OF_TERM), hours=71),
    Asked("logistics", DECLINED, buys=(("m365-e5", "year", 5),), days=33),
    Asked("logistics", WITHDRAWN, cancels=("exchange-p1", END_OF_TERM), days=15),
    Asked("amberkite", SUBMITTED, cancels=("power-bi-pro", NOW), hours=4),
    Asked(
        "amberkite",
        SUBMITTED,
        buys=(("intune-p1", "year_monthly", 20), ("defender-business", "year_monthly", 20)),
        hours=30,
    ),
    Asked("amberkite", SUBMITTED, cancels=("visio-p2", END_OF_TERM), hours=10),
    Asked("amberkite", IN_REVIEW, buys=(("business-premium", "year", 10),), hours=54),
    Asked("amberkite", IN_REVIEW, cancels=("project-p3", END_OF_TERM), hours=25),
    Asked("amberkite", APPROVED, buys=(("teams-phone", "year_monthly", 4),), hours=31),
    Asked("amberkite", DECLINED, cancels=("m365-e5", NOW), days=50),
    Asked(
        "amberkite",
        DECLINED,
        buys=(("azure-plan", "usage", 1),),
        days=20,
        note="新的測試環境要用。",
        reason="貴公司已有 Azure 方案，只要在其中新增一個 Azure 訂閱即可，不需要再購買；我們可以協助設定。",
    ),
    Asked("amberkite", WITHDRAWN, buys=(("power-bi-pro", "year", 10),), days=75),
    Asked("amberkite", WITHDRAWN, cancels=("teams-phone", NOW), days=97),
    Asked("saltlark", SUBMITTED, cancels=("business-premium", NOW), hours=3.2),
    Asked("saltlark", SUBMITTED, buys=(("defender-business", "year_monthly", 3),), hours=24.5),
    Asked("saltlark", IN_REVIEW, cancels=("visio-p2", END_OF_TERM), hours=51),
    Asked("saltlark", IN_REVIEW, buys=(("teams-phone", "month", 8),), hours=40),
    Asked("saltlark", APPROVED, cancels=("business-central", NOW), hours=47),
    Asked("saltlark", DECLINED, cancels=("power-apps", NOW), days=30),
    Asked("saltlark", DECLINED, buys=(("business-central", "year_monthly", 3),), days=62),
    Asked("saltlark", WITHDRAWN, buys=(("m365-e3", "year_monthly", 10),), days=26),
    Asked("fernwick", SUBMITTED, buys=(("entra-p1", "year_monthly", 5), ("intune-p1", "year_monthly", 5)), hours=0.9),
    Asked("fernwick", SUBMITTED, cancels=("m365-e3", END_OF_TERM), hours=8),
    Asked("fernwick", IN_REVIEW, buys=(("power-bi-pro", "year", 4),), hours=28),
    Asked("fernwick", APPROVED, cancels=("teams-phone", NOW), hours=26),
    Asked("fernwick", DECLINED, cancels=("power-bi-pro", NOW), hours=20),
    Asked("fernwick", DECLINED, buys=(("m365-e5", "year", 10),), days=44),
    Asked("fernwick", WITHDRAWN, cancels=("intune-p1", NOW), days=72),
    Asked("fernwick", WITHDRAWN, buys=(("project-p3", "month", 2),), days=12),
    Asked("brackenmoor", SUBMITTED, cancels=("power-bi-pro", NOW), hours=5),
    Asked("brackenmoor", IN_REVIEW, buys=(("entra-p1", "year_monthly", 40),), hours=77),
    Asked("brackenmoor", IN_REVIEW, cancels=("exchange-p1", END_OF_TERM), hours=49),
    Asked("brackenmoor", APPROVED, buys=(("teams-phone", "year_monthly", 15),), hours=24),
    Asked("brackenmoor", DECLINED, buys=(("visio-p2", "year", 2),), days=52),
    Asked("brackenmoor", WITHDRAWN, buys=(("m365-g3", "year_monthly", 10),), days=18),
    Asked("brackenmoor", WITHDRAWN, cancels=("visio-p2", END_OF_TERM), days=41),
    Asked(
        "ironquill",
        SUBMITTED,
        cancels=("teams-phone", NOW),
        hours=1.5,
        note="Hangar 7 keeps its old switchboard until spring. Please cancel all 60 seats, the window closes today.",
    ),
    Asked("ironquill", SUBMITTED, buys=(("power-apps", "year_monthly", 10),), hours=9),
    Asked("ironquill", IN_REVIEW, buys=(("m365-e5", "year", 15),), hours=43),
    Asked("ironquill", IN_REVIEW, cancels=("exchange-p1", END_OF_TERM), hours=30),
    Asked("ironquill", APPROVED, cancels=("entra-p1", NOW), hours=20),
    Asked("ironquill", APPROVED, buys=(("power-bi-pro", "year", 10), ("visio-p2", "year", 3)), hours=50),
    Asked("ironquill", DECLINED, cancels=("m365-e5", NOW), days=120),
    Asked("ironquill", DECLINED, buys=(("visio-p2", "month", 5),), days=34),
    Asked("ironquill", WITHDRAWN, cancels=("visio-p2", NOW), days=47),
    Asked("cindervale", SUBMITTED, buys=(("m365-e5", "year_monthly", 5),), hours=7),
    Asked("cindervale", IN_REVIEW, cancels=("power-bi-pro", NOW), hours=10),
    Asked("cindervale", APPROVED, buys=(("power-bi-pro", "year", 6),), hours=31.5),
    Asked("cindervale", DECLINED, cancels=("m365-e3", NOW), days=100),
    Asked("cindervale", WITHDRAWN, buys=(("m365-e3", "year_monthly", 10),), days=23),
]

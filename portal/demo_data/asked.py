"""What the demonstration's customers have asked for that is not done: open, declined and withdrawn requests.

Those that are done follow from the subscriptions they created or ended (``requests.py``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from requests_app.models import Action, CancelWhen, EndOfTermChoice, Kind, Status
from requests_app.workflow import RenewalChanges

SUBMITTED, IN_REVIEW, APPROVED = Status.SUBMITTED, Status.IN_REVIEW, Status.APPROVED
WAITING, FAILED = Status.WAITING, Status.FAILED
DECLINED, WITHDRAWN = Status.DECLINED, Status.WITHDRAWN
NOW, END_OF_TERM = CancelWhen.NOW, CancelWhen.END_OF_TERM


@dataclass(frozen=True)
class Asked:
    """A request: what it buys (product, plan, seats) or what it cancels (product, when), and when it was filed.

    ``about``: the product of a subscription that gets more or fewer ``seats``, or of which ``choice`` says what happens
    at the end of its term. ``path``: the steps so far, where not those of its state; ``said``: what was said with a
    step; ``file``: the name of a file that came with the last step. ``hours`` are counted back from now; ``days`` lead to a working hour of that day. An empty note or reason is
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
    about: str = ""
    seats: int | None = None
    fewer: bool = False
    choice: EndOfTermChoice | None = None
    changes: RenewalChanges = RenewalChanges()  # noqa: RUF009 - it is frozen
    path: tuple[Action, ...] | None = None
    said: Mapping[Action, str] = field(default_factory=dict)
    file: str = ""

    @property
    def kind(self) -> Kind:
        if self.cancels:
            return Kind.CANCELLATION
        if self.choice:
            return Kind.END_OF_TERM
        if self.about:
            return Kind.FEWER_SEATS if self.fewer else Kind.MORE_SEATS
        return Kind.PURCHASE


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
    # Seats, ends of terms, questions, failures
    Asked(
        "amberkite",
        SUBMITTED,
        about="m365-e5",
        seats=8,
        fewer=True,
        hours=5,
        note="前天加購的 10 個授權多算了 8 個，請在可取消期間內退回。",
    ),
    Asked(
        "saltlark", SUBMITTED, about="defender-business", seats=4, hours=2, note="四位工讀生下週報到，需要端點防護。"
    ),
    Asked(
        "fernwick",
        IN_REVIEW,
        about="intune-p1",
        seats=5,
        fewer=True,
        hours=29,
        path=(Action.CLAIM, Action.NOTE, Action.MESSAGE),
        said={
            Action.NOTE: "可取消期間已過，只能排在續約時減少。已在合作夥伴中心確認續約日。",
            Action.MESSAGE: "可取消期間已過，我們可以安排在續約時減少 5 個授權，這樣可以嗎？",
        },
        note="門市收掉一間，用不到這麼多授權。",
    ),
    Asked(
        "logistics",
        WAITING,
        about="exchange-p1",
        choice=EndOfTermChoice.RENEW_CHANGED,
        changes=RenewalChanges(quantity=18),
        hours=46,
        note="明年司機會少七位，續約時請改成 18 個授權。",
        said={Action.ASK_CUSTOMER: "續約時改為 18 個授權沒有問題。計費週期要維持年繳，還是改成月繳？"},
    ),
    Asked(
        "saltlark",
        WAITING,
        buys=(("power-bi-pro", "year_monthly", 2),),
        hours=26,
        note="Two designers need to publish their reports.",
        said={
            Action.ASK_CUSTOMER: "Your earlier Power BI Pro subscription ends soon. Shall these two start after it, or now?"
        },
    ),
    Asked(
        "pinewhistle",
        IN_REVIEW,
        about="business-central",
        seats=2,
        hours=52,
        path=(Action.CLAIM, Action.ASK_CUSTOMER, Action.ANSWER),
        said={
            Action.ASK_CUSTOMER: "Which cost centre shall the two seats go to? Please send us the list of their users, too.",
            Action.ANSWER: "Cost centre 4410, both for purchasing. The list is attached.",
        },
        file="new-users.csv",
        note="Two more buyers join the purchasing team.",
    ),
    Asked(
        "amberkite",
        FAILED,
        about="teams-phone",
        seats=6,
        hours=33,
        note="總機要再加 6 線。",
        said={Action.FAIL: "合作夥伴中心拒絕了這筆變更：訂閱正在續約處理中，通常一天內會恢復，我們會再試一次。"},
    ),
    Asked(
        "brackenmoor",
        SUBMITTED,
        about="m365-g3",
        choice=EndOfTermChoice.RENEW,
        hours=12,
        note="Please renew all 150 seats for another year on the same terms.",
    ),
    Asked(
        "ironquill",
        WAITING,
        about="power-bi-pro",
        choice=EndOfTermChoice.MONTH_TO_MONTH,
        hours=31,
        note="We are not sure yet whether the programme continues in spring.",
        said={
            Action.ASK_CUSTOMER: "Month to month costs more than renewing. Do you want us to keep it going anyway, "
            "and until when at most?"
        },
    ),
    Asked(
        "cindervale",
        FAILED,
        about="m365-e5",
        choice=EndOfTermChoice.RENEW_CHANGED,
        changes=RenewalChanges(quantity=8),
        hours=40,
        note="Two posts are gone; eight seats are enough from the renewal on.",
        said={
            Action.FAIL: "Auto-renew was off, so Partner Center did not take the change. We switch it on and try again."
        },
    ),
    Asked(
        "logistics", SUBMITTED, buys=(("intune-p1", "year_monthly", 20),), hours=1.1, note="新買的 20 台平板要納管。"
    ),
    Asked("fernwick", SUBMITTED, buys=(("defender-business", "year_monthly", 35),), hours=19),
    Asked("pinewhistle", SUBMITTED, buys=(("intune-p1", "year_monthly", 10),), hours=13),
    Asked("amberkite", SUBMITTED, buys=(("entra-p1", "year_monthly", 25),), hours=16.5),
    Asked("saltlark", SUBMITTED, buys=(("m365-e3", "year", 2),), hours=27),
]

"""From cells to values: dates in three formats and Excel's numbers, seats, terms, yes and no, in the words of both languages."""

import datetime
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from portal.lib.clouds import Cloud
from requests_app.imports.problems import NeedsAnswer, Wrong
from requests_app.imports.reading import Cell, CellError, Formula
from requests_app.models import BillingCycle, SubscriptionStatus, TermDuration

FIRST_YEAR, LAST_YEAR = 2000, 2100
NO_END = 9000
"""Partner Center's year for a subscription that has no end."""


@dataclass(frozen=True)
class How:
    """What whoever knows the file has said about it. None: not yet, and it is asked where it matters."""

    day_first: bool | None = None
    epoch: int | None = None

    @classmethod
    def of(cls, how: Mapping[str, Any]) -> "How":
        return cls(
            {"day": True, "month": False}.get(str(how.get("dates"))),
            {"1900": 1900, "1904": 1904}.get(str(how.get("serials"))),
        )


def text(cell: Cell, how: How) -> str:
    """Return what stands in a cell, without what surrounds it; "" where there is nothing. Raises Wrong."""
    if isinstance(cell, Formula):
        raise Wrong("formula")
    if isinstance(cell, CellError):
        raise Wrong("cell_error", value=cell)
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        cell = cell.date()
    found = " ".join(str(cell).split()) if not isinstance(cell, str) else cell.strip(" \t\r\n\u00a0\ufeff")
    if not found.replace("\u3000", "").replace("\u00a0", "").isprintable():
        raise Wrong("characters", value=found)
    return found


def limited(length: int) -> Callable[[Cell, How], str]:
    def read(cell: Cell, how: How) -> str:
        found = text(cell, how)
        if len(found) > length:
            raise Wrong("long", limit=length)
        return found

    return read


def domain(cell: Cell, how: How) -> str:
    return text(cell, how).lower().removeprefix("https://").removeprefix("http://").rstrip("/")


def tenant_id(cell: Cell, how: How) -> uuid.UUID:
    found = text(cell, how)
    try:
        if len(found.strip("{}").replace("-", "")) != 32:
            raise ValueError
        return uuid.UUID(found)
    except ValueError:
        raise Wrong("no_id", value=found) from None


def whole(cell: Cell, how: How) -> int:
    found = text(cell, how)
    digits = re.sub(r"(?<=\d)[,\u00a0 ](?=\d{3}(\D|$))", "", found)
    digits = digits.removesuffix(".0").removesuffix(".00")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 16):
        raise Wrong("no_number", value=found)
    return int(digits)


def seats(cell: Cell, how: How) -> int:
    found = whole(cell, how)
    if not 1 <= found <= 1_000_000:
        raise Wrong("no_seats", value=found)
    return found


def price(cell: Cell, how: How) -> Decimal:
    """Return a price; thousands may be set apart by commas, decimals by a point: 1,234.50, or 1234,5 alone."""
    found = text(cell, how)
    digits = re.sub(r"^(NT\$|US\$|[$€£])\s?", "", found)
    digits = re.sub(r"(?<=\d),(?=\d{3}(\D|$))", "", digits).replace(" ", "")
    if re.fullmatch(r"\d+,\d{1,2}", digits):
        digits = digits.replace(",", ".")
    if not re.fullmatch(r"\d{1,10}(\.\d{1,12})?", digits):
        raise Wrong("no_price", value=found)
    try:
        return Decimal(digits).quantize(Decimal("0.01"))
    except InvalidOperation:
        raise Wrong("no_price", value=found) from None


# --- Words of Partner Center's -------------------------------------------------------------------------------------


def _key(found: str) -> str:
    """Return a word as it is looked up: small, without spaces, hyphens and full stops."""
    return re.sub(r"[\s\-_./()（）]+", "", found.lower())


def _choice(words: Mapping[Any, tuple[str, ...]]) -> Callable[[Cell, How], str]:
    by_word = {_key(word): member for member, its in words.items() for word in (member.value, *its)}
    known = ", ".join(member.value for member in words)

    def read(cell: Cell, how: How) -> str:
        found = text(cell, how)
        if (member := by_word.get(_key(found))) is None:
            raise Wrong("no_choice", value=found, known=known)
        return str(member.value)

    return read


term = _choice(
    {
        TermDuration.P1M: ("1 month", "one month", "month", "monthly", "month to month", "1m", "1個月", "一個月", "月", "每月"),
        TermDuration.P1Y: (
            "1 year", "one year", "year", "annual", "yearly", "12 months", "p12m", "1y", "1年", "一年", "年", "每年", "12個月",
        ),
        TermDuration.P3Y: ("3 years", "3 year", "three years", "triennial", "36 months", "p36m", "3y", "3年", "三年", "36個月"),
    }
)  # fmt: skip
billing = _choice(
    {
        BillingCycle.MONTHLY: ("month", "1 month", "p1m", "月繳", "每月", "按月", "月付", "每月計費"),
        BillingCycle.ANNUAL: ("annually", "yearly", "year", "1 year", "p1y", "年繳", "每年", "按年", "年付", "每年計費"),
        BillingCycle.TRIENNIAL: ("3 years", "every 3 years", "p3y", "三年繳", "3年繳", "每三年", "每3年", "每 3 年"),
        BillingCycle.ONE_TIME: ("one time", "onetime", "once", "upfront", "一次", "一次性", "一次付清"),
        BillingCycle.NONE: ("not billed", "free", "trial", "無", "不計費"),
    }
)  # fmt: skip
status = _choice(
    {
        SubscriptionStatus.ACTIVE: ("enabled", "使用中", "啟用", "已啟用", "作用中"),
        SubscriptionStatus.PENDING: ("provisioning", "being set up", "設定中", "待處理", "擱置中", "佈建中"),
        SubscriptionStatus.SUSPENDED: ("suspended still billed", "已暫停", "暫停", "已停權", "已暫止"),
        SubscriptionStatus.EXPIRED: ("已到期", "到期", "已過期"),
        SubscriptionStatus.DISABLED: ("deprovisioned", "已停用", "停用"),
        SubscriptionStatus.DELETED: ("cancelled", "canceled", "已取消", "已刪除"),
    }
)
cloud = _choice(
    {
        Cloud.COMMERCIAL: ("public", "global", "worldwide", "商業", "商用", "商業雲端"),
        Cloud.GCC: (),
        Cloud.GCC_HIGH: ("gcc high", "gcchigh"),
        Cloud.DOD: (),
    }
)

YES = {
    _key(word)
    for word in ("yes", "true", "on", "1", "y", "enabled", "auto-renew", "是", "有", "開啟", "啟用", "已啟用", "v", "✓")
}
NO = {_key(word) for word in ("no", "false", "off", "0", "n", "disabled", "否", "無", "關閉", "停用", "已停用", "x")}


def yes_or_no(cell: Cell, how: How) -> bool:
    found = text(cell, how)
    if _key(found) in YES:
        return True
    if _key(found) in NO:
        return False
    raise Wrong("no_answer", value=found)


def currency(cell: Cell, how: How) -> str:
    return {"NT$": "TWD", "NTD": "TWD", "新臺幣": "TWD", "新台幣": "TWD"}.get(found := text(cell, how).upper(), found)


# --- Dates ---------------------------------------------------------------------------------------------------------

YEAR_FIRST = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
MONTH_IN_WORDS = re.compile(r"(\d{1,2})[ -]([A-Za-z]{3,9})\.?[ -,]+(\d{4})|([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4})")
TIME = re.compile(
    r"[T ]?\s*(上午|下午)?\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?\s*([AaPp][Mm])?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?",
)
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
SERIAL = re.compile(r"\d{4,6}(\.\d+)?")
LONGEST_DATE = 60


def date(cell: Cell, how: How) -> datetime.date | None:
    """Return a day, in UTC; None where Partner Center says that there is no end. Raises Wrong, and NeedsAnswer."""
    found = _moment(cell, how, "no_date")
    return _plausible(found.date()) if isinstance(found, datetime.datetime) else found and _plausible(found)


def moment(cell: Cell, how: How) -> datetime.datetime | None:
    """Return a moment, in UTC where nothing else is said; a day alone is its end, as Partner Center's days are."""
    found = _moment(cell, how, "no_moment")
    if found is not None and not isinstance(found, datetime.datetime):
        found = datetime.datetime.combine(found, datetime.time(23, 59, 59), datetime.UTC)
    if found is not None:
        _plausible(found.date())
    return found


def _plausible(day: datetime.date) -> datetime.date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Wrong("far_date")
    return day


def _moment(cell: Cell, how: How, code: str) -> datetime.datetime | datetime.date | None:
    if isinstance(cell, datetime.datetime):
        found = cell if cell.tzinfo else cell.replace(tzinfo=datetime.UTC)
        return found.date() if found.time() == datetime.time() else found
    if isinstance(cell, datetime.date):
        return cell
    written = text(cell, how)
    try:
        if len(written) > LONGEST_DATE:
            raise ValueError
        if SERIAL.fullmatch(written):
            return _serial(written, how)
        return _in_text(written, how)
    except (ValueError, OverflowError):
        raise Wrong(code, value=written) from None


def _serial(written: str, how: How) -> datetime.datetime | datetime.date:
    """Return the day that Excel means by a number. Raises NeedsAnswer before anybody has said that it is one."""
    if how.epoch is None:
        raise NeedsAnswer("serials", value=written)
    first = datetime.datetime(1899, 12, 30, tzinfo=datetime.UTC)
    if how.epoch == 1904:
        first = datetime.datetime(1904, 1, 1, tzinfo=datetime.UTC)
    found = first + datetime.timedelta(seconds=round(float(written) * 86_400))
    return found.date() if found.time() == datetime.time() else found


def _in_text(written: str, how: How) -> datetime.datetime | datetime.date | None:
    day, rest = _day(written, how)
    if day is None:
        return None
    rest = rest.strip()
    if not rest:
        return day
    clock = TIME.fullmatch(rest)
    if clock is None:
        raise ValueError(written)
    half, hour, minute, second, fraction, meridiem, zone = clock.groups()
    hours = int(hour)
    late = (meridiem or "").lower() == "pm" or half == "下午"
    if half or meridiem:
        if not 1 <= hours <= 12:
            raise ValueError(written)
        hours = hours % 12 + 12 * late
    time = datetime.time(hours, int(minute), int(second or 0), int(f"{fraction or 0:0<6}"[:6]))
    found = datetime.datetime.combine(day, time, _zone(zone)).astimezone(datetime.UTC)
    return found.date() if found.time() == datetime.time() and zone is None else found


def _zone(written: str | None) -> datetime.tzinfo:
    if written is None or written[0] not in "+-":
        return datetime.UTC
    ahead = datetime.timedelta(hours=int(written[1:3]), minutes=int(written[-2:]))
    return datetime.timezone(ahead if written[0] == "+" else -ahead)


def _day(written: str, how: How) -> tuple[datetime.date | None, str]:
    """Return the day at the beginning of a text, and what stands behind it."""
    if found := YEAR_FIRST.match(written):
        year, month, day = (int(one) for one in found.groups())
        rest = written[found.end() :]
        return (None if year >= NO_END else datetime.date(year, month, day)), rest
    if found := YEAR_LAST.match(written):
        first, second, year = (int(one) for one in found.groups())
        if year >= NO_END:
            return None, written[found.end() :]
        return _ordered(first, second, year, found[0], how), written[found.end() :]
    if found := MONTH_IN_WORDS.match(written):
        a_day, a_month, a_year, b_month, b_day, b_year = found.groups()
        month = MONTHS.index((a_month or b_month)[:3].lower()) + 1
        return datetime.date(int(a_year or b_year), month, int(a_day or b_day)), written[found.end() :]
    raise ValueError(written)


def _ordered(first: int, second: int, year: int, written: str, how: How) -> datetime.date:
    """Return the day of 05/06/2026. Raises NeedsAnswer where both readings are days, and nobody has said which."""
    if how.day_first is not None:
        day, month = (first, second) if how.day_first else (second, first)
        return datetime.date(year, month, day)
    if first == second:
        return datetime.date(year, first, second)
    if first <= 12 and second <= 12:
        raise NeedsAnswer("day_first", value=written)
    return datetime.date(year, *((second, first) if first > 12 else (first, second)))

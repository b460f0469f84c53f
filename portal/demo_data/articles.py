"""An article of a partner's own, with all that an article may have in it: headings, steps, a table, a picture."""

import datetime
import io

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from accounts.models import Partner
from portal.content.pictures import made_anew
from portal.lib.clouds import Service
from portal.models import Picture, SupportResource

KEY = "new-colleague"
BODY = {
    "en": """From the first day to the first mail: four things that you do yourself, and one that we do for you.

# Look for a free seat

In the admin center, open **Billing**, then **Licenses**. The last column is what is free.

![](image:free-seats)

# Make the account

1. Open **Users**, then **Active users**.
2. Press **Add a user** and give name and address.
3. Choose the licence and save.

# Set up the mailbox

The mailbox is there within minutes. Its limits are set in the [Exchange admin center](https://admin.exchange.microsoft.com).

## When mail does not come

Look at *service health* first, then write to us.

# Who does what

| What | Who | How long |
|---|---|--:|
| An account, a licence | you | minutes |
| A mailbox | you | minutes |
| More seats | we, when you ask | one business day |
""",
    "zh-hant": """從到職第一天到收到第一封郵件：四件事可以自行處理，一件事由我們為您處理。

# 查看未使用的授權

在系統管理中心開啟**帳單**，再開啟**授權**。最後一欄是未使用的數量。

![](image:free-seats)

# 建立帳戶

1. 開啟**使用者**，再開啟**作用中的使用者**。
2. 按一下**新增使用者**，輸入姓名與位址。
3. 選擇授權並儲存。

# 設定信箱

信箱在幾分鐘內就會建立。相關限制請在 [Exchange 系統管理中心](https://admin.exchange.microsoft.com)設定。

## 收不到郵件時

請先查看*服務健康狀況*，再寫信給我們。

# 分工

| 項目 | 由誰處理 | 所需時間 |
|---|---|--:|
| 帳戶與授權 | 貴公司 | 幾分鐘 |
| 信箱 | 貴公司 | 幾分鐘 |
| 增加授權數 | 您提出申請後由我們處理 | 一個工作天 |
""",
}


def load_articles(partner: Partner, now: datetime.datetime) -> None:
    """Write the article and its picture, as a manager of ``partner`` would have."""
    made = made_anew(SimpleUploadedFile("free-seats.png", _drawn()))
    Picture.objects.create(
        partner=partner,
        key="free-seats",
        alt={
            "en": "A list of licences: 25 owned, 22 assigned, 3 free",
            "zh-hant": "授權清單：擁有 25 個，已指派 22 個，未使用 3 個",
        },
        content=made.content,
        content_type=made.content_type,
        digest=made.digest,
        width=made.width,
        height=made.height,
        size=len(made.content),
        added_at=now,
    )
    SupportResource.objects.create(
        partner=partner,
        key=KEY,
        title={"en": "A new colleague begins", "zh-hant": "新同事到職"},
        summary={
            "en": "A seat, an account and a mailbox in a quarter of an hour.",
            "zh-hant": "十五分鐘內備妥授權、帳戶與信箱。",
        },
        body=BODY,
        services=[Service.EXCHANGE, Service.ENTRA],
        kinds=["more_seats", "purchase"],
        position=500,
        verified_on=now.date(),
    )


def _drawn() -> bytes:
    """Return a picture of a list, without a word in it: it is read in two languages."""
    image = Image.new("RGB", (900, 260), "#f6f7f9")
    draw = ImageDraw.Draw(image)
    for row, (owned, used) in enumerate(((25, 22), (10, 10), (40, 31))):
        top = 30 + row * 75
        draw.rounded_rectangle((30, top, 870, top + 55), 8, "#ffffff", "#dce0e8", 2)
        draw.rounded_rectangle((50, top + 18, 50 + owned * 16, top + 38), 6, "#eaf0fe", "#b9c9f5", 1)
        draw.rounded_rectangle((50, top + 18, 50 + used * 16, top + 38), 6, "#2f55c8")
        draw.text((760, top + 10), str(owned - used), "#1a1f2b", font_size=32)
    written = io.BytesIO()
    image.save(written, "PNG")
    return written.getvalue()

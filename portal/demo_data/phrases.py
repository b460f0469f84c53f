"""What people write in the demonstration, in their own language; taken in turn, so that neighbours differ."""

from collections import Counter

ENGLISH, CHINESE = "en", "zh-hant"

PHRASES: dict[tuple[str, str], list[str]] = {
    ("purchase", ENGLISH): [
        "New colleagues start on the first of next month; please have the seats ready by then.",
        "For the project team. Our cost centre is 4410.",
        "Please put these on the same invoice as last time if you can.",
        "We ran out of licences this morning, so the sooner the better.",
        "",
        "Approved by our finance department, see our purchase order 2207.",
        "These replace the trial that ends next week.",
        "For the new branch. Same terms as our other subscriptions, please.",
        "Could you confirm the start date before you order? We migrate at a weekend.",
        "",
        "Two of these are for contractors who stay until the end of the year.",
    ],
    ("purchase", CHINESE): [
        "下個月一日有新同仁報到，麻煩在那之前開通。",
        "專案團隊要使用，成本中心請填 4410。",
        "如果可以，請跟上次的訂單開在同一張發票，謝謝。",
        "今天早上授權已經用完，麻煩盡快處理。",
        "",
        "財務部已核准，採購單號 2207。",
        "試用版下週到期，這些是要接續使用的。",
        "新據點要用，合約期與計費週期請比照現有訂閱。",
        "下單前請先告知生效日期，我們打算在週末移轉。",
        "",
    ],
    ("cancel_now", ENGLISH): [
        "We bought the wrong edition and would like to end this one before the window closes.",
        "The project was called off, nobody has been assigned a licence yet.",
        "Ordered twice by mistake: one of our people did not see the earlier order.",
        "We bought too many. Please cancel all of it, we will ask for the right number separately.",
        "The colleagues it was meant for use a larger plan now.",
    ],
    ("cancel_now", CHINESE): [
        "買錯版本了，想在可取消期間結束前取消。",
        "專案已經喊停，目前還沒有指派任何授權。",
        "重複下單，同事沒注意到前一筆訂單。",
        "買太多了，請先全部取消，之後再另外申請正確的數量。",
        "原本要使用的同仁已改用較高階的方案。",
    ],
    ("cancel_end", ENGLISH): [
        "We will not need it after this term. Please make sure that it does not go on month to month.",
        "The department moves to another tool; the data will be exported before the last day.",
        "Most seats have been idle since spring, so please let it end with the term.",
        "Our budget for next year does not include it any more.",
    ],
    ("cancel_end", CHINESE): [
        "期滿後不再使用，請確認不會轉為按月延續。",
        "部門要改用其他工具，資料會在最後一天之前匯出。",
        "大部分授權從春天起就閒置了，請在合約期滿時結束。",
        "明年度預算已不含這項訂閱。",
    ],
    ("end_of_term", ENGLISH): [
        "Same again for the next term, please.",
        "Some of our people have left; please let us know what can be done.",
    ],
    ("end_of_term", CHINESE): ["下一期請比照辦理。", "人員有異動，請協助確認可以怎麼調整。"],
    ("release", ENGLISH): [
        "I am away from tomorrow; a colleague takes this over.",
        "A colleague who looks after your invoices will take this over.",
    ],
    ("release", CHINESE): ["我明天起休假，將由其他同事接手處理。", "將由負責貴公司帳務的同事接手處理。"],
    ("approve", ENGLISH): [
        "Checked, we will do it today.",
        "",
        "All clear. You will hear from us once it is done.",
        "",
    ],
    ("approve", CHINESE): ["已確認，今天會處理。", "", "沒有問題，完成後會再通知您。", ""],
    ("complete", ENGLISH): ["", "Done in Partner Center; it can take an hour to show in your admin center.", ""],
    ("complete", CHINESE): ["", "已在合作夥伴中心完成，系統管理中心約一小時後會更新。", ""],
    ("withdraw", ENGLISH): ["Not needed any more, thank you.", "", "We found unused licences of our own."],
    ("withdraw", CHINESE): ["已經不需要了，謝謝。", "", "我們內部還有未使用的授權。"],
    ("decline_purchase", ENGLISH): [
        "The order would exceed the credit limit we agreed on. Please talk to our accounting first, then ask again.",
        "You still have unassigned seats of this product. Please assign those first; ask again if they do not suffice.",
        "This product needs a qualifying base licence that your organisation does not have. We will call you about it.",
        "Your purchase order has expired. Please ask again with a valid one.",
    ],
    ("decline_purchase", CHINESE): [
        "這筆訂單會超過約定的信用額度，請先與我們的會計聯絡，再重新申請。",
        "這項產品貴公司還有未指派的授權，請先使用；如果不夠，再請申請一次。",
        "購買這項產品需要先有對應的基本授權，貴公司目前沒有，我們會再與您電話說明。",
        "採購單已逾期，請以有效的採購單重新申請。",
    ],
    ("decline_cancel", ENGLISH): [
        (
            "The cancellation window had closed when you asked; Microsoft bills the whole term. "
            "You can ask us to cancel at the end of the term."
        ),
        "The window is over, so it cannot be cancelled in mid-term. Seats can be reduced when it renews.",
    ],
    ("decline_cancel", CHINESE): [
        "提出申請時可取消期間已過，Microsoft 會收取整個合約期的費用。您可以申請在合約期滿時取消。",
        "可取消期間已過，合約期中無法取消；續約時可以減少授權數。",
    ],
}


def is_chinese(text: str) -> bool:
    """Return whether there is a Chinese character in ``text``."""
    return any("\u4e00" <= character <= "\u9fff" for character in text)


class Phrases:
    """Hands out the phrases in turn."""

    def __init__(self) -> None:
        self._used: Counter[tuple[str, str]] = Counter()

    def take(self, slot: str, language: str) -> str:
        """Return the next phrase for ``slot`` in ``language``; after the last comes the first again."""
        phrases = PHRASES[slot, language]
        phrase = phrases[self._used[slot, language] % len(phrases)]
        self._used[slot, language] += 1
        return phrase

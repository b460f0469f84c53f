"""The support resources that a new site starts with; from then on staff look after them in the admin.

What they say about Microsoft's rules are facts as they were on ``VERIFIED_ON``; their addresses are those of the
self-service links, with the same confidence. Where sources disagree (how proration is computed), nothing is said.
"""

from dataclasses import dataclass

from django.db import transaction

from portal.content.initial_links import INITIAL_LINKS, VERIFIED_ON
from portal.lib.clouds import Service
from portal.models import ContentAddress, SupportResource
from requests_app.models import Kind

LINKS = {link.key: link for link in INITIAL_LINKS}

FOR_PEOPLE = (
    Service.EXCHANGE,
    Service.SHAREPOINT,
    Service.TEAMS,
    Service.ENTRA,
    Service.INTUNE,
    Service.DEFENDER,
    Service.OFFICE_APPS,
    Service.POWER_PLATFORM,
    Service.DYNAMICS,
    Service.WINDOWS,
)
"""Services that are licensed to people, one seat each; Azure is billed by what is used."""


@dataclass(frozen=True)
class InitialResource:
    """One text, the page of Microsoft's that it leads to (a key of ``INITIAL_LINKS``), and where it belongs."""

    key: str
    title: dict[str, str]
    summary: dict[str, str]
    kinds: tuple[Kind, ...]
    body: dict[str, str]
    link: str = ""
    services: tuple[Service, ...] = ()

    def addresses(self) -> list[ContentAddress]:
        """Return a row for each cloud where its page has an address; it belongs to nothing yet."""
        return LINKS[self.link].addresses() if self.link else []


INITIAL_RESOURCES = [
    InitialResource(
        key="find-free-licences",
        title={"en": "See which licences are still free", "zh-hant": "查看還有哪些授權未使用"},
        summary={
            "en": "Look at what you own and who has it before you pay for more.",
            "zh-hant": "購買之前，先確認已有的授權數，以及分別指派給誰。",
        },
        body={
            "en": "The Microsoft 365 admin center shows how many licences you own and to whom they are assigned. "
            "A licence that nobody has can be assigned at once, without a request.\n\n"
            "Look at the people who have left, changed jobs or share an account, too: what they no longer use can be "
            "taken back and given to somebody else.",
            "zh-hant": "Microsoft 365 系統管理中心會顯示貴公司擁有的授權數，以及授權的指派對象。尚未指派的授權可以立即使用，不需要提出申請。"
            "\n\n也請檢查已離職、已調職或共用帳戶的人員：他們不再使用的授權可以收回，改派給其他人。",
        },
        kinds=(Kind.PURCHASE, Kind.MORE_SEATS),
        services=FOR_PEOPLE,
        link="m365-admin-center",
    ),
    InitialResource(
        key="assign-licences",
        title={"en": "Change who has which licence", "zh-hant": "變更授權的指派對象"},
        summary={
            "en": "Assigning and taking back is yours to do: it needs no request and changes no bill.",
            "zh-hant": "指派與收回授權可以自行處理，不需要申請，也不影響帳單。",
        },
        body={
            "en": "An administrator of your organisation assigns licences to people in the Microsoft 365 admin center, "
            "and takes them back there. The number of seats that you pay for stays the same.\n\n"
            "Before you take a licence back, make sure that nobody needs what the person keeps in the service.",
            "zh-hant": "貴公司的系統管理員可在 Microsoft 365 系統管理中心將授權指派給使用者，也可以收回。付費的授權數不會因此改變。"
            "\n\n收回授權之前，請先確認該使用者存放在服務中的資料已無人需要。",
        },
        kinds=(Kind.PURCHASE, Kind.MORE_SEATS, Kind.FEWER_SEATS),
        services=FOR_PEOPLE,
        link="m365-admin-center",
    ),
    InitialResource(
        key="somebody-has-left",
        title={"en": "Somebody has left: close the account, keep the seat", "zh-hant": "有人離職：停用帳戶，保留授權"},
        summary={
            "en": "Shutting one person out is done in minutes and needs no cancellation.",
            "zh-hant": "停止某位使用者的存取只需幾分鐘，不必取消訂閱。",
        },
        body={
            "en": "Block the person's sign-in in the Microsoft 365 admin center: from then on nobody gets in with that "
            "account. The subscription and everybody else's work go on.\n\n"
            "The seat is still billed. Give it to whoever comes next, or ask for fewer seats when they can be reduced: "
            "within the cancellation window or at the renewal.",
            "zh-hant": "在 Microsoft 365 系統管理中心封鎖該使用者的登入，之後任何人都無法使用該帳戶登入；訂閱與其他人的工作不受影響。"
            "\n\n這個授權仍會計費。您可以改派給接任的人員，或在可以減少授權數的時候提出申請：可取消期間內，或續約時。",
        },
        kinds=(Kind.CANCELLATION, Kind.FEWER_SEATS),
        services=FOR_PEOPLE,
        link="m365-admin-center",
    ),
    InitialResource(
        key="azure-stop-resources",
        title={"en": "Stop what runs in Azure, and its costs", "zh-hant": "停止 Azure 資源，停止產生費用"},
        summary={
            "en": "Azure bills what is used: what you delete costs nothing any more.",
            "zh-hant": "Azure 依用量計費：刪除的資源不會再產生費用。",
        },
        body={
            "en": "Stop or delete in the Azure portal what you no longer need. This needs no request. What has been used "
            "until then is billed.\n\n"
            "Some things go on costing while they stand still, such as stored data: look at the costs again after a day "
            "or two. What you delete may be lost for good, so copy first what you want to keep.",
            "zh-hant": "在 Azure 管理入口網站停止或刪除不再需要的資源，不需要提出申請。在此之前的用量仍會計費。"
            "\n\n有些資源停止後仍會產生費用，例如已儲存的資料，請在一兩天後再查看一次費用。刪除的內容可能無法復原，請先複製要保留的資料。",
        },
        kinds=(Kind.CANCELLATION,),
        services=(Service.AZURE,),
        link="azure-portal",
    ),
    InitialResource(
        key="azure-start-yourself",
        title={"en": "More of Azure needs no purchase", "zh-hant": "增加 Azure 用量不需要購買"},
        summary={
            "en": "With an Azure subscription you start what you need yourself.",
            "zh-hant": "已有 Azure 訂閱時，您可以自行建立需要的資源。",
        },
        body={
            "en": "Virtual machines, storage and most other things in Azure are made in the Azure portal by your own "
            "administrators. They are billed by what is used, through the subscription that you have.\n\n"
            "Ask to buy only what has to be bought for a term, or another subscription.",
            "zh-hant": "虛擬機器、儲存體與 Azure 的大多數資源，都由貴公司的系統管理員在 Azure 管理入口網站建立，並透過現有的訂閱依用量計費。"
            "\n\n只有需要合約期的項目，或需要另一個訂閱時，才需要申請購買。",
        },
        kinds=(Kind.PURCHASE,),
        services=(Service.AZURE,),
        link="azure-portal",
    ),
    InitialResource(
        key="keep-mail",
        title={"en": "Keep your mail before a cancellation", "zh-hant": "取消之前先保存郵件"},
        summary={
            "en": "Mailboxes go with the subscription: decide first what has to stay.",
            "zh-hant": "信箱會隨訂閱一併失去：請先決定哪些郵件必須保留。",
        },
        body={
            "en": "List in the Exchange admin center which mailboxes there are, shared ones included, and ask their owners "
            "what they need. Have it copied to another place, and open the copy before you ask to cancel.\n\n"
            "Access ends at once when your partner has carried the cancellation out, and it cannot be undone.",
            "zh-hant": "在 Exchange 系統管理中心列出所有信箱（包含共用信箱），並詢問擁有者需要保留哪些內容。請先複製到其他位置，並確認複本可以開啟，再申請取消。"
            "\n\n合作夥伴完成取消後，存取權會立即終止，而且無法復原。",
        },
        kinds=(Kind.CANCELLATION,),
        services=(Service.EXCHANGE,),
        link="exchange-admin-center",
    ),
    InitialResource(
        key="keep-files",
        title={"en": "Keep your files before a cancellation", "zh-hant": "取消之前先保存檔案"},
        summary={
            "en": "Sites and OneDrive go with the subscription: copy out what has to stay.",
            "zh-hant": "網站與 OneDrive 會隨訂閱一併失去：請先複製必須保留的檔案。",
        },
        body={
            "en": "Go through the sites in the SharePoint admin center and through people's OneDrive, and copy what you need "
            "to a place that does not belong to this subscription. Open a few of the copies to be sure.\n\n"
            "Access ends at once when your partner has carried the cancellation out, and it cannot be undone.",
            "zh-hant": "逐一檢查 SharePoint 系統管理中心的網站與每個人的 OneDrive，將需要的檔案複製到不屬於這個訂閱的位置，並實際開啟幾個複本確認。"
            "\n\n合作夥伴完成取消後，存取權會立即終止，而且無法復原。",
        },
        kinds=(Kind.CANCELLATION,),
        services=(Service.SHAREPOINT,),
        link="sharepoint-admin-center",
    ),
    InitialResource(
        key="what-cancelling-does",
        title={"en": "What a cancellation does", "zh-hant": "取消訂閱會發生什麼事"},
        summary={
            "en": "What you lose, from when, and what is billed all the same.",
            "zh-hant": "會失去什麼、從何時開始，以及哪些費用仍需支付。",
        },
        body={
            "en": "A cancelled subscription loses access at once and cannot be recovered. Save what you need first.\n\n"
            "Within the cancellation window, which is seven days for most subscriptions from the purchase or the renewal, "
            "the price is prorated. After the window the whole term is billed, whether you pay by the month or by the "
            "year.\n\n"
            "A suspended subscription is not cancelled: it is billed as before.",
            "zh-hant": "訂閱取消後會立即失去存取權，而且無法復原，請先保存需要的資料。"
            "\n\n在可取消期間內（大多數訂閱為購買或續約後七天）取消，費用按比例計算。超過期間後，無論按月或按年付款，都須支付整個合約期的費用。"
            "\n\n暫停的訂閱並未取消，仍會照常計費。",
        },
        kinds=(Kind.CANCELLATION,),
    ),
    InitialResource(
        key="when-seats-can-be-reduced",
        title={"en": "When seats can be reduced", "zh-hant": "何時可以減少授權數"},
        summary={
            "en": "Within a few days of buying them, or at the renewal: not in between.",
            "zh-hant": "只有購買後的幾天內，或續約時；其他時間無法減少。",
        },
        body={
            "en": "Seats of a subscription with licences can be reduced within seven days of the purchase or the renewal. "
            "Seats that were added later have seven days of their own, counted from the day they were added.\n\n"
            "After that the number stays until the renewal. Ask early, so that your partner can arrange it for then. "
            "Software subscriptions cannot be reduced at all.",
            "zh-hant": "以授權計算的訂閱，可在購買或續約後七天內減少授權數。之後增加的授權有各自的七天期間，從增加當天起算。"
            "\n\n超過期間後，授權數在續約之前無法減少。請儘早提出，讓合作夥伴有時間為續約做安排。軟體訂閱則完全無法減少數量。",
        },
        kinds=(Kind.FEWER_SEATS, Kind.MORE_SEATS),
    ),
    InitialResource(
        key="three-ways-a-term-ends",
        title={"en": "What can happen at the end of a term", "zh-hant": "合約期滿時的三種結果"},
        summary={
            "en": "Renew, cancel, or go on month to month at a higher price.",
            "zh-hant": "續約、取消，或以較高的價格按月延續。",
        },
        body={
            "en": "There are three ways: the subscription renews; it is cancelled at the end of the term, and access stops "
            "at once; or it goes on month to month, which Microsoft calls the Extended Service Term.\n\n"
            "Switching auto-renew off is not a cancellation. Subscriptions bought or renewed since 1 April 2025 whose term "
            "ends on or after 4 May 2026 go on month to month unless they are cancelled. That costs 3 % more than the "
            "monthly plan, or 23 % more where there is no monthly plan.",
            "zh-hant": "共有三種結果：訂閱續約；在合約期滿時取消，存取權立即終止；或按月延續，Microsoft 稱為延長服務期（Extended Service Term）。"
            "\n\n關閉自動續約不等於取消。2025 年 4 月 1 日起購買或續約、且合約期於 2026 年 5 月 4 日或之後屆滿的訂閱，若未取消就會按月延續，"
            "費用比每月方案高 3%；沒有每月方案時則高 23%。",
        },
        kinds=(Kind.END_OF_TERM, Kind.CANCELLATION),
    ),
    InitialResource(
        key="what-changes-at-renewal",
        title={"en": "Term and billing change at the renewal", "zh-hant": "合約期與計費方式在續約時變更"},
        summary={
            "en": "What can be arranged for the renewal, and what undoes it.",
            "zh-hant": "可以預先安排哪些變更，以及什麼會使安排失效。",
        },
        body={
            "en": "Another term (a month, a year, three years), another way of billing and fewer seats take effect on the "
            "day of the renewal. They can be arranged before, as long as the subscription renews by itself.\n\n"
            "Any change in between, such as more seats, deletes what was arranged. Ask again after such a change.",
            "zh-hant": "變更合約期（一個月、一年、三年）、變更計費方式與減少授權數，都在續約當天生效。只要訂閱設定為自動續約，就可以預先安排。"
            "\n\n在此之前的任何變更（例如增加授權數）都會刪除已安排的內容；變更之後請重新提出。",
        },
        kinds=(Kind.END_OF_TERM, Kind.FEWER_SEATS, Kind.MORE_SEATS),
    ),
    InitialResource(
        key="ask-about-a-bill",
        title={"en": "A question about a bill", "zh-hant": "對帳單有疑問"},
        summary={
            "en": "Your bills come from your partner: ask them directly, it changes no subscription.",
            "zh-hant": "帳單由合作夥伴開立，請直接詢問；這不會變更任何訂閱。",
        },
        body={
            "en": "You buy from your partner, so prices and bills are theirs to explain. Their address and their hours stand "
            "beside this text.\n\n"
            "What is billed follows from the subscription: its seats, its term and how it is billed stand on its page here.",
            "zh-hant": "您是向合作夥伴購買，因此價格與帳單由合作夥伴說明；聯絡方式與服務時間就在本頁。"
            "\n\n計費的依據是訂閱本身：授權數、合約期與計費方式都列在本站的訂閱頁面。",
        },
        kinds=(Kind.CANCELLATION, Kind.FEWER_SEATS, Kind.END_OF_TERM),
    ),
    InitialResource(
        key="check-service-health",
        title={"en": "Something does not work? Check service health", "zh-hant": "服務異常？先查看服務健康狀況"},
        summary={
            "en": "See whether your services run as they should, and which incidents Microsoft knows of.",
            "zh-hant": "查看您使用的服務是否正常運作，以及 Microsoft 目前已知的事件。",
        },
        body={},  # nothing to read without the page: offered only where its address is known
        kinds=(Kind.CANCELLATION,),
        link="service-health",
    ),
    InitialResource(
        key="announced-by-microsoft",
        title={"en": "Has something changed? Read the Message Center", "zh-hant": "功能有變更？查看訊息中心"},
        summary={
            "en": "Here Microsoft announces new features, changes and retirements.",
            "zh-hant": "Microsoft 在此發布新功能、變更與停用通知。",
        },
        body={},
        kinds=(Kind.CANCELLATION,),
        link="message-center",
    ),
]


@transaction.atomic
def add_missing_resources() -> list[str]:
    """Add the resources whose key is not there yet and return their keys; what is there stays as staff left it."""
    present = set(SupportResource.objects.filter(partner=None).values_list("key", flat=True))
    added = []
    addresses = []
    for position, initial in enumerate(INITIAL_RESOURCES, start=1):
        if initial.key in present:
            continue
        resource = SupportResource(
            key=initial.key,
            title=initial.title,
            summary=initial.summary,
            body=initial.body,
            kinds=list(initial.kinds),
            services=list(initial.services),
            position=position * 10,
            verified_on=VERIFIED_ON,
        )
        resource.full_clean(validate_unique=False, validate_constraints=False)
        added.append(resource)
        for address in initial.addresses():
            address.resource = resource
            addresses.append(address)
    SupportResource.objects.bulk_create(added)
    ContentAddress.objects.bulk_create(addresses)
    return [resource.key for resource in added]

"""An import in a browser: a file of Partner Center's, its columns, the preview, and what was written; then once more."""

import csv
import io
import re
import uuid

import pytest

from requests_app.models import ImportRun, Subscription
from tests import factories
from tests.requests_app.imports import TENANT
from tests.workers import run_workers

HEADINGS = [
    "Customer tenant ID", "Customer name", "Subscription ID", "Offer name", "Remark", "Quantity", "Status", "Term",
    "Billing frequency", "Auto renew", "Start date", "Commitment end date",
]  # fmt: skip
WORDS = {
    "en": {
        "lines": ["All lines 4", "New 1", "Changed 1", "Unchanged 1", "Wrong 1"],
        "asks": "is 11/05/2026 written with the day or with the month first?",
        "wrong": "Quantity: “many” is no whole number.",
        "done": "1 new, 1 changed.",
        "nothing": "There is nothing to write: every line that would change something is wrong.",
        "binary": "The file is not text, although its name says so. Save it as CSV or XLSX and choose that file.",
    },
    "zh-TW": {
        "lines": ["全部資料行 4", "新增 1", "變更 1", "未變更 1", "有誤 1"],
        "asks": "：11/05/2026 是日在前還是月在前？",
        "wrong": "Quantity: 「many」不是整數。",
        "done": "新增 1 筆，變更 1 筆。",
        "nothing": "沒有可寫入的內容：會造成變更的資料行都有誤。",
        "binary": "檔名雖為文字檔，內容卻不是文字。請存成 CSV 或 XLSX 後再選擇。",
    },
}


def partner_centers_file(*lines):
    text = io.StringIO()
    csv.writer(text).writerows([HEADINGS, *lines])
    return {"name": "Subscriptions.csv", "mimeType": "text/csv", "buffer": text.getvalue().encode("utf-8-sig")}


def line(external_id, remark="", quantity="25"):
    return [
        TENANT.format(1), "Victoria Dental", external_id, "Power BI Pro", remark, quantity, "Active", "1 year", "Monthly",
        "Yes", "11/05/2026", "11/04/2027",
    ]  # fmt: skip


def upload(visitor, file):
    visitor.go("/admin/requests_app/importrun/add/?kind=subscriptions")
    visitor.page.set_input_files("[name=file]", file)
    visitor.press("form[enctype] button.button-primary")


def text_of(visitor, selector):
    return " ".join(visitor.page.locator(selector).first.inner_text().split())


def work_through(visitor, run, gone):
    """Look at the page that waits, let the worker work, and wait until the page has noticed by itself."""
    assert visitor.path() == f"/admin/requests_app/importrun/{run.pk}/change/"
    assert visitor.page.locator("progress").count() == 1
    visitor.look()
    run_workers(queues=("imports",))
    visitor.page.wait_for_selector(gone)


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("zh-TW", 375)])
def test_partner_centers_file_from_its_columns_to_what_was_written(visit, live_cast, language, width):
    words = WORDS[language]
    live_cast.customer.tenant_id = uuid.UUID(TENANT.format(1))
    live_cast.customer.save()
    power_bi = factories.product("Power BI Pro")
    file = partner_centers_file(
        line("sub-same", "Sales"), line("sub-more", quantity="30"), line("sub-new"), line("sub-wrong", quantity="many")
    )
    on_record = {
        "term_duration": "P1Y", "billing_cycle": "monthly", "auto_renew_enabled": True,
        "effective_start_date": "2026-11-05", "commitment_end_date": "2027-11-04",
    }  # fmt: skip
    factories.subscription(live_cast.customer, power_bi, external_id="sub-same", friendly_name="Sales", **on_record)
    factories.subscription(live_cast.customer, power_bi, external_id="sub-more", **on_record)
    max_ = visit(width=width, language=language)
    max_.sign_in(live_cast.max)
    max_.go("/admin/requests_app/importrun/")
    max_.look()
    max_.press('main a[href*="/importrun/add/"]')
    max_.look()

    # A file that is none says so, and what was chosen besides is still there.
    upload(max_, {"name": "Subscriptions.csv", "mimeType": "text/csv", "buffer": b"\x00\x01\x02\x03" * 500})
    assert words["binary"] in text_of(max_, ".error-summary")
    assert max_.page.is_checked("[name=kind][value=subscriptions]")
    max_.look()

    # The first time somebody says what the columns mean; a date that can be read in two ways is asked about.
    upload(max_, file)
    first = ImportRun.objects.get()
    assert max_.path() == f"/admin/requests_app/importrun/{first.pk}/columns/"
    assert max_.page.input_value("[name=external_id]") == str(HEADINGS.index("Subscription ID"))
    assert max_.page.input_value("[name=friendly_name]") == ""
    max_.look()
    max_.page.select_option("[name=friendly_name]", str(HEADINGS.index("Remark")))
    max_.press("form:has([name=external_id]) button.button-primary")
    work_through(max_, first, gone="[name=dates]")
    assert words["asks"] in text_of(max_, "[role=alert]")
    assert max_.page.locator("form:has([name=external_id]) select").first.get_attribute("name") == "dates"
    max_.look()
    max_.page.select_option("[name=dates]", "month")
    max_.press("form:has([name=external_id]) button.button-primary")

    # The preview; what is wrong stops the rest until somebody says that it is left out.
    work_through(max_, first, gone=".import-lines")
    max_.look()
    assert [" ".join(tab.split()) for tab in max_.page.locator(".tabs a").all_inner_texts()] == words["lines"]
    assert words["wrong"] in text_of(max_, ".import-lines .import-wrong")
    max_.press('.tabs a[href="?show=changed"]')
    assert re.search(r"25\b.*\b30", text_of(max_, ".import-lines tbody"))
    max_.look()
    max_.page.check("[name=only_right]")
    max_.press("form:has([name=digest]) button.button-primary")
    work_through(max_, first, gone=".notice-success")
    assert words["done"] in text_of(max_, ".notice-success")
    max_.look()
    assert sorted(Subscription.objects.values_list("external_id", "quantity", "friendly_name")) == [
        ("sub-more", 30, ""), ("sub-new", 25, ""), ("sub-same", 25, "Sales"),
    ]  # fmt: skip

    # The same file again: its columns are remembered, and nothing is left to write.
    upload(max_, file)
    second = ImportRun.objects.exclude(pk=first.pk).get()
    assert max_.page.input_value("[name=friendly_name]") == str(HEADINGS.index("Remark"))
    assert max_.page.input_value("[name=dates]") == "month"
    max_.press("form:has([name=external_id]) button.button-primary")
    work_through(max_, second, gone=".import-lines")
    second.refresh_from_db()
    assert (second.new, second.changed, second.unchanged, second.wrong) == (0, 0, 3, 1)
    assert max_.page.locator("[name=digest]").count() == 0
    assert words["nothing"] in text_of(max_, "main")
    max_.look()

"""A question is asked, and answered with a file; both sides see both."""

import pytest

from requests_app import workflow
from requests_app.models import Status
from tests import factories

PDF = {"name": "訂購單.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"}
LIE = {"name": "order.png", "mimeType": "image/png", "buffer": b"no picture"}


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("zh-TW", 375)])
def test_question_is_answered_with_a_file(visit, live_cast, worker, language, width):
    for person in (live_cast.bob, live_cast.dana):
        person.language = "en" if language == "en" else "zh-hant"
        person.save()
    filed = factories.cancellation(factories.subscription(live_cast.customer), live_cast.bob)
    claimed = workflow.claim(filed, actor=live_cast.dana)
    workflow.note(claimed, actor=live_cast.dana, text="Inside only")
    workflow.ask_customer(claimed, actor=live_cast.dana, question="All of the seats?\nOr only those of sales?")
    worker()

    # What waits is at the top of the list and of the page.
    bob = visit(width=width, language=language)
    bob.sign_in(live_cast.bob)
    bob.go("/requests/?show=waiting")
    bob.look()
    bob.press(f'main a[href="/requests/{filed.number}/"]')
    bob.look()
    assert "Or only those of sales?" in bob.page.locator("#question-title + *").inner_text()

    # A file that is not what it says is told next to the field; the text stays.
    bob.page.fill("#answer_text", "只有業務部門的授權數")
    bob.page.set_input_files("#answer_uploads", [PDF, LIE])
    bob.press("form[action$='/answer/'] .button-primary")
    bob.look()
    assert "order.png" in bob.page.locator("#answer_uploads_error").inner_text()
    assert bob.page.input_value("#answer_text") == "只有業務部門的授權數"
    bob.page.set_input_files("#answer_uploads", [PDF])
    bob.press("form[action$='/answer/'] .button-primary")
    assert bob.path() == f"/requests/{filed.number}/"
    bob.look()
    filed.refresh_from_db()
    assert filed.status == Status.IN_REVIEW
    assert "Inside only" not in bob.page.content()

    # One more word, and both sides read all of it; the file is saved, not shown.
    bob.page.fill("#message_text", "From January on")
    bob.press("form[action$='/message/'] .button")
    assert [message.to[0] for message in worker()] == ["dana@example.com", "dana@example.com"]
    dana = visit(width=width, language=language)
    dana.sign_in(live_cast.dana)
    dana.go(f"/admin/requests_app/subscriptionrequest/{filed.pk}/change/")
    dana.look()
    for visitor in (bob, dana):
        told = visitor.page.locator(".timeline").inner_text()
        assert [
            text for text in ("只有業務部門的授權數", "From January on", "All of the seats?") if text not in told
        ] == []
        with visitor.page.expect_download() as saved:
            visitor.page.locator(".attachments a").click()
        assert saved.value.suggested_filename == "訂購單.pdf"
    assert "Inside only" in dana.page.content()

    # Withdrawn, with a note, from behind a second step.
    bob.page.locator("main details summary").last.click()
    bob.page.fill("#withdraw_note", "Not needed any more")
    bob.look()
    bob.press("form[action$='/withdraw/'] .button-danger")
    bob.look()
    filed.refresh_from_db()
    assert filed.status == Status.WITHDRAWN

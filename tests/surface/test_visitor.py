"""What the visitor takes for a leak, and what not."""

import pytest

from tests.surface.visitor import Answer


@pytest.fixture
def foreign(world):
    """A text that Erin has no business with."""
    return next(text for text, one in world.canaries.items() if text.startswith("zq") and not one.seen_by("erin"))


@pytest.mark.parametrize(
    "drawn",
    [
        '<input type="hidden" name="csrfmiddlewaretoken" value="Ab{}9">',
        '<input type="hidden" name="resume_token" value="gAAAA{}=">',
        '<script nonce="x{}"></script>',
    ],
)
def test_token_that_happens_to_spell_a_canary_is_no_leak(visitors, foreign, drawn):
    assert visitors["erin"].leaks(Answer(200, {}, drawn.format(foreign.upper()))) == []


@pytest.mark.parametrize(
    "shown", ["<p>{}</p>", '<input name="name" value="{}">', "<!-- {} -->", '<a href="/?csrfmiddlewaretoken={}">']
)
def test_canary_anywhere_else_is_one(visitors, foreign, shown):
    assert len(visitors["erin"].leaks(Answer(200, {}, shown.format(foreign)))) == 1
    assert len(visitors["erin"].leaks(Answer(302, {"Location": shown.format(foreign)}, ""))) == 1

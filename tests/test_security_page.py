"""docs/security.md is a list of claims: each names the tests that prove it, and each of these tests exists."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs/security.md").read_text()
CLAIMS = [
    " ".join(claim.split())
    for claim in re.findall(
        r"^- (.+?)(?=^- |^#|\Z)",
        PAGE.split("## What holds")[1].split("## What is not promised")[0],
        re.DOTALL | re.MULTILINE,
    )
]
REFERENCE = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def names_in(path):
    tree = ast.parse((ROOT / path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


@pytest.mark.parametrize("number", range(len(CLAIMS)))
def test_claim_names_tests_that_exist(number):
    named = REFERENCE.findall(CLAIMS[number])
    assert named != [], f"nothing proves: {CLAIMS[number]}"
    for path, name in named:
        assert (ROOT / path).is_file(), path
        assert not name or name in names_in(path), f"{path} has no {name}"


def test_page_makes_claims():
    assert len(CLAIMS) > 30

"""Every no of the tables is said to somebody in a test, by its name."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
RULES = [ROOT / "hub/rules" / f"{noun}.py" for noun in ("quotes", "orders", "ledger", "money", "payments", "payouts")]
RULES += sorted((ROOT / "hub/rules/terms").glob("*.py"))
TESTS = [path for folder in ("rules", "actions", "web") for path in sorted((ROOT / "tests" / folder).glob("test_*.py"))]
ITSELF = Path(__file__)


def strings(tree: ast.AST) -> set[str]:
    """All that stands in quotes below this node."""
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def refused(path: Path) -> set[str]:
    """The codes of `Refused(...)` in this file, also where one of two is chosen."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refused":
            said = strings(node.args[0])
            assert said, f"{path.name}:{node.lineno} refuses without a name that can be read here"
            found |= said
    return found


CODES = sorted({code for path in RULES for code in refused(path)})


@pytest.fixture(scope="module")
def named() -> set[str]:
    """What the tests have in quotes."""
    return {text for path in TESTS if path != ITSELF for text in strings(ast.parse(path.read_text()))}


@pytest.mark.parametrize("code", CODES)
def test_a_test_names_this_refusal(code: str, named: set[str]) -> None:
    assert code in named


def test_refusals_were_found() -> None:
    assert {"quote_moved", "quote_expired", "escrow_short", "mixed_currencies", "bad_terms"} <= set(CODES)

"""The rules are at 100 % branch coverage, by their own tests alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.timeout(180)
def test_every_branch_of_the_rules_is_taken_by_the_tests_of_the_rules(tmp_path: Path) -> None:
    """With one seed, so that a branch which only chance takes is missed or taken on every machine alike."""
    coverage = [sys.executable, "-m", "coverage"]
    data = f"--data-file={tmp_path / 'coverage'}"
    run = [*coverage, "run", data, "--branch", "--source=hub.rules", "-m", "pytest", "tests/rules", "-p", "no:xdist", "--hypothesis-seed=0"]
    tested = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stdout[-4_000:]
    report = subprocess.run(
        [*coverage, "report", data, "--show-missing", "--skip-covered", "--fail-under=100", "--precision=2"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert report.returncode == 0, report.stdout

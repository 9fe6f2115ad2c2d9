"""The pure parts of the browser's side (gaps, outbox, reconnecting), by node's own test runner where there is one."""

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def _node() -> str:
    node = shutil.which("node")
    if not node:
        pytest.skip("no node here; the journeys drive the same code in a browser")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.strip().removeprefix("v").split(".")[0]) < 20:
        pytest.skip(f"node {version.strip()} has no mocked timers")
    return node


def test_the_pure_parts_of_the_browser_side():
    command = [_node(), "--import", str(HERE / "resolve.mjs"), "--test", *map(str, sorted(HERE.glob("*.test.mjs")))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr

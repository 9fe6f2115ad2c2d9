"""The pure parts of the browser's side (gaps, outbox, reconnecting), by node's own test runner where there is one."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from realtime.protocol import CLOSES

HERE = Path(__file__).parent
RECONNECT = HERE.parent.parent.parent / "frontend" / "static" / "js" / "lib" / "reconnect.js"
ASK = """
const {afterClose} = await import(process.argv[1])
console.log(JSON.stringify(JSON.parse(process.argv[2]).map(asked => afterClose(...asked, () => 0))))
"""
THEN = {
    "stop": {"state": "stopped", "wait": None}, "sign in": {"state": "signed-out", "wait": None},
    "come back soon": {"state": "offline", "wait": 0}, "back off": {"state": "offline", "wait": 500},
}  # fmt: skip


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


def test_the_browser_does_after_a_close_what_the_table_says():
    asked = [(code, 0) for code in (*CLOSES, 1006, 1001)]
    command = [_node(), "--input-type=module", "-e", ASK, RECONNECT.as_uri(), json.dumps(asked)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    wanted = [THEN[close.then] for close in CLOSES.values()] + [THEN["back off"]] * 2
    assert dict(zip(asked, json.loads(done.stdout), strict=True)) == dict(zip(asked, wanted, strict=True))

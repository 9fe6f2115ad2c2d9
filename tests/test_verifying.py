"""`anou passport`: a certificate is checked by a file and a key alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from hub.cli import main
from hub.datafolder import keys
from hub.rules import passports
from hub.rules.terms.frozen import canonical
from hub.signing import public_key, sign
from tests.rules.test_passports import paper, signed

PRIVATE, FOREIGN = "11" * 32, "22" * 32
PUBLIC = public_key(PRIVATE)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A good certificate."""
    return write(tmp_path / "certificate.json", signed(paper()))


def write(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    return path


def verify(*arguments: object, **environment: str) -> Result:
    """The command, knowing nothing of this machine's own keys."""
    return CliRunner().invoke(main, ["passport", "verify", *map(str, arguments)], env={"ANOU_DATA": "/nonexistent"} | environment)


def test_a_good_one_is_told_in_words(file: Path) -> None:
    found = verify(file, "--key", PUBLIC)
    assert found.exit_code == 0
    key = passports.key_id(PUBLIC)
    for words in ("Good: Anou signed this", key, "Small eyes", "Fatima, Azilal", "200 x 300 cm", "12 kg", "2026-04-02"):
        assert words in found.stdout


def test_it_needs_neither_database_nor_network_nor_our_folder(file: Path) -> None:
    """In a process of its own, where every socket is refused."""
    code = "import socket, sys; socket.socket.connect = None; from hub.cli import main; main(sys.argv[1:])"
    run = subprocess.run(
        [sys.executable, "-c", code, "passport", "verify", str(file), "--key", PUBLIC], cwd=Path(__file__).parent.parent,
        env={"PATH": os.environ["PATH"], "ANOU_DATA": "/nonexistent"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (run.returncode, run.stderr) == (0, "")


def test_the_keys_may_be_those_of_a_saved_page(file: Path, tmp_path: Path) -> None:
    page = write(tmp_path / "keys.json", {"keys": [{"key": "", "public_key": public_key(FOREIGN)}, {"key": "", "public_key": PUBLIC}]})
    assert verify(file, "--key", page).exit_code == 0
    assert verify(file, "--key", public_key(FOREIGN), "--key", PUBLIC.upper()).exit_code == 0


def test_where_the_hub_runs_its_own_key_is_known(tmp_path: Path, file: Path) -> None:
    assert verify(file, ANOU_PASSPORT_KEY=PRIVATE).exit_code == 0
    written = canonical(paper())
    own = keys(tmp_path / "data")["passport"]
    ours = write(tmp_path / "ours.json", passports.envelope(written, sign(own, written), public_key(own)))
    assert verify(ours, "--data", tmp_path / "data").exit_code == 0
    assert verify(file, "--data", tmp_path / "data").exit_code == 1


@pytest.mark.parametrize("change, said", [
    (lambda whole: whole["certificate"].update(weight_g=1), "was changed after it was signed"),
    (lambda whole: whole["certificate"]["maker"].update(name="Fatema"), "was changed after it was signed"),
    (lambda whole: whole.update(signature="0" * 128), "the signature is not that of this certificate"),
    (lambda whole: whole.update(key="0" * 16), "the signature is not that of this certificate"),
    (lambda whole: whole.pop("key"), "Not a certificate"),
    (lambda whole: whole.update(signed(paper(), FOREIGN)), "none of the keys that are trusted here"),
])  # fmt: skip
def test_what_is_wrong_is_said_and_is_a_failure(change: Any, said: str, file: Path) -> None:
    whole = json.loads(file.read_text("utf-8"))
    change(whole)
    found = verify(write(file, whole), "--key", PUBLIC)
    assert found.exit_code == 1 and said in found.stderr and "Good" not in found.output


def test_a_key_that_comes_with_the_file_proves_nothing(file: Path) -> None:
    found = verify(file)
    assert found.exit_code == 1 and "name the cooperative's with --key" in found.stderr and PUBLIC in found.stderr


@pytest.mark.parametrize("arguments", [["nowhere.json"], ["."], ["FILE", "--key", "nonsense"], ["FILE", "--key", "FILE"]])
def test_what_cant_be_read_is_one_line(arguments: list[str], file: Path) -> None:
    found = verify(*(str(file) if argument == "FILE" else argument for argument in arguments))
    assert found.exit_code == 1 and isinstance(found.exception, SystemExit)
    assert str(found.exception).startswith("anou: ") or found.output.startswith("anou: ")
    assert "Traceback" not in found.output


def test_a_bad_key_of_our_own_is_one_line(file: Path) -> None:
    found = verify(file, ANOU_PASSPORT_KEY="short")
    assert found.exit_code == 1 and "ANOU_PASSPORT_KEY is not a key" in found.output


def test_words_of_a_certificate_can_t_drive_the_terminal(tmp_path: Path) -> None:
    sly = paper(cooperative="Anou\x1b[2J\nGood")
    found = verify(write(tmp_path / "sly.json", signed(sly)), "--key", PUBLIC)
    assert found.exit_code == 0 and "\x1b" not in found.stdout and found.stdout.splitlines()[0].startswith("Good: Anou[2JGood signed")


def test_a_new_key_is_printed_for_the_settings() -> None:
    found = CliRunner().invoke(main, ["passport", "key"])
    name, _, private = found.stdout.strip().partition("=")
    assert found.exit_code == 0 and name == "ANOU_PASSPORT_KEY" and public_key(private) in found.stderr
    assert CliRunner().invoke(main, ["passport", "key"]).stdout != found.stdout


def test_a_folder_of_before_there_were_passports_gets_its_key_and_keeps_the_rest(tmp_path: Path) -> None:
    before = {"postgres": "a", "valkey": "b", "carrier": "c"}
    (tmp_path / "keys.json").write_text(json.dumps(before))
    found = keys(tmp_path)
    assert found | before == found and len(found["passport"]) == 64
    assert keys(tmp_path) == found


def test_pictures_and_withdrawals_are_looked_at_by_the_command_too(file: Path, tmp_path: Path) -> None:
    listed = write(tmp_path / "withdrawn.json", {"withdrawn": [{"id": "abc", "at": "2026-05-01T00:00:00.000Z"}]})
    found = verify(file, "--key", PUBLIC, "--withdrawn", listed)
    assert found.exit_code == 1 and "2026-05-01" in found.stderr and "Good" not in found.output
    (tmp_path / "photos").mkdir()
    found = verify(file, "--key", PUBLIC, "--photos", tmp_path / "photos")
    assert found.exit_code == 1 and "p1" in found.stderr
    found = verify(file, "--key", PUBLIC, "--photos", tmp_path / "nowhere")
    assert found.exit_code == 1 and "can't be read" in found.output

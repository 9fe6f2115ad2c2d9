"""What waits for a relay, and what a reader sees first."""

from itertools import permutations

import pytest

from hub.rules.translations import Choice, Rendering, Source, State, choose, waits_for_relay

HUMAN, MACHINE = Source.HUMAN, Source.MACHINE
RELAY = Rendering("relay", "fr")
CORRECTED = Rendering("corrected", "fr", version=2)
ENGLISH = Rendering("english", "en")
GUESS = Rendering("guess", "fr", MACHINE, State.DRAFT)
DRAFT = Rendering("draft", "fr", HUMAN, State.DRAFT)
DISPUTED = Rendering("disputed", "fr", HUMAN, State.DISPUTED, version=9)


@pytest.mark.parametrize(("lang", "reads", "waits"), [
    ("fr", ["fr"], False), ("fr-MA", ["ar", "fr"], False), ("FR", ["fr_FR"], False), ("shi-Tfng", ["shi-Latn"], False),
    ("fr", ["shi", "ary"], True), ("ary", ["ar"], True), ("fr", [], True), (None, ["fr"], False), ("", [], False),
])
def test_waiting(lang: str | None, reads: list[str], waits: bool) -> None:
    assert waits_for_relay(lang, reads) is waits


@pytest.mark.parametrize(("renderings", "shown", "waits"), [
    ([], None, True),
    ([RELAY], RELAY, False),
    ([RELAY, CORRECTED], CORRECTED, False),
    ([GUESS], GUESS, True),
    ([GUESS, RELAY], RELAY, False),
    ([DRAFT], None, True),
    ([DISPUTED], DISPUTED, True),
    ([DISPUTED, GUESS], GUESS, True),
    ([DISPUTED, RELAY], RELAY, False),
    ([ENGLISH, RELAY], RELAY, False),
    ([ENGLISH, GUESS], ENGLISH, False),
    ([Rendering("darija", "ary")], None, True),
])
def test_what_is_shown_first(renderings: list[Rendering], shown: Rendering | None, waits: bool) -> None:
    for order in permutations(renderings):
        assert choose("shi", order, ["fr", "en"]) == Choice(shown, waits)
    assert waits_for_relay("shi", ["fr", "en"], renderings) is waits


def test_who_reads_the_original_sees_the_original() -> None:
    assert choose("fr", [ENGLISH], ["en", "fr"]) == Choice(None, waits=False)

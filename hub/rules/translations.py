"""Translations: what waits for a human relay, and which rendering a reader is shown first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Source(StrEnum):
    HUMAN = "human"
    MACHINE = "machine"


class State(StrEnum):
    DRAFT = "draft"
    RELAYED = "relayed"
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True)
class Rendering:
    """One link of the chain of one event's renderings into one language; `version` grows with each correction."""

    id: str
    lang: str
    source: Source = Source.HUMAN
    state: State = State.RELAYED
    version: int = 1


@dataclass(frozen=True, slots=True)
class Choice:
    """What to show first: a rendering, or the original when None; `waits`: a human relay is still needed."""

    rendering: Rendering | None
    waits: bool


ORDER: dict[tuple[Source, State], int] = {
    # best first; a human's draft is nobody's to see yet
    (Source.HUMAN, State.RELAYED): 0,
    (Source.MACHINE, State.RELAYED): 1,
    (Source.MACHINE, State.DRAFT): 2,
    (Source.HUMAN, State.DISPUTED): 3,
    (Source.MACHINE, State.DISPUTED): 4,
}


def tongue(lang: str) -> str:
    """The language alone: 'fr-MA' and 'fr_FR' are 'fr', 'shi-Tfng' is 'shi'."""
    return lang.strip().lower().replace("_", "-").split("-")[0]


def reads_it(lang: str | None, reads: Iterable[str]) -> bool:
    """Whether a person reads this; words in no known language are taken as understood, for nobody could relay them."""
    return not lang or tongue(lang) in {tongue(known) for known in reads}


def waits_for_relay(lang: str | None, reads: Sequence[str], renderings: Iterable[Rendering] = ()) -> bool:
    """True while a reader has neither the original's language nor a human's undisputed rendering in one of theirs."""
    return choose(lang, renderings, reads).waits


def choose(original_lang: str | None, renderings: Iterable[Rendering], reads: Sequence[str]) -> Choice:
    """What this reader sees first (the original is always one tap away).

    The original if they read it; else a human's relay, then a machine's draft (to be marked as such), then a disputed
    one; within these the language they read best (`reads` is best first), then the newest correction.
    """
    if reads_it(original_lang, reads):
        return Choice(None, waits=False)
    best_first = [tongue(known) for known in reads]
    readable = [rendering for rendering in renderings
                if tongue(rendering.lang) in best_first and (rendering.source, rendering.state) in ORDER]
    if not readable:
        return Choice(None, waits=True)
    best = min(readable, key=lambda rendering: (
        ORDER[rendering.source, rendering.state], best_first.index(tongue(rendering.lang)), -rendering.version))
    return Choice(best, waits=(best.source, best.state) != (Source.HUMAN, State.RELAYED))

"""A cloth before it is wool, and the ways yarn behaves."""

from dataclasses import dataclass

from hub.demo.motifs import Knots


@dataclass(frozen=True)
class Yarn:
    """How one knot looks: all lengths in knots, all strengths about 0..1."""

    wander: float  # how far a knot strays from its place
    dome: float  # how round each knot stands
    hair: float  # how much loose fibre shows
    nap: float  # how the pile lies, light and dark, like brushed velvet
    spread: float  # difference from one knot to its neighbour
    abrash: float  # difference from one dye lot to the next
    soft_edge: float  # how woolly the selvedge is, in knots


SHAGGY = Yarn(wander=0.95, dome=0.35, hair=0.85, nap=0.06, spread=0.045, abrash=0.05, soft_edge=1.1)
PLUSH = Yarn(wander=0.55, dome=0.6, hair=0.5, nap=0.05, spread=0.07, abrash=0.09, soft_edge=0.6)
RAG = Yarn(wander=1.5, dome=1.0, hair=0.35, nap=0.04, spread=0.16, abrash=0.05, soft_edge=1.0)
FLAT = Yarn(wander=0.22, dome=0.8, hair=0.16, nap=0.012, spread=0.06, abrash=0.11, soft_edge=0.3)


@dataclass(frozen=True)
class Design:
    """A cloth before it is wool. `dyes` are palette names, indexed by the knots' numbers."""

    knots: Knots
    dyes: tuple[str, ...]
    yarn: Yarn
    fringe: str = "ivory"
    both_ends: bool = True

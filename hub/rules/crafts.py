"""Crafts, and the steps by which each of them makes a piece."""

STEPS: dict[str, tuple[str, ...]] = {
    "textile": ("spinning", "dyeing", "warping", "weaving_25", "weaving_50", "weaving_75", "finishing", "washing"),
    "jewellery": ("melting", "shaping", "soldering", "engraving", "setting", "polishing"),
    "leather": ("tanning", "cutting", "dyeing", "stitching", "finishing"),
    "wood": ("choosing", "cutting", "carving", "joining", "sanding", "finishing"),
    "pottery": ("kneading", "shaping", "drying", "first_firing", "glazing", "second_firing"),
    "other": ("started", "quarter", "half", "three_quarters", "finishing"),
}
"""Craft -> its steps in their usual order; a maker may skip some or go back."""


def steps(craft: str) -> tuple[str, ...]:
    """The steps of a craft; those of "other" for a craft that has none of its own."""
    return STEPS.get(craft, STEPS["other"])


def how_far(craft: str, step: str) -> int:
    """Percent of the making done once this step is, for a progress bar; 0 for a step of another craft."""
    known = steps(craft)
    return 100 * (known.index(step) + 1) // (len(known) + 1) if step in known else 0

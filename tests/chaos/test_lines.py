"""7 and 8, short."""


async def test_ends_that_vanish(play) -> None:  # type: ignore[no-untyped-def]
    await play("vanish")


async def test_a_line_in_the_mountains(play) -> None:  # type: ignore[no-untyped-def]
    await play("mountain")

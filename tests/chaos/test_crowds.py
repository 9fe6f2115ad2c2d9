"""1 and 2, short."""


async def test_fifty_writers_in_one_thread(play) -> None:  # type: ignore[no-untyped-def]
    await play("writers")


async def test_a_thousand_repeats_of_one_message(play) -> None:  # type: ignore[no-untyped-def]
    await play("repeats")

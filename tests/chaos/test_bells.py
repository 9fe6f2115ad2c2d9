"""4 and 5, short."""


async def test_all_bells_dropped(play) -> None:  # type: ignore[no-untyped-def]
    await play("silence")


async def test_bells_dropped_doubled_and_late(play) -> None:  # type: ignore[no-untyped-def]
    await play("false-bells")

"""9, short: what readers that never read may hold. How long others wait is measured by the full form."""


async def test_readers_that_never_read(play) -> None:  # type: ignore[no-untyped-def]
    await play("sleepers")

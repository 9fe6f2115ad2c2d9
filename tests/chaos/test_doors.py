"""14 and 15, short."""


async def test_hostile_origins(play) -> None:  # type: ignore[no-untyped-def]
    await play("origins")


async def test_sent_out_and_signed_out(play) -> None:  # type: ignore[no-untyped-def]
    await play("doors")

"""17, short."""


async def test_deals_do_what_their_tables_say_whatever_dies(play) -> None:  # type: ignore[no-untyped-def]
    await play("deals")

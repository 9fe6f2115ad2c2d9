"""12, short."""


async def test_two_nodes_are_restarted_in_turn(play) -> None:  # type: ignore[no-untyped-def]
    await play("rolling")

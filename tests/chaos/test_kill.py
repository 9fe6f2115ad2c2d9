"""3, short."""


async def test_a_node_is_killed_before_and_after_the_commit_and_after_the_bell(play) -> None:  # type: ignore[no-untyped-def]
    await play("kill")

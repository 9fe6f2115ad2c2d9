"""16, short."""


async def test_a_client_sees_what_the_database_holds_whatever_it_did(play) -> None:  # type: ignore[no-untyped-def]
    await play("model")

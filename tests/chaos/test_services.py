"""6 and 11, short."""


async def test_valkey_stops_and_comes_back(play) -> None:  # type: ignore[no-untyped-def]
    await play("valkey")


async def test_postgres_stops_dies_and_comes_back(play) -> None:  # type: ignore[no-untyped-def]
    await play("postgres")

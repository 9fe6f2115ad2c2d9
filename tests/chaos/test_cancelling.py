"""10, short."""


async def test_cancelled_requests_leave_nothing_behind(play) -> None:  # type: ignore[no-untyped-def]
    await play("cancel")

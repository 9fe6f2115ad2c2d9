"""13, short."""


async def test_fuzzed_frames_and_a_compression_bomb(play) -> None:  # type: ignore[no-untyped-def]
    await play("fuzz")

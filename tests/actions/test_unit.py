"""A unit at work outlives the request that began it."""

from __future__ import annotations

import asyncio
import contextlib
import gc

from hub import unit
from hub.actions import people, threads
from hub.unit import Actor
from models.people import Person
from tests.house import House


async def test_a_verb_whose_request_is_gone_still_ends_and_is_waited_for(house: House) -> None:
    claire = await house.person("claire")
    request = asyncio.create_task(people.rename(Actor(claire), "Claire V."))  # type: ignore[arg-type]  # a coroutine, in truth
    await asyncio.sleep(0)
    request.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await request
    del request
    gc.collect()
    await unit.finished(5)
    assert (await Person.get(id=claire.id)).name == "Claire V."


async def test_a_refusal_that_nobody_hears_is_no_fault(house: House) -> None:
    claire, faults = await house.person("claire"), list[object]()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: faults.append(context))
    try:
        request = asyncio.create_task(threads.leave(Actor(claire), "no such thread", "me"))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        request.cancel()
        await asyncio.wait([request])
        await unit.finished(5)
        del request
        gc.collect()
        assert not faults
    finally:
        loop.set_exception_handler(None)

"""Fatima's network goes, her page closes, the hub restarts: everything is there once, in order, on both screens."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.house import House
from tests.journeys.people import Someone, without_reload

pytestmark = pytest.mark.timeout(90)


async def in_conversation(house: House, *people: Someone) -> str:
    """They have the same conversation open; its path."""
    path = f"/threads/{await house.thread()}"
    for person in people:
        await person.goes(path)
        await person.page.wait_for_selector("thread-log .log", state="attached")
    return path


async def waits_in_outbox(person: Someone, words: str) -> None:
    """Shown, and marked as waiting."""
    await person.sees_state(words, "waiting")
    await expect(person.message(words).locator(".ticks")).to_contain_text("en attente")


async def test_both_write_while_the_phone_is_away(house: House, claire: Someone, fatima: Someone) -> None:
    await in_conversation(house, claire, fatima)
    async with without_reload(claire, fatima):
        await claire.says("Bonjour")
        await fatima.says("Azul")
        await claire.reads_exactly("Bonjour", "Azul")

        await fatima.context.set_offline(True)
        await fatima.says("yan")
        await claire.says("Êtes-vous là ?")
        await fatima.says("sin")
        await claire.says("Je repasserai.")
        await waits_in_outbox(fatima, "yan")
        await waits_in_outbox(fatima, "sin")
        await fatima.sees("Pas de réseau. Ce que vous écrivez est gardé")
        await claire.reads_exactly("Bonjour", "Azul", "Êtes-vous là ?", "Je repasserai.")

        await fatima.context.set_offline(False)
        for person in (claire, fatima):
            await person.reads_exactly("Bonjour", "Azul", "Êtes-vous là ?", "Je repasserai.", "yan", "sin")
        await fatima.sees_no("Pas de réseau")
        await fatima.sees_state("sin", "read")


async def test_a_page_closed_without_network_sends_when_it_is_opened_again(house: House, claire: Someone, fatima: Someone) -> None:
    path = await in_conversation(house, claire, fatima)
    await fatima.context.set_offline(True)
    await fatima.says("kept")
    await waits_in_outbox(fatima, "kept")
    await fatima.page.close()
    await fatima.context.set_offline(False)
    async with without_reload(claire):
        fatima = Someone("fatima", house.base, fatima.context, await fatima.context.new_page(), touches=True)
        await fatima.goes(path)
        for person in (claire, fatima):
            await person.reads_exactly("kept")
    assert fatima.troubles == []


async def test_what_was_being_typed_survives_a_closed_page(house: House, fatima: Someone) -> None:
    path = await in_conversation(house, fatima)
    await fatima.page.get_by_role("textbox", name="Message").press_sequentially("half a sen")
    await fatima.goes("/threads")
    await fatima.goes(path)
    await expect(fatima.page.get_by_role("textbox", name="Message")).to_have_value("half a sen")


async def test_two_tabs_of_one_person_show_no_doubles(house: House, claire: Someone, fatima: Someone) -> None:
    path = await in_conversation(house, claire, fatima)
    second = await fatima.another_tab(path)
    await fatima.says("one")
    await second.reads_exactly("one")
    await fatima.context.set_offline(True)
    await fatima.says("two")
    await waits_in_outbox(fatima, "two")
    await second.says("three")
    await second.reads_exactly("one", "two", "three")
    await fatima.context.set_offline(False)
    for person in (claire, fatima, second):
        await person.reads_exactly("one", "two", "three")


async def test_the_hub_restarts(house: House, claire: Someone, fatima: Someone) -> None:
    await in_conversation(house, claire, fatima)
    async with without_reload(claire, fatima):
        await claire.says("before")
        await fatima.reads_exactly("before")

        await house.stop()
        await fatima.says("while it was away")
        await waits_in_outbox(fatima, "while it was away")
        await house.start()
        for person in (claire, fatima):
            await person.reads_exactly("before", "while it was away")
        await claire.says("after")
        for person in (claire, fatima):
            await person.reads_exactly("before", "while it was away", "after")

"""Saying something: stored once, told to everyone, refused with a reason."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from tests.realtime.browser import quiet
from tests.realtime.conftest import Node, Story, conversation, device, someone


async def test_everyone_sees_it_once_and_the_sender_gets_ok(node: Node, story: Story) -> None:
    phone = await device(story.claire)
    claire, at_home, fatima = [await node.browser(who, story.thread) for who in (story.claire, phone, story.fatima)]
    cid = uuid4()
    ok = await claire.answer(await claire.say(story.thread, "Bonjour ⴰⵣⵓⵍ سلام 👋🏽", cid=cid, lang="fr"))
    assert ok["t"] == "ok" and (ok["seq"], ok["dup"], ok["thread"]) == (1, False, str(story.thread))
    for browser in (claire, at_home, fatima):
        event = await browser.until("event", thread=story.thread)
        assert event["by"] == str(story.claire.id) and event["cid"] == str(cid) and event["at"] == ok["at"]
        assert event["kind"] == "message" and event["data"] == {"kind": "text", "body": "Bonjour ⴰⵣⵓⵍ سلام 👋🏽", "lang": "fr"}
    await quiet()
    assert [len(browser.seqs(story.thread)) for browser in (claire, at_home, fatima)] == [1, 1, 1]
    assert not fatima.of("ok") and not at_home.of("ok")


async def test_a_repeated_cid_takes_effect_once(node: Node, story: Story) -> None:
    phone = await device(story.claire)
    claire, other = await node.browser(story.claire, story.thread), await node.browser(phone, story.thread)
    cid = uuid4()
    refs = [await claire.say(story.thread, cid=cid) for _ in range(5)]
    again = await other.say(story.thread, "otherwise", cid=cid)
    answers = [await claire.answer(ref) for ref in refs] + [await other.answer(again)]
    assert {answer["seq"] for answer in answers} == {1}
    assert sorted(answer["dup"] for answer in answers) == [False] + [True] * 5
    assert (await claire.answer(await claire.say(story.thread)))["seq"] == 2
    await quiet(0.1)
    assert claire.seqs(story.thread) == [1, 2]


async def test_a_cid_belongs_to_its_author_and_thread(node: Node, story: Story) -> None:
    other = await conversation(story.claire, story.ahmed)
    claire, fatima = await node.browser(story.claire, story.thread, other), await node.browser(story.fatima, story.thread)
    cid = uuid4()
    answers = [
        await browser.answer(await browser.say(thread, cid=cid))
        for browser, thread in ((claire, story.thread), (fatima, story.thread), (claire, other))
    ]
    assert [answer["dup"] for answer in answers] == [False] * 3


async def test_many_at_once_keep_their_order(node: Node, story: Story) -> None:
    claire, fatima = await node.browser(story.claire, story.thread), await node.browser(story.fatima, story.thread)
    refs = [await claire.say(story.thread, str(number)) for number in range(50)]
    await fatima.seen(story.thread, 50)
    assert [event["data"]["body"] for event in fatima.of("event")] == [str(number) for number in range(50)]
    assert [(await claire.answer(ref))["seq"] for ref in refs] == list(range(1, 51))
    assert [frame["ref"] for frame in claire.of("ok")] == refs


async def test_a_picture_does_not_overtake_nor_is_overtaken(node: Node, story: Story) -> None:
    claire = await node.browser(story.claire, story.thread)
    first = await claire.say(story.thread, "before")
    missing = await claire.say(story.thread, kind="photo", media=[uuid4()])
    after = [await claire.say(story.thread, word) for word in ("after", "last")]
    assert (await claire.answer(missing))["code"] == "media_missing"
    assert [(await claire.answer(ref))["seq"] for ref in (first, *after)] == [1, 2, 3]


async def test_joined_frames_stay_within_bounds(node: Node, story: Story) -> None:
    claire, fatima = await node.browser(story.claire, story.thread), await node.browser(story.fatima, story.thread)
    for turn in range(1, 4):
        for _ in range(60):
            await claire.say(story.thread, "ن" * 1500)
        await claire.until("ok", count=turn * 60)
    await fatima.seen(story.thread, 180)
    assert all(len(text.encode()) <= 65536 + 4096 for text in fatima.texts)
    assert max(len(found) for text in fatima.texts if isinstance(found := json.loads(text), list)) <= 64


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"body": "x" * 4001}, "too_long"), ({"body": "   \n "}, "empty"), ({"body": None}, "empty"), ({"body": "\0"}, "bad_frame"),
        ({"body": "\ud800"}, "bad_frame"), ({"kind": "photo"}, "media_missing"), ({"kind": "voice", "media": []}, "media_missing"),
        ({"kind": "photo", "media": [uuid4()]}, "media_missing"), ({"kind": "dance"}, "bad_frame"), ({"lang": "x" * 99}, "bad_frame"),
        ({"thread": uuid4()}, "unknown_thread"), ({"thread": "mine"}, "bad_frame"), ({"cid": None}, "bad_frame"),
        ({"kind": "photo", "media": [str(uuid4()) for _ in range(20)]}, "bad_frame"),
    ],
)  # fmt: skip
async def test_refusals_say_why_and_change_nothing(node: Node, story: Story, fields: dict[str, object], code: str) -> None:
    claire = await node.browser(story.claire, story.thread)
    error = await claire.answer(await claire.say(**{"thread": story.thread, "body": "x"} | fields))  # type: ignore[arg-type]
    assert (error["t"], error["code"], error["retry"]) == ("error", code, False)
    assert error["message"]
    ok = await claire.answer(await claire.say(story.thread, "é" * 4000))
    assert ok["seq"] == 1


async def test_strangers_can_neither_speak_nor_read(node: Node, story: Story) -> None:
    ahmed, claire = await node.browser(story.ahmed), await node.browser(story.claire, story.thread)
    assert (await ahmed.answer(await ahmed.say(story.thread)))["code"] == "unknown_thread"
    assert (await ahmed.ask("fetch", thread=story.thread, after=0, limit=5))["code"] == "unknown_thread"
    await ahmed.tell("typing", thread=story.thread, on=True)
    await ahmed.tell("read", thread=story.thread, seq=1)
    await claire.answer(await claire.say(story.thread))
    await quiet()
    assert not ahmed.of("event", "head", "receipt", "typing", "presence")
    assert not claire.of("typing", "receipt")
    assert not ahmed.of("event") and node.realtime.fanout.timelines.keys() == {str(story.thread)}


async def test_errors_are_in_the_persons_language(node: Node, story: Story) -> None:
    from models.people import Person

    await Person.filter(id=story.claire.id).update(locale="fr")
    claire, fatima = await node.browser(story.claire), await node.browser(story.fatima)
    said = [(await browser.answer(await browser.say(uuid4())))["message"] for browser in (claire, fatima)]
    assert said[0] != said[1] or "ouvert" in said[0]


async def test_ping_and_focus(node: Node, story: Story) -> None:
    claire = await node.browser(story.claire)
    await claire.tell("focus", thread=story.thread)
    await claire.tell("focus", thread=None)
    await claire.tell("ping", n=7)
    await claire.until("pong", n=7)
    assert not claire.of("error")


async def test_unknown_types(node: Node, story: Story) -> None:
    claire = await node.browser(story.claire)
    for _ in range(20):
        await claire.tell("dance", steps=3)
    error = await claire.ask("dance", ref="me")
    assert error["code"] == "bad_frame"
    assert len(claire.of("error")) == 1


async def test_ten_bad_frames_in_a_minute(node: Node, story: Story) -> None:
    claire = await node.browser(story.claire)
    for text in ("{", "[]", '"x"', "{}", '{"t":"ping"}', '{"t":"got","thread":1,"seq":2}', "[" * 1000, "", "null"):
        await claire.socket.send(text)
    await claire.until("error", count=9)
    await claire.tell("ping", n=1)
    await claire.until("pong")
    await claire.socket.send("}")
    assert await claire.closed() == 4000
    assert len(claire.of("error", code="bad_frame")) == 10


async def test_sends_without_an_answer_are_bounded(node: Node, story: Story) -> None:
    claire = await node.browser(story.claire, story.thread)
    [connection] = node.realtime.fanout.connections()
    connection.outstanding = 64
    error = await claire.answer(await claire.say(story.thread))
    assert (error["code"], error["retry"]) == ("overloaded", True) and error["after_ms"]
    connection.outstanding = 0
    assert (await claire.answer(await claire.say(story.thread)))["t"] == "ok"


async def test_a_person_with_two_threads(node: Node, story: Story) -> None:
    khadija = await someone("Khadija")
    other = await conversation(khadija, story.fatima)
    fatima, claire, third = (
        await node.browser(story.fatima, story.thread, other),
        await node.browser(story.claire, story.thread),
        await node.browser(khadija, other),
    )
    await claire.answer(await claire.say(story.thread))
    await third.answer(await third.say(other))
    await fatima.seen(other, 1)
    assert fatima.seqs(story.thread) == [1]
    await quiet(0.1)
    assert not claire.of("event", thread=other) and not third.of("event", thread=story.thread)

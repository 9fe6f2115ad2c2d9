"""Conversations over HTTP: who may do what, and what happens to what makes no sense."""

from __future__ import annotations

import uuid

import pytest

from tests.house import House


async def test_asking_twice_about_a_piece_opens_one_thread(house: House) -> None:
    piece = await house.product()
    claire = await house.client("claire")
    body = {"artisan": str(piece.artisan_id), "product": str(piece.id)}
    first, second = await claire.post("/threads", json=body), await claire.post("/threads", json=body)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]


async def test_a_message_is_stored_once_per_cid(house: House) -> None:
    thread, claire = await house.thread(), await house.client("claire")
    body = {"cid": str(uuid.uuid4()), "kind": "text", "body": "Bonjour"}
    first, again = [await claire.post(f"/threads/{thread}/messages", json=body) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() | {"dup": False} == first.json()
    events = (await claire.get(f"/threads/{thread}/events?after=0")).json()
    assert [event["data"]["body"] for event in events["events"]] == ["Bonjour"]
    assert (events["head"], events["more"]) == (1, False)


async def test_a_message_without_cid_is_stored_once_per_idempotency_key(house: House) -> None:
    thread, claire = await house.thread(), await house.client("claire")
    for _ in range(2):
        await claire.post(f"/threads/{thread}/messages", data={"body": "Bonjour"}, headers={"Idempotency-Key": "one"})
    assert (await claire.get(f"/threads/{thread}")).json()["head"] == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"kind": "text", "body": "   "}, "empty"),
        ({"kind": "text", "body": "x" * 4001}, "too_long"),
        ({"kind": "photo"}, "media_missing"),
        ({"kind": "photo", "media": ["01920000-0000-7000-8000-000000000000"]}, "media_missing"),
        ({"kind": "song", "body": "la"}, "bad_frame"),
        ({"kind": "text", "body": 7}, "bad_frame"),
        ({"kind": "text", "body": "x", "cid": "mine"}, "bad_frame"),
        ({"kind": "text", "body": "x", "lang": "not a language"}, "bad_frame"),
    ],
)
async def test_a_bad_message_is_refused_and_changes_nothing(house: House, body: dict, code: str) -> None:
    thread, claire = await house.thread(), await house.client("claire")
    answer = await claire.post(f"/threads/{thread}/messages", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert (await claire.get(f"/threads/{thread}")).json()["head"] == 0


async def test_a_stranger_finds_no_thread(house: House) -> None:
    thread, ellen = await house.thread(), await house.client("ellen")
    tries = [
        await ellen.get(f"/threads/{thread}"),
        await ellen.get(f"/threads/{thread}/events"),
        await ellen.get(f"/threads/{thread}/deal"),
        await ellen.post(f"/threads/{thread}/messages", json={"kind": "text", "body": "hello"}),
        await ellen.post(f"/threads/{thread}/participants", json={"person": str((await house.person("brahim")).id)}),
        await ellen.post(f"/threads/{thread}/events/1/translations", json={"lang": "fr", "text": "x"}),
    ]
    assert {answer.status_code for answer in tries} == {404}


@pytest.mark.parametrize("thread", ["01920000-0000-7000-8000-000000000000", "none", "0", "%00"])
async def test_a_thread_that_does_not_exist(house: House, thread: str) -> None:
    answer = await (await house.client("claire")).get(f"/threads/{thread}")
    assert answer.status_code == 404


async def test_a_mentor_is_called_sees_relays_and_leaves(house: House) -> None:
    thread = await house.thread()
    claire, fatima, ahmed = [await house.client(key) for key in ("claire", "fatima", "ahmed")]
    await claire.post(f"/threads/{thread}/messages", json={"kind": "text", "body": "Bonjour", "lang": "fr"})
    helper = str(house.folk["ahmed"].id)
    assert (await fatima.post(f"/threads/{thread}/participants", json={"person": helper})).status_code == 201
    assert (await fatima.post(f"/threads/{thread}/participants", json={"person": helper})).status_code == 200
    relay = await ahmed.post(f"/threads/{thread}/events/1/translations", json={"lang": "zgh", "text": "Azul"})
    assert relay.status_code == 201
    shown = (await fatima.get(f"/threads/{thread}/events/1")).json()["data"]
    assert (shown["shown"]["text"], shown["body"], shown["waits"]) == ("Azul", "Bonjour", False)
    assert (await claire.get(f"/threads/{thread}/events/1")).json()["data"]["shown"] is None
    assert (await ahmed.delete(f"/threads/{thread}/participants/{helper}")).status_code == 200
    assert (await ahmed.get(f"/threads/{thread}")).status_code == 404
    kinds = [event["kind"] for event in (await claire.get(f"/threads/{thread}/events")).json()["events"]]
    assert kinds == ["message", "joined", "translated", "left"]


async def test_only_helpers_relay_and_only_mentors_are_called(house: House) -> None:
    thread = await house.thread()
    claire = await house.client("claire")
    await claire.post(f"/threads/{thread}/messages", json={"kind": "text", "body": "Bonjour"})
    assert (await claire.post(f"/threads/{thread}/events/1/translations", json={"lang": "zgh", "text": "x"})).status_code == 403
    refused = await claire.post(f"/threads/{thread}/participants", json={"person": str((await house.person("ellen")).id)})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "not_a_mentor")


async def test_neither_side_can_be_removed(house: House) -> None:
    thread = await house.thread()
    claire = await house.client("claire")
    assert (await claire.delete(f"/threads/{thread}/participants/{house.folk['fatima'].id}")).status_code == 403
    assert (await claire.delete(f"/threads/{thread}/participants/me")).status_code == 403


async def test_the_inbox_counts_what_others_said(house: House) -> None:
    thread, claire, fatima = await house.thread(), await house.client("claire"), await house.client("fatima")
    for number in range(3):
        await claire.post(f"/threads/{thread}/messages", json={"kind": "text", "body": f"{number}"})
    [mine], [hers] = [(await client.get("/threads")).json()["items"] for client in (claire, fatima)]
    assert (mine["unread"], hers["unread"], hers["last"]["text"]) == (0, 3, "2")


async def test_history_pages_both_ways(house: House) -> None:
    thread, claire = await house.thread(), await house.client("claire")
    for number in range(7):
        await claire.post(f"/threads/{thread}/messages", json={"kind": "text", "body": f"{number}"})

    async def page(query: str) -> tuple[list[int], bool]:
        found = (await claire.get(f"/threads/{thread}/events?{query}")).json()
        return [event["seq"] for event in found["events"]], found["more"]

    assert await page("after=2&limit=3") == ([3, 4, 5], True)
    assert await page("before=4&limit=2") == ([2, 3], True)
    assert await page("before=3&limit=9") == ([1, 2], False)
    assert (await claire.get(f"/threads/{thread}/events?after=1&before=2")).status_code == 400
    assert (await claire.get(f"/threads/{thread}/events?after=-1")).status_code == 400


async def test_a_steward_enters_in_sight_of_all_and_may_call_a_mentor(house: House) -> None:
    thread = await house.thread()
    khadija, claire = await house.client("khadija"), await house.client("claire")
    assert (await khadija.get(f"/threads/{thread}")).status_code == 404
    entered = await khadija.post(f"/threads/{thread}/participants", json={"person": str(house.folk["khadija"].id)})
    called = await khadija.post(f"/threads/{thread}/participants", json={"person": str((await house.person("ahmed")).id)})
    assert (entered.status_code, called.status_code) == (201, 201)
    events = (await claire.get(f"/threads/{thread}/events")).json()["events"]
    assert [event["data"]["role"] for event in events] == ["steward", "mentor"]

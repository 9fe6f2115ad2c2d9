"""Puts the demo cooperative into an empty database: people, pieces, pictures, what was said and agreed before you came in."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from hashlib import sha256
from typing import Any
from uuid import UUID

from tortoise import connections
from tortoise.transactions import in_transaction

from hub import clock
from hub.actions import media as pictures
from hub.bus import Bus
from hub.children import die_with_parent
from hub.config import Config
from hub.demo import dealing, deals, gallery, loom, people, portraits, products, story
from hub.demo.links import links
from hub.events import Joined, Message, Translated
from hub.ids import new_id
from hub.journal import Journal
from hub.rules.people import Role
from models.catalogue import Product, ProductPhoto
from models.ledger import Rate
from models.media import Media, MediaThread
from models.people import Person
from models.threads import Participation, Thread
from models.translations import Translation

CRAFTS = {"weaving": "textile"}  # the demo's word -> the rules' word, where they differ
Drawn = dict[str, list[pictures.Renditions]]  # pictures by what they are for: "product:<key>" has all its views


async def fill(config: Config) -> dict[str, Any]:
    """Everything, into a connected and empty database; the content of `demo.json`."""
    drawn = await _draw()
    folk = {person.key: await _person(person, drawn[f"person:{person.key}"][0]) for person in people.PEOPLE}
    for currency, dirhams in RATES.items():
        await Rate.create(currency=currency, dirhams=Decimal(dirhams), by=folk["khadija"], at=clock.now())
    pieces = {piece.key: await _product(piece, folk, drawn) for piece in products.all_products()}
    journal = Journal(config, Bus(config.redis_url, "demo", 1))
    for conversation in story.THREADS:
        lines = [line for line in story.LINES if line.thread == conversation.key]
        await _conversation(journal, conversation, lines, folk, pieces, drawn)
    await _deals(config, folk, pieces, drawn)
    return await links(config)


# Pictures: drawn by all cores, named by what they are for


RATES = {"EUR": "10.80", "USD": "9.95", "GBP": "12.60"}  # dirhams for one unit, as a steward would set them
SIZE = (900, 1200)  # pixels of a photograph: drawing is most of the first start
ON_LOOM = ("pomegranate", "red-hanbel")  # whose making is drawn step by step
WEAVING = {"weaving_25": 0.27, "weaving_50": 0.52, "weaving_75": 0.76}


async def _draw() -> Drawn:
    """All pictures, by all cores."""
    jobs = {f"person:{person.key}": partial(_face, person.face) for person in people.PEOPLE}
    jobs |= {f"product:{piece.key}": partial(_views, piece.pictures) for piece in products.all_products()}
    jobs |= {f"woven:{piece.key}:{step}": partial(_on_loom, piece.style, piece.seed, woven)
             for piece in products.all_products() if piece.key in ON_LOOM for step, woven in WEAVING.items()}
    jobs |= {f"line:{number}": partial(_on_loom, *line.photo) for number, line in enumerate(story.LINES) if line.photo}
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(max_workers=os.cpu_count() or 1, initializer=die_with_parent) as workers:
        done = await asyncio.gather(*(loop.run_in_executor(workers, job) for job in jobs.values()))
    return dict(zip(jobs, done, strict=True))


def _face(face: people.Face) -> list[pictures.Renditions]:
    return [pictures.resized(portraits.portrait(face.seed, face.dress).convert("RGB"))]


def _views(views: Sequence[gallery.Picture]) -> list[pictures.Renditions]:
    return [pictures.resized(drawn.convert("RGB")) for drawn in gallery.draw_all(views, *SIZE)]


def _on_loom(style: str, seed: int, woven: float) -> list[pictures.Renditions]:
    return [pictures.resized(loom.progress(seed, style, woven, *SIZE).convert("RGB"))]


async def _media(renditions: pictures.Renditions, purpose: str, owner: UUID | None) -> Media:
    row = Media(
        id=new_id(),
        owner_id=owner,
        purpose=purpose,
        width=renditions.width,
        height=renditions.height,
        sha256=sha256(renditions.large).hexdigest(),
    )
    await pictures.write(row.id, renditions)
    await row.save()
    return row


# People and pieces


async def _person(person: people.Person, face: pictures.Renditions) -> Person:
    place = people.PLACES[person.place].name
    row = await Person.create(
        id=new_id(),
        name=person.name,
        email=person.email,
        phone=person.phone,
        roles=list(person.roles),
        locale=person.locale,
        reads=list(person.reads),
        speaks=list(person.speaks),
        village=place.fr,
        craft=CRAFTS.get(person.craft or "", person.craft),
        bio=vars(person.biography) if person.biography else {},
    )
    row.portrait = await _media(face, "portrait", row.id)
    await row.save(update_fields=["portrait_id"])
    return row


async def _product(piece: products.Product, folk: dict[str, Person], drawn: Drawn) -> Product:
    row = await Product.create(
        id=new_id(),
        artisan=folk[piece.artisan],
        title=vars(piece.title),
        description=vars(piece.description),
        craft=CRAFTS.get(piece.craft, piece.craft),
        price=piece.price_minor,
        currency=piece.currency,
        one_of_a_kind=piece.made == "one_of_a_kind",
        width_cm=piece.width_cm,
        length_cm=piece.length_cm,
        weight_g=piece.weight_g,
        materials=list(piece.materials),
        colours=list(piece.colours),
        technique=vars(piece.technique),
        making_days=piece.making_days,
    )
    for position, view in enumerate(drawn[f"product:{piece.key}"]):
        photo = await _media(view, "product", row.artisan_id)
        await ProductPhoto.create(product=row, media=photo, position=position)
    return row


# What was agreed, and what was said before


async def _deals(config: Config, folk: dict[str, Person], pieces: dict[str, Product], drawn: Drawn) -> None:
    """Every deal by the verbs that people use, and each of its events read by everybody but the last."""
    taken: dict[tuple[str, str], str] = {}

    async def picture(maker: Person, piece: str, purpose: str, step: str) -> str:
        views = drawn.get(f"woven:{piece}:{step}") or drawn[f"product:{piece}"]
        name = (f"{piece}:{step}" if f"woven:{piece}:{step}" in drawn else piece, purpose)
        if name not in taken:
            taken[name] = str((await _media(views[0 if purpose == "finished" else -1], purpose, maker.id)).id)
        return taken[name]

    cast = dealing.Cast(folk, pieces, picture, drawn["product:star-pouf"][0].large)
    async with dealing.at_work(config):
        for deal in deals.DEALS:
            await dealing.play(cast, deal)
    await connections.get("default").execute_query_dict(
        "UPDATE participation p SET got = t.last_seq, read = t.last_seq FROM thread t WHERE t.id = p.thread_id", []
    )



async def _conversation(
    journal: Journal,
    conversation: story.Thread,
    lines: list[story.Line],
    folk: dict[str, Person],
    pieces: dict[str, Product],
    drawn: Drawn,
) -> None:
    start = clock.now() - timedelta(minutes=lines[0].minutes_ago + 5)
    thread = await Thread.create(
        id=new_id(),
        buyer=folk[conversation.buyer],
        artisan=folk[conversation.artisan],
        product=pieces[conversation.product],
        created_at=start,
    )
    seats = {conversation.buyer: "buyer", conversation.artisan: "artisan"}
    for key, role in seats.items():
        await Participation.create(thread=thread, person=folk[key], role=role, joined_at=start)
    async with in_transaction() as connection:
        for key in conversation.helpers:
            role = "steward" if Role.STEWARD in folk[key].roles else "mentor"
            await Participation.create(thread=thread, person=folk[key], role=role, joined_at=start)
            event = Joined(person=str(folk[key].id), role=role, called_by=str(thread.artisan_id))
            await journal.write(connection, thread.id, thread.artisan_id, event, start)
        for line in lines:
            await _line(journal, connection, thread, line, folk, drawn)
        await connection.execute_query_dict(
            "UPDATE participation p SET got = t.last_seq, read = t.last_seq FROM thread t WHERE t.id = p.thread_id AND t.id = $1",
            [thread.id],
        )


async def _line(
    journal: Journal, connection: Any, thread: Thread, line: story.Line, folk: dict[str, Person], drawn: Drawn
) -> None:
    at, author = clock.now() - timedelta(minutes=line.minutes_ago), folk[line.author]
    media: tuple[str, ...] = ()
    if line.photo:
        photo = await _media(drawn[f"line:{story.LINES.index(line)}"][0], "message", author.id)
        await MediaThread.create(media=photo, thread=thread)
        media = (str(photo.id),)
    message = Message(kind="photo" if media else "text", body=line.text, media=media, lang=line.lang)
    said = await journal.write(connection, thread.id, author.id, message, at)
    if line.relay:
        await _relay(journal, connection, thread, said.seq, line.relay, folk[line.relay.by], at + timedelta(minutes=3))


async def _relay(
    journal: Journal, connection: Any, thread: Thread, seq: int, relay: story.Relay, by: Person, at: datetime
) -> None:
    await Translation.create(thread=thread, seq=seq, lang=relay.lang, text=relay.text, by=by, created_at=at)
    await journal.write(connection, thread.id, by.id, Translated(seq=seq, lang=relay.lang, text=relay.text), at)

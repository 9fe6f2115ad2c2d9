"""Signing in and out: one-time codes, one-tap links, and the devices a person is signed in on."""

from __future__ import annotations

import re
import secrets
import unicodedata
from datetime import timedelta
from typing import Any, NamedTuple

import phonenumbers
import structlog
from tortoise.expressions import F

from hub import clock, i18n, jobs
from hub.actions import outbound
from hub.config import config
from hub.errors import N_, Refusal
from hub.ids import hashed, new_id, new_token, uuid_or_none
from hub.unit import Unit, services, verb
from hub.views import rates
from models.people import Person, Session, SignInCode, SignInLink

log = structlog.get_logger("people")

NAME = 120  # characters
# One address: never a list of them, nor anything else that a letter's header would understand.
ADDRESS = re.compile(r"[^\s@<>(),;:\\\"\[\]]{1,64}@([\w-]+\.)+[\w-]{2,}")
UNSEEN = frozenset({"Cc", "Cs", "Zl", "Zp"})  # categories of signs that no name is written with
MAIL_SUBJECT = N_("Your code for %(cooperative)s: %(code)s")
MAIL_TEXT = N_("Your code is %(code)s. It is good for %(minutes)s minutes. If you did not ask for it, leave it be.")


class Contact(NamedTuple):
    """How to reach somebody; `kind` is `email` or `phone`."""

    kind: str
    value: str


def contact(text: Any) -> Contact:
    """A person's own spelling of an address or number, made uniform. Raises Refusal `bad_contact`."""
    typed = text.strip() if isinstance(text, str) else ""
    if "@" in typed:
        if len(typed) <= 254 and typed.isprintable() and ADDRESS.fullmatch(typed):
            return Contact("email", typed.lower())
    else:
        try:
            number = phonenumbers.parse(typed, "MA")
        except phonenumbers.NumberParseException:
            number = None
        if number and phonenumbers.is_possible_number(number):
            return Contact("phone", phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    raise Refusal("bad_contact", fields={"contact": "bad_contact"})


@verb
async def ask_code(u: Unit, typed: Any, locale: str) -> dict[str, Any]:
    """Send a one-time code. The answer is the same whether or not the contact is known to us."""
    to = contact(typed)
    if not (config().codes_in_log or outbound.reachable(to.kind)):
        raise Refusal("not_reachable", fields={"contact": "not_reachable"})
    await u.connection.execute_query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [f"code:{to.value}"])
    hour = u.now - timedelta(hours=1)
    if (
        await SignInCode.filter(contact=to.value, created_at__gt=hour).using_db(u.connection).count()
        >= config().codes_per_hour
    ):
        raise Refusal("rate", after_ms=600_000)
    code = f"{secrets.randbelow(1_000_000):06d}"
    await SignInCode.create(
        using_db=u.connection,
        id=new_id(),
        contact=to.value,
        code_hash=_code_hash(to.value, code),
        created_at=u.now,
        expires_at=u.now + timedelta(minutes=config().code_minutes),
    )
    if config().codes_in_log:
        u.after.append(lambda: log.info("one_time_code", contact=to.value, code=code))
    else:
        values = {"code": code, "cooperative": config().cooperative, "minutes": config().code_minutes}
        u.later(
            jobs.SEND_CODE,
            kind=to.kind,
            to=to.value,
            subject=i18n.words(locale, MAIL_SUBJECT, **values),
            text=i18n.words(locale, MAIL_TEXT, **values),
        )
    return {"contact": to.value, "minutes": config().code_minutes}


def _code_hash(to: str, code: str) -> str:
    return hashed(f"{to}:{code}")


async def sign_in_with_code(typed: Any, code: Any, device: str, locale: str) -> tuple[Person, str]:
    """The person (new ones become buyers) and the token of a new session. Raises Refusal `bad_code`, `code_spent`."""
    to, digits, now = contact(typed), _digits(code), clock.now()
    row = await SignInCode.filter(contact=to.value, used_at=None, expires_at__gt=now).order_by("-created_at").first()
    counted = row and await SignInCode.filter(id=row.id, used_at=None, tries__lt=config().code_tries).update(
        tries=F("tries") + 1  # before looking: of many tries at once no more than these are looked at
    )
    if row is None or not counted:
        raise Refusal("code_spent")
    if not secrets.compare_digest(row.code_hash, _code_hash(to.value, digits)):
        raise Refusal("bad_code", fields={"code": "bad_code"})
    if not await SignInCode.filter(id=row.id, used_at=None).update(used_at=now):
        raise Refusal("code_spent")
    reach: dict[str, Any] = {to.kind: to.value}
    person, _ = await Person.get_or_create(
        defaults={
            "id": new_id(),
            "name": _first_name(to),
            "roles": ["buyer"],
            "locale": locale,
            "reads": [locale],
            "speaks": [locale],
        },
        **reach,
    )
    await person.fetch_related("portrait")
    return person, await open_session(person, device)


def _digits(typed: Any) -> str:
    """The digits of what was typed, in whichever script."""
    return "".join(str(unicodedata.digit(sign)) for sign in str(typed or "") if sign.isdigit())


def _first_name(to: Contact) -> str:
    if to.kind == "phone":
        return f"…{to.value[-4:]}"
    return to.value.partition("@")[0].partition("+")[0].replace(".", " ").replace("_", " ").title()[:NAME]


async def open_session(person: Person, device: str) -> str:
    """Sign `person` in on this device; the token for its cookie."""
    token, now = new_token(), clock.now()
    await Session.create(
        id=new_id(),
        person_id=person.id,
        token_hash=hashed(token),
        device=device[:200] or "?",
        created_at=now,
        seen_at=now,
        expires_at=now + timedelta(days=config().session_days),
    )
    return token


async def make_link(person: Person, *, lasting: bool = False) -> str:
    """The token of a one-tap link for `person`; a lasting one (demo only) works until it expires."""
    token = new_token()
    await SignInLink.create(
        id=new_id(),
        person_id=person.id,
        token_hash=hashed(token),
        lasting=lasting,
        expires_at=clock.now() + timedelta(minutes=config().link_minutes if not lasting else 365 * 24 * 60),
    )
    return token


async def link(token: str) -> SignInLink:
    """A link that still works. Raises Refusal `link_spent`."""
    found = (
        await SignInLink.filter(token_hash=hashed(token), used_at=None, expires_at__gt=clock.now())
        .select_related("person", "person__portrait")
        .first()
    )
    if found is None:
        raise Refusal("link_spent")
    return found


async def sign_in_with_link(token: str, device: str) -> tuple[Person, str]:
    """The link's person and the token of a new session; the link is used up unless it is lasting. Raises `link_spent`."""
    found = await link(token)
    if not found.lasting and not await SignInLink.filter(id=found.id, used_at=None).update(used_at=clock.now()):
        raise Refusal("link_spent")
    return found.person, await open_session(found.person, device)


@verb
async def end_session(u: Unit, session_id: Any) -> dict[str, Any]:
    """Sign out one of the person's devices; its sockets close within a second. Raises Refusal `not_found`."""
    found = uuid_or_none(session_id)
    ended = found and await Session.filter(id=found, person_id=u.person.id, revoked_at=None).using_db(
        u.connection
    ).update(revoked_at=u.now)
    if not ended:
        raise Refusal("not_found")
    _revoke(u, str(found))
    return {"ended": str(found)}


def _revoke(u: Unit, session: str) -> None:
    person = str(u.person.id)
    u.after.append(lambda: services().bus.ring("revoked", to=(person,), frame=session.encode()))


async def devices(person: Person) -> list[Session]:
    """Where this person is signed in, the latest used first."""
    return (
        await Session.filter(person_id=person.id, revoked_at=None, expires_at__gt=clock.now())
        .order_by("-seen_at")
        .limit(50)
    )


@verb
async def choose_locale(u: Unit, locale: str) -> dict[str, Any]:
    """The language of the screens, remembered for all devices. Raises Refusal `bad_form`."""
    if locale not in i18n.LOCALES:
        raise Refusal("bad_form", fields={"locale": "unknown"})
    await Person.filter(id=u.person.id).using_db(u.connection).update(locale=locale)
    return {"locale": locale}


@verb
async def choose_currency(u: Unit, currency: Any) -> dict[str, Any]:
    """The currency they think in, shown beside the binding one in quotes written from now on; none for no other.

    Raises Refusal `bad_form`.
    """
    code = str(currency or "").strip().upper() or None
    if code and code not in await rates.known():
        raise Refusal("bad_form", fields={"currency": "unknown_currency"})
    await Person.filter(id=u.person.id).using_db(u.connection).update(display_currency=code)
    return {"display_currency": code}


@verb
async def rename(u: Unit, name: Any) -> dict[str, Any]:
    """The name others see. Raises Refusal `bad_form`."""
    typed = " ".join(name.split()) if isinstance(name, str) else ""
    if any(unicodedata.category(sign) in UNSEEN for sign in typed):
        raise Refusal("bad_form", fields={"name": "bad_characters"})
    if not 1 <= len(typed) <= NAME:
        raise Refusal("bad_form", fields={"name": "missing" if not typed else "too_long"})
    await Person.filter(id=u.person.id).using_db(u.connection).update(name=typed)
    return {"name": typed}

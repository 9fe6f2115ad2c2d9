"""People, how they sign in, and the devices they are signed in on."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model


class Person(Model):
    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(max_length=120)
    email = fields.CharField(max_length=254, null=True, unique=True)  # lower case
    phone = fields.CharField(max_length=20, null=True, unique=True)  # E.164
    roles: Any = ArrayField(element_type="text", default=list)
    locale = fields.CharField(max_length=8, default="fr")  # language of the screens
    reads: Any = ArrayField(element_type="text", default=list)  # languages of messages, best first
    speaks: Any = ArrayField(element_type="text", default=list)
    display_currency = fields.CharField(max_length=3, null=True)  # the one a buyer thinks in, beside the binding one
    village = fields.CharField(max_length=120, null=True)
    region = fields.CharField(max_length=120, null=True)
    craft = fields.CharField(max_length=20, null=True)
    bio: Any = fields.JSONField(default=dict)  # locale -> text
    portrait: Any = fields.ForeignKeyField("models.Media", null=True, related_name=False, on_delete=fields.SET_NULL)
    created_at = fields.DatetimeField(auto_now_add=True)

    portrait_id: Any

    class Meta:
        table = "person"


class Session(Model):
    """A device on which a person is signed in. Only the token's hash is kept."""

    id = fields.UUIDField(primary_key=True)
    person: Any = fields.ForeignKeyField("models.Person", related_name="sessions")
    token_hash = fields.CharField(max_length=64, unique=True)  # SHA-256, hex
    device = fields.CharField(max_length=200)  # the browser's own words, for the list of devices
    created_at = fields.DatetimeField(auto_now_add=True)
    seen_at = fields.DatetimeField(auto_now_add=True)
    expires_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)

    person_id: Any

    class Meta:
        table = "session"


class SignInCode(Model):
    """A one-time code sent to an e-mail address or a telephone."""

    id = fields.UUIDField(primary_key=True)
    contact = fields.CharField(max_length=254, db_index=True)
    code_hash = fields.CharField(max_length=64)
    tries = fields.SmallIntField(default=0)
    created_at = fields.DatetimeField(auto_now_add=True)
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "sign_in_code"


class SignInLink(Model):
    """A one-tap link; one that is `lasting` (demo only) works until it expires."""

    id = fields.UUIDField(primary_key=True)
    person: Any = fields.ForeignKeyField("models.Person", related_name=False)
    token_hash = fields.CharField(max_length=64, unique=True)
    lasting = fields.BooleanField(default=False)
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    person_id: Any

    class Meta:
        table = "sign_in_link"

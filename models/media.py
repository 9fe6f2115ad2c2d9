"""Pictures (and later voice notes), and the threads in which they may be seen."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model


class Media(Model):
    """A stored picture: oriented, without its location, in two WebP renditions `small` and `large`."""

    id = fields.UUIDField(primary_key=True)
    owner_id = fields.UUIDField(null=True)  # the person who sent it; no relation: a person's portrait already points here
    purpose = fields.CharField(max_length=20)  # hub.rules.media
    width = fields.IntField()  # of the rendition `large`
    height = fields.IntField()
    sha256 = fields.CharField(max_length=64)  # of what was uploaded
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "media"


class MediaThread(Model):
    """This picture was shown in this thread, so its people may see it."""

    id = fields.BigIntField(primary_key=True)
    media: Any = fields.ForeignKeyField("models.Media", related_name=False)
    thread: Any = fields.ForeignKeyField("models.Thread", related_name=False)

    media_id: Any
    thread_id: Any

    class Meta:
        table = "media_thread"
        unique_together = (("media", "thread"),)

"""Shipments: what travels, its parcels, and every scan that anyone reported."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.fields.db_defaults import SqlDefault
from tortoise.models import Model


class Shipment(Model):
    """`status` and `reason` are derived from all checkpoints (hub.rules.shipments.derive) and kept for lookups.

    Migration 0003 lets a tracking number be in use once per carrier among `living` shipments: carriers recycle them.
    """

    id = fields.UUIDField(primary_key=True)
    order: Any = fields.ForeignKeyField("models.Order", related_name="shipments", on_delete=fields.RESTRICT)
    carrier = fields.CharField(max_length=40)
    service = fields.CharField(max_length=60, null=True)
    tracking_number = fields.CharField(max_length=60, null=True)
    status = fields.CharField(max_length=20)
    reason = fields.CharField(max_length=40, null=True)
    living = fields.BooleanField(default=True)
    eta = fields.DateField(null=True)  # the carrier's own, and when it said so
    eta_at = fields.DatetimeField(null=True)
    pickup_from = fields.DatetimeField(null=True)
    pickup_until = fields.DatetimeField(null=True)
    customs: Any = fields.JSONField(null=True)  # {description, value (minor units), currency}
    door: Any = fields.JSONField(null=True)  # hub.rules.sending.Door: for the label and the courier, and nobody else
    booked_by: Any = fields.ForeignKeyField("models.Person", related_name=False, on_delete=fields.RESTRICT)
    booked_at = fields.DatetimeField()
    heard_at = fields.DatetimeField()  # of the newest checkpoint received, or the booking; rests once it has ended
    delivered_at = fields.DatetimeField(null=True)
    proof_name = fields.CharField(max_length=120, null=True)  # who took it
    proof_media: Any = fields.ForeignKeyField("models.Media", null=True, related_name=False, on_delete=fields.RESTRICT)
    proof_signature: Any = fields.ForeignKeyField("models.Media", null=True, related_name=False, on_delete=fields.RESTRICT)
    proof_at = fields.DatetimeField(null=True)
    courier_code = fields.CharField(max_length=10, db_default=SqlDefault("courier_code()"))  # of migration 0012, with its index
    link_turn = fields.IntField(default=0, db_default=0)  # how often its courier's link was renewed
    link_since = fields.DatetimeField(null=True)  # when it last was
    poll_at = fields.DatetimeField(null=True)  # when its carrier is asked again; null: never asked, due since it was booked
    silent_polls = fields.SmallIntField(default=0, db_default=0)  # answers without news, one after the other
    trouble = fields.SmallIntField(default=99, db_default=99)  # hub.rules.trouble: the lower, the worse; 99 is none
    look_at = fields.DatetimeField(null=True)  # when time alone may make it worse
    carrier_label = fields.UUIDField(null=True)  # the purchase whose PDF lies in the store

    order_id: Any
    booked_by_id: Any
    proof_media_id: Any
    proof_signature_id: Any

    class Meta:
        table = "shipment"
        indexes = (("order_id", "booked_at"), ("living", "heard_at"))


class Parcel(Model):
    id = fields.BigIntField(primary_key=True)
    shipment: Any = fields.ForeignKeyField("models.Shipment", related_name="parcels", on_delete=fields.RESTRICT)
    number = fields.SmallIntField()  # from 1
    length_cm = fields.IntField()
    width_cm = fields.IntField()
    height_cm = fields.IntField()
    weight_g = fields.IntField()

    shipment_id: Any

    class Meta:
        table = "parcel"
        unique_together = (("shipment", "number"),)


class Checkpoint(Model):
    """One observed scan, never changed: a trigger of migration 0003 sees to it."""

    id = fields.BigIntField(primary_key=True)
    shipment: Any = fields.ForeignKeyField("models.Shipment", related_name="checkpoints", on_delete=fields.RESTRICT)
    sameness = fields.CharField(max_length=64)  # hash of hub.rules.shipments.same(): the same scan reported twice is one
    at = fields.DatetimeField()  # when it happened
    received_at = fields.DatetimeField()
    status = fields.CharField(max_length=20)
    reason = fields.CharField(max_length=40, null=True)
    place = fields.CharField(max_length=200, null=True)
    note: Any = fields.TextField(null=True)
    source = fields.CharField(max_length=14)  # courier_link carrier_hook carrier_poll steward
    code = fields.CharField(max_length=80, null=True)  # the carrier's own
    by: Any = fields.ForeignKeyField("models.Person", null=True, related_name=False, on_delete=fields.RESTRICT)

    shipment_id: Any
    by_id: Any

    class Meta:
        table = "checkpoint"
        unique_together = (("shipment", "sameness"),)
        indexes = (("shipment_id", "at"),)


class CarrierLabel(Model):
    """A label that is bought from a carrier: written down before the carrier is asked, so that money is spent once.

    Migration 0015 lets an order have one that is open (`hub.rules.labels.OPEN`) at a time.
    """

    id = fields.UUIDField(primary_key=True)
    order: Any = fields.ForeignKeyField("models.Order", related_name=False, on_delete=fields.RESTRICT)
    carrier = fields.CharField(max_length=40)
    service = fields.CharField(max_length=60)  # the connector's name of it
    reference = fields.CharField(max_length=20, unique=True)  # by which the carrier knows it
    state = fields.CharField(max_length=10)  # hub.rules.labels.Label
    booking: Any = fields.JSONField()  # what is to be booked with it: {booking, boxes, receiver}
    asked_by: Any = fields.ForeignKeyField("models.Person", related_name=False, on_delete=fields.RESTRICT)
    asked_at = fields.DatetimeField()
    called_at = fields.DatetimeField(null=True)  # when the carrier was asked, by whoever was the first to set it
    ended_at = fields.DatetimeField(null=True)
    tracking_number = fields.CharField(max_length=60, null=True)
    carrier_shipment = fields.CharField(max_length=100, null=True)  # the carrier's own id
    price = fields.BigIntField(null=True)  # minor units
    currency = fields.CharField(max_length=3, null=True)
    printable = fields.BooleanField(default=False, db_default=False)  # its PDF lies in the store
    words: Any = fields.TextField(null=True)  # the carrier's, or a steward's
    shipment: Any = fields.ForeignKeyField("models.Shipment", null=True, related_name=False, on_delete=fields.RESTRICT)

    order_id: Any
    asked_by_id: Any
    shipment_id: Any

    class Meta:
        table = "carrier_label"
        indexes = (("order_id", "asked_at"),)


class CarrierReport(Model):
    """One signed call of a carrier; kept even when its tracking number is not known, for the stewards.

    It is kept first and worked on after: until `worked_at` nothing has become of it.
    """

    id = fields.BigIntField(primary_key=True)
    carrier = fields.CharField(max_length=40)
    event_id = fields.CharField(max_length=200)
    tracking_number = fields.CharField(max_length=60)
    body: Any = fields.JSONField(null=True)  # word for word, for hub.actions.house.REPORTS_KEPT
    shipment: Any = fields.ForeignKeyField("models.Shipment", null=True, related_name=False, on_delete=fields.RESTRICT)
    received_at = fields.DatetimeField()
    scans: Any = fields.JSONField(null=True)  # the body in our words
    eta = fields.DateField(null=True)  # and when it will be there
    worked_at = fields.DatetimeField(null=True)
    tries = fields.SmallIntField(default=0, db_default=0)  # by the clock

    shipment_id: Any

    class Meta:
        table = "carrier_report"
        unique_together = (("carrier", "event_id"),)
        indexes = (("carrier", "tracking_number"),)


class Journey(Model):
    """A shipment that arrived, as what others are told of: how long it took from where to where."""

    shipment: Any = fields.OneToOneField("models.Shipment", primary_key=True, related_name=False, on_delete=fields.RESTRICT)
    carrier = fields.CharField(max_length=40)
    village = fields.CharField(max_length=120, null=True)
    country = fields.CharField(max_length=2)
    days = fields.SmallIntField()
    delivered_at = fields.DatetimeField()

    shipment_id: Any

    class Meta:
        table = "journey"
        indexes = (("country", "carrier", "delivered_at"), ("country", "delivered_at"))


class CarrierRest(Model):
    """A carrier that did not answer, how often one after the other, and until when it is left alone."""

    carrier = fields.CharField(max_length=40, primary_key=True)
    faults = fields.IntField()
    until = fields.DatetimeField(null=True)

    class Meta:
        table = "carrier_rest"

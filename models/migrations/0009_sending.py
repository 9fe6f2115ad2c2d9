"""When a parcel is fetched, and what customs are told. All empty for what was booked before."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0008_corrected")]

    operations = [
        ops.AddField("Shipment", "pickup_from", fields.DatetimeField(null=True)),
        ops.AddField("Shipment", "pickup_until", fields.DatetimeField(null=True)),
        ops.AddField("Shipment", "customs", fields.JSONField(null=True)),
    ]

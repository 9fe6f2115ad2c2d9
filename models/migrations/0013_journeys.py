"""What past journeys took, for those that are on their way; when a carrier said for which day it expects a parcel."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

# As hub/rules/arrival.py counts them: from the first scan on the way, and none that was on its way back.
PAST = """
INSERT INTO journey (shipment_id, carrier, village, country, days, delivered_at)
SELECT s.id, s.carrier, p.village, o.terms->'ship_to'->>'country',
       greatest((s.delivered_at AT TIME ZONE 'UTC')::date - (w.left_at AT TIME ZONE 'UTC')::date, 0), s.delivered_at
FROM shipment s JOIN orders o ON o.id = s.order_id JOIN person p ON p.id = o.artisan_id
CROSS JOIN LATERAL (
    SELECT min(at) FILTER (WHERE status NOT IN ('pending', 'unknown', 'cancelled', 'delivered')) AS left_at,
           bool_or(status = 'return_to_sender') AS came_back
    FROM checkpoint WHERE shipment_id = s.id
) w
WHERE s.status = 'delivered' AND s.delivered_at IS NOT NULL AND w.left_at IS NOT NULL AND NOT w.came_back
"""


class Migration(migrations.Migration):
    dependencies = [("models", "0012_courier")]

    operations = [
        ops.AddField("CarrierReport", "eta", fields.DateField(null=True)),
        ops.AddField("Shipment", "eta_at", fields.DatetimeField(null=True)),
        ops.CreateModel(
            name="Journey",
            fields=[
                ("shipment", fields.OneToOneField(
                    "models.Shipment", source_field="shipment_id", primary_key=True, db_index=True, db_constraint=True,
                    to_field="id", related_name=False, on_delete=OnDelete.RESTRICT,
                )),
                ("carrier", fields.CharField(max_length=40)),
                ("village", fields.CharField(null=True, max_length=120)),
                ("country", fields.CharField(max_length=2)),
                ("days", fields.SmallIntField()),
                ("delivered_at", fields.DatetimeField()),
            ],
            options={
                "table": "journey", "app": "models", "pk_attr": "shipment_id",
                "indexes": [Index(fields=["country", "carrier", "delivered_at"]), Index(fields=["country", "delivered_at"])],
            },
            bases=["Model"],
        ),
        ops.RunSQL(PAST, "SELECT 1"),
    ]

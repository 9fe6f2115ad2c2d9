"""What carriers report is kept first and worked on after; when each carrier is asked next, and which of them rests."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

WORKED = "UPDATE carrier_report SET worked_at = received_at"
WAITING = "CREATE INDEX carrier_report_waiting ON carrier_report (received_at) WHERE worked_at IS NULL"
# Due by carrier: a shipment that was never asked about is due since it was booked.
DUE = (
    "CREATE INDEX shipment_due ON shipment (carrier, (coalesce(poll_at, booked_at)))"
    " WHERE living AND tracking_number IS NOT NULL"
)


class Migration(migrations.Migration):
    dependencies = [("models", "0010_passport")]

    operations = [
        ops.AddField("CarrierReport", "scans", fields.JSONField(null=True)),
        ops.AddField("CarrierReport", "worked_at", fields.DatetimeField(null=True)),
        ops.AddField("CarrierReport", "tries", fields.SmallIntField(default=0, db_default=0)),
        ops.AddField("Shipment", "poll_at", fields.DatetimeField(null=True)),
        ops.AddField("Shipment", "silent_polls", fields.SmallIntField(default=0, db_default=0)),
        ops.CreateModel(
            name="CarrierRest",
            fields=[
                ("carrier", fields.CharField(max_length=40, primary_key=True, unique=True, db_index=True)),
                ("faults", fields.IntField()),
                ("until", fields.DatetimeField(null=True)),
            ],
            options={"table": "carrier_rest", "app": "models", "pk_attr": "carrier"},
            bases=["Model"],
        ),
        ops.RunSQL(WORKED, "SELECT 1"),
        ops.RunSQL(WAITING, "DROP INDEX carrier_report_waiting"),
        ops.RunSQL(DUE, "DROP INDEX shipment_due"),
    ]

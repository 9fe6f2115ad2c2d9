"""What is wrong with each parcel is kept beside it, for the stewards' board to be sorted by; and when it has to be looked at again."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

LOOK = "UPDATE shipment SET look_at = booked_at WHERE living"  # by the clock, soon
BOARD = "CREATE INDEX shipment_board ON shipment (trouble, heard_at, id) WHERE living"
WATCHED = "CREATE INDEX shipment_watched ON shipment (look_at) WHERE living AND look_at IS NOT NULL"
UNNUMBERED = "CREATE INDEX shipment_unnumbered ON shipment (booked_at) WHERE living AND tracking_number IS NULL"
UNMATCHED = "CREATE INDEX carrier_report_unmatched ON carrier_report (received_at) WHERE shipment_id IS NULL"


class Migration(migrations.Migration):
    dependencies = [("models", "0013_journeys")]

    operations = [
        ops.AddField("Shipment", "trouble", fields.SmallIntField(default=99, db_default=99)),
        ops.AddField("Shipment", "look_at", fields.DatetimeField(null=True)),
        ops.RunSQL(LOOK, "SELECT 1"),
        ops.RunSQL(BOARD, "DROP INDEX shipment_board"),
        ops.RunSQL(WATCHED, "DROP INDEX shipment_watched"),
        ops.RunSQL(UNNUMBERED, "DROP INDEX shipment_unnumbered"),
        ops.RunSQL(UNMATCHED, "DROP INDEX carrier_report_unmatched"),
    ]

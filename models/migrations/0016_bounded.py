"""What grew for ever: carriers' calls word for word, and the search for pieces without a passport, over all pieces there ever were."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

HAVE = "UPDATE orders SET has_passport = true FROM passport WHERE passport.order_id = orders.id"
DUE = "CREATE INDEX orders_passport_due ON orders (inspected_at) WHERE inspected_at IS NOT NULL AND NOT has_passport"
WRITTEN = "CREATE INDEX carrier_report_written ON carrier_report (worked_at) WHERE body IS NOT NULL"
EMPTIED = "UPDATE carrier_report SET body = '{}' WHERE body IS NULL"  # backwards: the column held something then


class Migration(migrations.Migration):
    dependencies = [("models", "0015_labels")]

    operations = [
        ops.AddField("Order", "has_passport", fields.BooleanField(default=False, db_default=False)),
        ops.RunSQL(HAVE, "SELECT 1"),
        ops.RunSQL(DUE, "DROP INDEX orders_passport_due"),
        ops.AlterField("CarrierReport", "body", fields.JSONField(null=True)),
        ops.RunSQL("SELECT 1", EMPTIED),
        ops.RunSQL(WRITTEN, "DROP INDEX carrier_report_written"),
    ]

"""When a courier's link was last renewed: from then on its scans are counted anew."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0017_proofs")]

    operations = [ops.AddField("Shipment", "link_since", fields.DatetimeField(null=True))]

"""To which door a parcel is brought: the terms know country and city."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0018_links")]

    operations = [ops.AddField("Shipment", "door", fields.JSONField(null=True))]

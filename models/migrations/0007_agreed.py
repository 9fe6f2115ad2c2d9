"""Pauses, the reminder about a deposit, and the currency a buyer thinks in. All empty for what is there already."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0006_payments")]

    operations = [
        ops.AddField("Order", "reminded_at", fields.DatetimeField(null=True)),
        ops.AddField("Order", "ask_pause", fields.JSONField(null=True)),
        ops.AddField("Order", "pause", fields.JSONField(null=True)),
        ops.AddField("Person", "display_currency", fields.CharField(max_length=3, null=True)),
    ]

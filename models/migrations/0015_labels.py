"""Labels bought from carriers, and passports that were withdrawn."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

# One purchase of an order is open at a time: a second tap, on whichever node, finds the first.
ONE = "CREATE UNIQUE INDEX carrier_label_open ON carrier_label (order_id) WHERE state IN ('asked', 'bought', 'unsure')"
GUARDS = tuple(
    ops.RunSQL(
        f"CREATE TRIGGER passport_withdrawal_{name} BEFORE {when} ON passport_withdrawal FOR EACH {each} EXECUTE FUNCTION refuse_change()",
        f"DROP TRIGGER passport_withdrawal_{name} ON passport_withdrawal",
    )
    for name, when, each in (("unchanging", "UPDATE OR DELETE", "ROW"), ("not_emptied", "TRUNCATE", "STATEMENT"))
)


class Migration(migrations.Migration):
    dependencies = [("models", "0014_trouble")]

    operations = [
        ops.CreateModel(
            name="CarrierLabel",
            fields=[
                ("id", fields.UUIDField(primary_key=True, unique=True, db_index=True)),
                ("order", fields.ForeignKeyField("models.Order", source_field="order_id", db_constraint=True, to_field="id", related_name=False, on_delete=OnDelete.RESTRICT)),
                ("carrier", fields.CharField(max_length=40)),
                ("service", fields.CharField(max_length=60)),
                ("reference", fields.CharField(unique=True, max_length=20)),
                ("state", fields.CharField(max_length=10)),
                ("booking", fields.JSONField()),
                ("asked_by", fields.ForeignKeyField("models.Person", source_field="asked_by_id", db_constraint=True, to_field="id", related_name=False, on_delete=OnDelete.RESTRICT)),
                ("asked_at", fields.DatetimeField()),
                ("called_at", fields.DatetimeField(null=True)),
                ("ended_at", fields.DatetimeField(null=True)),
                ("tracking_number", fields.CharField(null=True, max_length=60)),
                ("carrier_shipment", fields.CharField(null=True, max_length=100)),
                ("price", fields.BigIntField(null=True)),
                ("currency", fields.CharField(null=True, max_length=3)),
                ("printable", fields.BooleanField(default=False, db_default=False)),
                ("words", fields.TextField(null=True, unique=False)),
                ("shipment", fields.ForeignKeyField("models.Shipment", source_field="shipment_id", null=True, db_constraint=True, to_field="id", related_name=False, on_delete=OnDelete.RESTRICT)),
            ],
            options={"table": "carrier_label", "app": "models", "pk_attr": "id", "indexes": [Index(fields=["order_id", "asked_at"])]},
            bases=["Model"],
        ),
        ops.RunSQL(ONE, "DROP INDEX carrier_label_open"),
        ops.AddField("Shipment", "carrier_label", fields.UUIDField(null=True)),
        ops.CreateModel(
            name="Withdrawal",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("passport", fields.OneToOneField("models.Passport", source_field="passport_id", db_constraint=True, to_field="id", related_name=False, on_delete=OnDelete.RESTRICT)),
                ("reason", fields.TextField(unique=False)),
                ("by", fields.ForeignKeyField("models.Person", source_field="by_id", db_constraint=True, to_field="id", related_name=False, on_delete=OnDelete.RESTRICT)),
                ("at", fields.DatetimeField()),
            ],
            options={"table": "passport_withdrawal", "app": "models", "pk_attr": "id"},
            bases=["Model"],
        ),
        *GUARDS,
    ]

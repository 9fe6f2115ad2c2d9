"""The courier's short code, links that can be renewed, a drawn signature, and wrong guesses that are counted.

The database makes the codes, so that what an older version books beside this one has a code of its own, too.
"""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.db_defaults import SqlDefault
from tortoise.migrations import operations as ops

# 50 bits of a version 4 UUID, without the bytes that say which version it is, in Crockford's base 32.
CODE = """
CREATE FUNCTION courier_code() RETURNS varchar LANGUAGE sql VOLATILE AS $$
  SELECT string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 1 + get_byte(made.bytes, place) % 32, 1), '' ORDER BY place)
  FROM (SELECT uuid_send(gen_random_uuid()) AS bytes) AS made, unnest(ARRAY[0, 1, 2, 3, 4, 5, 9, 10, 11, 12]) AS place
$$
"""
UNIQUE = "CREATE UNIQUE INDEX shipment_courier_code ON shipment (courier_code)"


class Migration(migrations.Migration):
    dependencies = [("models", "0011_tracking")]

    operations = [
        ops.RunSQL(CODE, "DROP FUNCTION courier_code"),
        ops.AddField("Shipment", "courier_code", fields.CharField(max_length=10, db_default=SqlDefault("courier_code()"))),
        ops.RunSQL(UNIQUE, "DROP INDEX shipment_courier_code"),
        ops.AddField("Shipment", "link_turn", fields.IntField(default=0, db_default=0)),
        ops.AddField(
            "Shipment", "proof_signature",
            fields.ForeignKeyField(
                "models.Media", source_field="proof_signature_id", null=True, db_constraint=True, to_field="id", related_name=False,
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.CreateModel(
            name="WrongGuess",
            fields=[
                ("who", fields.CharField(max_length=64, primary_key=True, unique=True, db_index=True)),
                ("since", fields.DatetimeField()),
                ("times", fields.IntField()),
            ],
            options={"table": "wrong_guess", "app": "models", "pk_attr": "who"},
            bases=["Model"],
        ),
    ]

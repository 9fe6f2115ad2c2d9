"""Passports, and the public keys they are checked with. The database itself refuses to change or take away either."""

from tortoise import fields, migrations
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

GUARDS = tuple(
    ops.RunSQL(
        f"CREATE TRIGGER {table}_{name} BEFORE {when} ON {table} FOR EACH {each} EXECUTE FUNCTION refuse_change()",
        f"DROP TRIGGER {table}_{name} ON {table}",
    )
    for table in ("passport_key", "passport")
    for name, when, each in (("unchanging", "UPDATE OR DELETE", "ROW"), ("not_emptied", "TRUNCATE", "STATEMENT"))
)


class Migration(migrations.Migration):
    dependencies = [("models", "0009_sending")]

    operations = [
        ops.CreateModel(
            name='PassportKey',
            fields=[
                ('id', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=16)),
                ('public_key', fields.CharField(max_length=64)),
                ('since', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'passport_key', 'app': 'models', 'pk_attr': 'id', 'table_description': 'A public key with which passports were signed, published for ever.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Passport',
            fields=[
                ('id', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=22)),
                ('order', fields.OneToOneField('models.Order', source_field='order_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('certificate', fields.TextField(unique=False)),
                ('signature', fields.CharField(max_length=128)),
                ('key', fields.ForeignKeyField('models.PassportKey', source_field='key_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('media', ArrayField(default=list, element_type='UUID')),
                ('issued_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'passport', 'app': 'models', 'pk_attr': 'id', 'table_description': "What was signed of one order's piece. Everybody may see it, so nothing in this row speaks of the buyer."},
            bases=['Model'],
        ),
        ops.RunSQL("CREATE INDEX passport_media ON passport USING gin (media)", "DROP INDEX passport_media"),
        *GUARDS,
    ]

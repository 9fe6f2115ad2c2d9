"""Corrections: which transfer a reversal undoes, and why; since when a deposit is awaited; payouts that come back after they arrived."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import UniqueConstraint

# A reversal is the transfer it undoes with every sign turned, to the last line, whoever writes it.
OPPOSITE = """
CREATE FUNCTION ledger_opposite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        (SELECT account, -amount, currency FROM posting WHERE transfer_id = NEW.undoes_id EXCEPT ALL
         SELECT account, amount, currency FROM posting WHERE transfer_id = NEW.id)
        UNION ALL
        (SELECT account, amount, currency FROM posting WHERE transfer_id = NEW.id EXCEPT ALL
         SELECT account, -amount, currency FROM posting WHERE transfer_id = NEW.undoes_id)) THEN
        RAISE EXCEPTION 'transfer % is not the opposite of %', NEW.id, NEW.undoes_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$
"""
CHECKED = """
CREATE CONSTRAINT TRIGGER transfer_opposite AFTER INSERT ON transfer
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.undoes_id IS NOT NULL) EXECUTE FUNCTION ledger_opposite()
"""


class Migration(migrations.Migration):
    dependencies = [("models", "0007_agreed")]

    operations = [
        ops.AddField("Transfer", "undoes", fields.OneToOneField(
            "models.Transfer", source_field="undoes_id", null=True, db_constraint=True, to_field="id", related_name=False,
            on_delete=OnDelete.RESTRICT,
        )),
        ops.AddField("Transfer", "note", fields.TextField(null=True)),
        ops.AddField("Payout", "returned", fields.OneToOneField(
            "models.Transfer", source_field="returned_id", null=True, db_constraint=True, to_field="id", related_name=False,
            on_delete=OnDelete.RESTRICT,
        )),
        ops.AddField("Order", "waits_from", fields.DatetimeField(null=True)),
        ops.AddField("Payment", "take", fields.SmallIntField(default=0, db_default=0)),
        ops.RemoveConstraint("Payment", fields=["method", "reference"]),
        ops.AddConstraint("Payment", UniqueConstraint(fields=("method", "reference", "take"))),
        ops.RunSQL(OPPOSITE, "DROP FUNCTION ledger_opposite"),
        ops.RunSQL(CHECKED, "DROP TRIGGER transfer_opposite ON transfer"),
    ]

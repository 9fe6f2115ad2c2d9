"""What the database itself refuses, whoever asks: the ledger's laws, facts that are changed, two living of a kind.

Postings are checked when a transaction commits, so a transfer may be written line by line. The check of an escrow takes
an advisory lock on its account: two transactions that would each leave it positive, but not both, come one after the
other, and the second sees what the first committed.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops

UNCHANGING = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$
"""
FACTS = ("transfer", "posting", "payment", "quote_version", "checkpoint")

BALANCED = """
CREATE FUNCTION ledger_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong text;
    held numeric;
BEGIN
    IF (SELECT count(*) FROM posting WHERE transfer_id = NEW.transfer_id)
       IS DISTINCT FROM (SELECT lines::bigint FROM transfer WHERE id = NEW.transfer_id) THEN
        RAISE EXCEPTION 'transfer % has not the lines it was written with', NEW.transfer_id USING ERRCODE = 'check_violation';
    END IF;
    SELECT currency INTO wrong FROM posting WHERE transfer_id = NEW.transfer_id GROUP BY currency HAVING sum(amount) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'transfer % does not sum to zero in %', NEW.transfer_id, wrong USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.account LIKE 'order_escrow/%' THEN
        PERFORM pg_advisory_xact_lock(hashtextextended(NEW.account, 0));
        SELECT sum(amount) INTO held FROM posting WHERE account = NEW.account AND currency = NEW.currency;
        IF held < 0 THEN
            RAISE EXCEPTION '% would be % % below zero', NEW.account, -held, NEW.currency USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NULL;
END $$
"""
CHECKED = """
CREATE CONSTRAINT TRIGGER posting_balanced AFTER INSERT ON posting
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_balanced()
"""
POSTED = "ALTER TABLE posting ADD CONSTRAINT posting_moves CHECK (amount <> 0)"
LINED = "ALTER TABLE transfer ADD CONSTRAINT transfer_lines CHECK (lines >= 2)"

ONE_LIVE_QUOTE = "CREATE UNIQUE INDEX quote_one_live ON quote (thread_id) WHERE status IN ('open', 'late')"
LIVING_NUMBER = (
    "CREATE UNIQUE INDEX shipment_living_number ON shipment (carrier, tracking_number)"
    " WHERE living AND tracking_number IS NOT NULL"
)
BY_NUMBER = "CREATE INDEX shipment_number ON shipment (tracking_number, booked_at) WHERE tracking_number IS NOT NULL"


class Migration(migrations.Migration):
    dependencies = [("models", "0002_journal")]

    operations = [
        ops.RunSQL(UNCHANGING, "DROP FUNCTION refuse_change"),
        *(
            ops.RunSQL(
                f"CREATE TRIGGER {table}_unchanging BEFORE UPDATE OR DELETE ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
                f"DROP TRIGGER {table}_unchanging ON {table}",
            )
            for table in FACTS
        ),
        ops.RunSQL(BALANCED, "DROP FUNCTION ledger_balanced"),
        ops.RunSQL(CHECKED, "DROP TRIGGER posting_balanced ON posting"),
        ops.RunSQL(POSTED, "ALTER TABLE posting DROP CONSTRAINT posting_moves"),
        ops.RunSQL(LINED, "ALTER TABLE transfer DROP CONSTRAINT transfer_lines"),
        ops.RunSQL(ONE_LIVE_QUOTE, "DROP INDEX quote_one_live"),
        ops.RunSQL(LIVING_NUMBER, "DROP INDEX shipment_living_number"),
        ops.RunSQL(BY_NUMBER, "DROP INDEX shipment_number"),
    ]

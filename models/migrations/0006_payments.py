"""Refunds, payouts and what providers tell; and what was missing of the laws that the database keeps (0003)."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index

# Nobody empties a table of facts either: TRUNCATE asks no trigger of rows.
FACTS = ("transfer", "posting", "payment", "quote_version", "checkpoint", "destination")

# A transfer without any posting fired no check at all.
LINED = """
CREATE FUNCTION ledger_lined() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM posting WHERE transfer_id = NEW.id) <> NEW.lines THEN
        RAISE EXCEPTION 'transfer % has not the lines it was written with', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$
"""

# The balances that may not go below zero are summed under a lock. Under REPEATABLE READ the sum would be one of the past,
# whatever the lock waited for, so money does not move there.
KEPT = """
CREATE FUNCTION ledger_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held numeric;
    kind text;
    order_id uuid;
BEGIN
    IF current_setting('transaction_isolation') = 'repeatable read' THEN
        RAISE EXCEPTION 'money does not move under repeatable read' USING ERRCODE = 'check_violation';
    END IF;
    SELECT t.kind, t.order_id INTO kind, order_id FROM transfer t WHERE t.id = NEW.transfer_id;
    IF NEW.account LIKE 'order_escrow/%' THEN
        IF NEW.account IS DISTINCT FROM 'order_escrow/' || order_id THEN
            RAISE EXCEPTION '% is not the escrow of order %', NEW.account, order_id USING ERRCODE = 'check_violation';
        END IF;
        PERFORM escrow_is_empty_if_ended(order_id);
    ELSIF kind = 'payout_sent' AND NEW.account LIKE 'artisan_payable/%' THEN
        PERFORM pg_advisory_xact_lock(hashtextextended(NEW.account, 0));
        SELECT sum(amount) INTO held FROM posting WHERE account = NEW.account AND currency = NEW.currency;
        IF held < 0 THEN
            RAISE EXCEPTION '% is sent % % more than is owed', NEW.account, -held, NEW.currency USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NULL;
END $$
"""
ENDED = """
CREATE FUNCTION escrow_is_empty_if_ended(closed uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    held numeric;
BEGIN
    IF (SELECT stage FROM orders WHERE id = closed) NOT IN ('completed', 'cancelled') THEN RETURN; END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('order_escrow/' || closed, 0));
    SELECT coalesce(sum(abs(s.held)), 0) INTO held FROM
        (SELECT sum(amount) AS held FROM posting WHERE account = 'order_escrow/' || closed GROUP BY currency) AS s;
    IF held <> 0 THEN
        RAISE EXCEPTION 'order % has ended with % in escrow', closed, held USING ERRCODE = 'check_violation';
    END IF;
END $$
"""
CLOSED = """
CREATE FUNCTION order_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM escrow_is_empty_if_ended(NEW.id);
    RETURN NULL;
END $$
"""
ACCOUNTS = """
ALTER TABLE posting ADD CONSTRAINT posting_account CHECK (account ~ '^(external_cash|coop_commission|shipping_payable|payout_in_flight|refund_in_flight|loss_fund|payment_fees|fx|(order_escrow|artisan_payable)/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$')
"""
CURRENCY = "ALTER TABLE posting ADD CONSTRAINT posting_currency CHECK (currency ~ '^[A-Z]{3}$')"
# What was on its way before there were rows for it.
BACKFILL = """
INSERT INTO refund (id, order_id, transfer_id, provider, amount, currency, state, begun_at)
SELECT gen_random_uuid(), t.order_id, t.id, 'manual', p.amount, p.currency, 'waiting', t.occurred_at
FROM posting p JOIN transfer t ON t.id = p.transfer_id
WHERE p.account = 'refund_in_flight' AND p.amount > 0 AND t.order_id IS NOT NULL
"""
RIGHT = "ALTER TABLE {0} ADD CONSTRAINT {0}_right CHECK (amount > 0 AND (ended_at IS NULL) = (state IN ({1})))"

GUARDS = (
    *(
        ops.RunSQL(
            f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
            f"DROP TRIGGER {table}_not_emptied ON {table}",
        )
        for table in FACTS
    ),
    ops.RunSQL(
        "CREATE TRIGGER destination_unchanging BEFORE UPDATE OR DELETE ON destination FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        "DROP TRIGGER destination_unchanging ON destination",
    ),
    ops.RunSQL(LINED, "DROP FUNCTION ledger_lined"),
    ops.RunSQL(
        "CREATE CONSTRAINT TRIGGER transfer_lined AFTER INSERT ON transfer"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_lined()",
        "DROP TRIGGER transfer_lined ON transfer",
    ),
    ops.RunSQL(ENDED, "DROP FUNCTION escrow_is_empty_if_ended"),
    ops.RunSQL(KEPT, "DROP FUNCTION ledger_kept"),
    ops.RunSQL(
        "CREATE CONSTRAINT TRIGGER posting_kept AFTER INSERT ON posting"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_kept()",
        "DROP TRIGGER posting_kept ON posting",
    ),
    ops.RunSQL(CLOSED, "DROP FUNCTION order_closed"),
    ops.RunSQL(
        "CREATE CONSTRAINT TRIGGER orders_closed AFTER INSERT OR UPDATE OF stage ON orders"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.stage IN ('completed', 'cancelled')) EXECUTE FUNCTION order_closed()",
        "DROP TRIGGER orders_closed ON orders",
    ),
    ops.RunSQL(ACCOUNTS, "ALTER TABLE posting DROP CONSTRAINT posting_account"),
    ops.RunSQL(CURRENCY, "ALTER TABLE posting DROP CONSTRAINT posting_currency"),
    ops.RunSQL("CREATE INDEX transfer_when ON transfer (occurred_at, id)", "DROP INDEX transfer_when"),
    ops.RunSQL(
        "CREATE INDEX posting_payable ON posting (currency, account) INCLUDE (amount) WHERE account LIKE 'artisan_payable/%'",
        "DROP INDEX posting_payable",
    ),
    ops.RunSQL("CREATE INDEX provider_event_unsettled ON provider_event (at) WHERE settled_at IS NULL", "DROP INDEX provider_event_unsettled"),
    ops.RunSQL("CREATE INDEX refund_confirmed ON refund (confirmed_id)", "DROP INDEX refund_confirmed"),
    ops.RunSQL("CREATE SEQUENCE payout_number", "DROP SEQUENCE payout_number"),
    ops.RunSQL(RIGHT.format("payout", "'sent'"), "ALTER TABLE payout DROP CONSTRAINT payout_right"),
    ops.RunSQL(RIGHT.format("refund", "'waiting', 'asked', 'failed'"), "ALTER TABLE refund DROP CONSTRAINT refund_right"),
    ops.RunSQL(BACKFILL, "DELETE FROM refund"),
)


class Migration(migrations.Migration):
    dependencies = [('models', '0005_post')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Destination',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('person', fields.ForeignKeyField('models.Person', source_field='person_id', db_constraint=True, to_field='id', related_name='destinations', on_delete=OnDelete.RESTRICT)),
                ('way', fields.CharField(max_length=8)),
                ('name', fields.CharField(max_length=120)),
                ('account', fields.CharField(max_length=40)),
                ('by', fields.ForeignKeyField('models.Person', source_field='by_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'destination', 'app': 'models', 'indexes': [Index(fields=['person_id', 'id'])], 'pk_attr': 'id', 'table_description': 'Where an artisan is paid, from `at` on; the newest counts, and none is ever changed.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='PayoutBatch',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('currency', fields.CharField(max_length=3)),
                ('by', fields.ForeignKeyField('models.Person', source_field='by_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'payout_batch', 'app': 'models', 'indexes': [Index(fields=['at'])], 'pk_attr': 'id', 'table_description': 'What one file for a bank or a post office holds.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Payout',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('batch', fields.ForeignKeyField('models.PayoutBatch', source_field='batch_id', db_constraint=True, to_field='id', related_name='lines', on_delete=OnDelete.RESTRICT)),
                ('person', fields.ForeignKeyField('models.Person', source_field='person_id', db_constraint=True, to_field='id', related_name='payouts', on_delete=OnDelete.RESTRICT)),
                ('amount', fields.BigIntField()),
                ('currency', fields.CharField(max_length=3)),
                ('way', fields.CharField(max_length=8)),
                ('name', fields.CharField(max_length=120)),
                ('account', fields.CharField(max_length=40)),
                ('reference', fields.CharField(unique=True, max_length=20)),
                ('state', fields.CharField(max_length=10)),
                ('sent', fields.OneToOneField('models.Transfer', source_field='sent_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('ended', fields.OneToOneField('models.Transfer', source_field='ended_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('reason', fields.TextField(null=True, unique=False)),
                ('ended_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('ended_by', fields.ForeignKeyField('models.Person', source_field='ended_by_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
            ],
            options={'table': 'payout', 'app': 'models', 'indexes': [Index(fields=['batch_id']), Index(fields=['person_id']), Index(fields=['state'])], 'pk_attr': 'id', 'table_description': 'One line of a batch: what one artisan is sent, and where, as it stood when the batch was made.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ProviderEvent',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('provider', fields.CharField(max_length=20)),
                ('event', fields.CharField(max_length=160)),
                ('verdict', fields.CharField(max_length=16)),
                ('named', fields.CharField(max_length=100)),
                ('order', fields.ForeignKeyField('models.Order', source_field='order_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('reference', fields.CharField(max_length=100)),
                ('amount', fields.BigIntField()),
                ('currency', fields.CharField(max_length=3)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('settled_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('settled_by', fields.ForeignKeyField('models.Person', source_field='settled_by_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('note', fields.TextField(null=True, unique=False)),
            ],
            options={'table': 'provider_event', 'app': 'models', 'unique_together': (('provider', 'event'),), 'pk_attr': 'id', 'table_description': 'What a payment provider told: each of its events once, with what became of it.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Refund',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('order', fields.ForeignKeyField('models.Order', source_field='order_id', db_constraint=True, to_field='id', related_name='refunds', on_delete=OnDelete.RESTRICT)),
                ('transfer', fields.ForeignKeyField('models.Transfer', source_field='transfer_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('payment', fields.ForeignKeyField('models.Payment', source_field='payment_id', null=True, db_constraint=True, to_field='id', related_name='refunds', on_delete=OnDelete.RESTRICT)),
                ('provider', fields.CharField(max_length=20)),
                ('amount', fields.BigIntField()),
                ('currency', fields.CharField(max_length=3)),
                ('state', fields.CharField(max_length=10)),
                ('reference', fields.CharField(null=True, max_length=100)),
                ('reason', fields.TextField(null=True, unique=False)),
                ('confirmed', fields.ForeignKeyField('models.Transfer', source_field='confirmed_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('begun_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('ended_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('ended_by', fields.ForeignKeyField('models.Person', source_field='ended_by_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
            ],
            options={'table': 'refund', 'app': 'models', 'indexes': [Index(fields=['order_id']), Index(fields=['state', 'begun_at'])], 'pk_attr': 'id', 'table_description': "Money on its way back to a buyer: a part of one transfer into `refund_in_flight`, along one payment's way."},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Dispute',
            name='bears',
            field=fields.BigIntField(null=True),
        ),
        *GUARDS,
    ]

"""The timeline's own table and its hot lane.

`event` is written and read by hub/journal.py alone, so it has no ORM model: its key is (thread_id, seq), which lets it
be hash-partitioned by thread, and costs one index less a message.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops

# No foreign key to `thread`: only `journal_append` and `Journal.write` insert, both with the thread's row in their hands,
# and the check would cost a look-up a message.
EVENT = """
CREATE TABLE event (
    thread_id uuid NOT NULL,
    seq bigint NOT NULL,
    by_id uuid,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    data jsonb NOT NULL,
    cid uuid,
    PRIMARY KEY (thread_id, seq)
)
"""
CID = "CREATE UNIQUE INDEX event_cid ON event (thread_id, by_id, cid) WHERE cid IS NOT NULL"
ROOM = "ALTER TABLE thread SET (fillfactor = 60)"  # a thread's row is rewritten with each message: let that stay on its page

# Outcomes: 0 stored, 1 this cid was there already (also twice in one batch), 2 not a participant.
# A function, not one statement: each statement of a volatile function sees what was committed before it began, so what
# another node stored while we waited for the lock is recognised. Locks are taken in the order of thread ids. Members and
# known messages are looked up row by row, by index, whatever the planner believes of tables it has not counted yet.
APPEND = """
CREATE FUNCTION journal_append(threads uuid[], people uuid[], cids uuid[], datas jsonb[], moment timestamptz)
RETURNS TABLE (ord bigint, outcome int, seq bigint, at timestamptz, roster int)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
BEGIN
    PERFORM 1 FROM thread t WHERE t.id = ANY (threads) ORDER BY t.id FOR UPDATE;
    RETURN QUERY
    WITH given AS (
        SELECT g.*, t.last_seq, t.roster,
               (SELECT true FROM participation p
                WHERE p.thread_id = g.thread AND p.person_id = g.person AND p.left_at IS NULL) AS member,
               (SELECT e.seq FROM event e WHERE e.thread_id = g.thread AND e.by_id = g.person AND e.cid = g.cid) AS known,
               row_number() OVER (PARTITION BY g.thread, g.person, g.cid ORDER BY g.ord) AS turn
        FROM unnest(threads, people, cids, datas) WITH ORDINALITY AS g (thread, person, cid, data, ord)
        LEFT JOIN thread t ON t.id = g.thread
    ), judged AS (
        SELECT g.*, coalesce(g.member, false) AND g.known IS NULL AND g.turn = 1 AS fresh FROM given g
    ), counted AS (
        SELECT j.*, j.last_seq + sum(j.fresh::int) OVER (PARTITION BY j.thread ORDER BY j.ord) AS seq FROM judged j
    ), settled AS MATERIALIZED (
        SELECT c.*, coalesce(c.known, first_value(c.seq) OVER (PARTITION BY c.thread, c.person, c.cid ORDER BY c.ord))::bigint AS number
        FROM counted c
    ), bumped AS (
        UPDATE thread t SET last_seq = n.head, moved_at = moment
        FROM (SELECT s.thread, max(s.number) AS head FROM settled s WHERE s.fresh GROUP BY s.thread) n
        WHERE t.id = n.thread
    ), stored AS (
        INSERT INTO event (thread_id, seq, by_id, at, kind, data, cid)
        SELECT s.thread, s.number, s.person, moment, 'message', s.data, s.cid FROM settled s WHERE s.fresh
    )
    SELECT s.ord,
           CASE WHEN s.member IS NULL THEN 2 WHEN s.fresh THEN 0 ELSE 1 END,
           s.number,
           CASE WHEN s.known IS NULL THEN moment
                ELSE (SELECT e.at FROM event e WHERE e.thread_id = s.thread AND e.seq = s.known) END,
           s.roster
    FROM settled s
    ORDER BY s.ord;
END $$
"""

ONE_THREAD = "CREATE UNIQUE INDEX thread_one_each ON thread (buyer_id, artisan_id, product_id) NULLS NOT DISTINCT"
MOVED = "CREATE INDEX participation_here ON participation (person_id, thread_id) WHERE left_at IS NULL"


class Migration(migrations.Migration):
    dependencies = [("models", "0001_initial")]

    operations = [
        ops.RunSQL(EVENT, "DROP TABLE event"),
        ops.RunSQL(CID, ""),
        ops.RunSQL(ROOM, "ALTER TABLE thread RESET (fillfactor)"),
        ops.RunSQL(APPEND, "DROP FUNCTION journal_append"),
        ops.RunSQL(ONE_THREAD, "DROP INDEX thread_one_each"),
        ops.RunSQL(MOVED, "DROP INDEX participation_here"),
    ]

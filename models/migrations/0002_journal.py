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
# another node stored while we waited for the lock is recognised. Locks are taken in the order of thread ids.
APPEND = """
CREATE FUNCTION journal_append(threads uuid[], people uuid[], cids uuid[], datas jsonb[], moment timestamptz)
RETURNS TABLE (ord bigint, outcome int, seq bigint, at timestamptz, roster int)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
BEGIN
    PERFORM 1 FROM thread t WHERE t.id = ANY (threads) ORDER BY t.id FOR UPDATE;
    RETURN QUERY
    WITH given AS MATERIALIZED (
        SELECT g.thread, g.person, g.cid, g.data, g.ord, t.last_seq, t.roster, p.id IS NOT NULL AS member, e.seq AS known, e.at AS known_at,
               row_number() OVER (PARTITION BY g.thread, g.person, g.cid ORDER BY g.ord) AS turn
        FROM unnest(threads, people, cids, datas) WITH ORDINALITY AS g (thread, person, cid, data, ord)
        LEFT JOIN thread t ON t.id = g.thread
        LEFT JOIN participation p ON p.thread_id = g.thread AND p.person_id = g.person AND p.left_at IS NULL
        LEFT JOIN event e ON e.thread_id = g.thread AND e.by_id = g.person AND e.cid = g.cid
    ), numbered AS MATERIALIZED (
        SELECT g.*, g.last_seq + row_number() OVER (PARTITION BY g.thread ORDER BY g.ord) AS seq
        FROM given g WHERE g.member AND g.known IS NULL AND g.turn = 1
    ), bumped AS (
        UPDATE thread t SET last_seq = n.head, moved_at = moment
        FROM (SELECT thread, max(seq) AS head FROM numbered GROUP BY thread) n
        WHERE t.id = n.thread
    ), stored AS (
        INSERT INTO event (thread_id, seq, by_id, at, kind, data, cid)
        SELECT n.thread, n.seq, n.person, moment, 'message', n.data, n.cid FROM numbered n
    )
    SELECT g.ord,
           CASE WHEN NOT g.member THEN 2 WHEN n.ord = g.ord THEN 0 ELSE 1 END,
           coalesce(g.known, n.seq),
           coalesce(g.known_at, moment),
           g.roster
    FROM given g
    LEFT JOIN numbered n ON n.thread = g.thread AND n.person = g.person AND n.cid = g.cid
    ORDER BY g.ord;
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

"""The journal's short way for messages, and the roster number kept by the database itself. Written by hand."""

from tortoise import migrations
from tortoise.migrations import operations as ops

# Whoever changes who is in a thread changes its roster number, whether they remember it or not: a hub node takes the
# people it knows of a thread for its members as long as the number is the one it knows.
MOVES = """
CREATE FUNCTION participation_moves_roster() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE thread SET roster = roster + 1 WHERE id = coalesce(NEW.thread_id, OLD.thread_id);
    RETURN NULL;
END $$
"""
ROSTER = """
CREATE TRIGGER participation_roster AFTER INSERT OR DELETE OR UPDATE OF thread_id, person_id, left_at ON participation
FOR EACH ROW EXECUTE FUNCTION participation_moves_roster()
"""

# Messages of people whom the caller knows to be in these threads under these roster numbers, sorted by thread: numbers
# each thread once, then inserts. Anything out of the ordinary (somebody came or left, a client id that is there
# already) undoes the call as a whole, and the batch goes the long way of `journal_append`. Threads come sorted by id and
# are locked in that order: a nested loop over the array, since the lanes plan by index only.
POST = """
CREATE FUNCTION journal_post(
    threads uuid[], counts int[], rosters int[], slots int[], places int[], people uuid[], cids uuid[], datas jsonb[], moment timestamptz)
RETURNS bigint[]
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
    bases bigint[];
BEGIN
    WITH bumped AS (
        UPDATE thread t SET last_seq = t.last_seq + g.number, moved_at = moment
        FROM unnest(threads, counts, rosters) WITH ORDINALITY AS g (thread, number, known, slot)
        WHERE t.id = g.thread AND t.roster = g.known
        RETURNING g.slot, t.last_seq - g.number AS base
    )
    SELECT array_agg(b.base ORDER BY b.slot) INTO bases FROM bumped b;
    IF cardinality(bases) IS DISTINCT FROM cardinality(threads) THEN
        RAISE EXCEPTION 'roster moved';
    END IF;
    INSERT INTO event (thread_id, seq, by_id, at, kind, data, cid)
    SELECT threads[m.slot], bases[m.slot] + m.place, m.person, moment, 'message', m.data, m.cid
    FROM unnest(slots, places, people, cids, datas) AS m (slot, place, person, cid, data);
    RETURN bases;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("models", "0004_lookups")]

    operations = [
        ops.RunSQL(MOVES, "DROP FUNCTION participation_moves_roster"),
        ops.RunSQL(ROSTER, "DROP TRIGGER participation_roster ON participation"),
        ops.RunSQL(POST, "DROP FUNCTION journal_post"),
    ]

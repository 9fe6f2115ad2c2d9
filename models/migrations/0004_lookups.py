"""Indexes the ORM has no words for."""

from tortoise import migrations
from tortoise.migrations import operations as ops

ROLES = "CREATE INDEX person_roles ON person USING gin (roles)"  # who the stewards, mentors, artisans are
UNKNOWN_PARCELS = "CREATE INDEX carrier_report_unknown ON carrier_report (received_at) WHERE shipment_id IS NULL"


class Migration(migrations.Migration):
    dependencies = [("models", "0003_guards")]

    operations = [
        ops.RunSQL(ROLES, "DROP INDEX person_roles"),
        ops.RunSQL(UNKNOWN_PARCELS, "DROP INDEX carrier_report_unknown"),
    ]

"""How many pictures of proofs came of late is asked with every proof: by its own small index, not by all pictures there ever were."""

from tortoise import migrations
from tortoise.migrations import operations as ops

PROOFS = "CREATE INDEX media_proof ON media (created_at) WHERE purpose = 'proof'"


class Migration(migrations.Migration):
    dependencies = [("models", "0016_bounded")]

    operations = [ops.RunSQL(PROOFS, "DROP INDEX media_proof")]

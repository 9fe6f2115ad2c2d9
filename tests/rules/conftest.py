"""Property tests here are quick and leave nothing behind; a busy machine is no failure."""

from hypothesis import settings

settings.register_profile("rules", deadline=None, max_examples=60, database=None)
settings.load_profile("rules")

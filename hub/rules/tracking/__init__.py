"""What carriers and aggregators say, in our words: one small file a vocabulary.

Each has `meaning(...)`, which answers with our status and a reason. A code that is not in a table means `unknown`, never a
guess; whoever stores the scan keeps the raw code, so that a table may learn it later.
"""

"""What a thing looks like to another program and to a template: plain dicts, one file a noun."""

"""Pictures: what each may be sent for, by whom, and which are for everybody to see."""

SENT_BY: dict[str, str] = {
    # purpose: the verb of hub.rules.people that sends it
    "message": "upload_media",
    "reference": "upload_media",
    "progress": "upload_media",
    "finished": "upload_media",
    "inspection": "upload_media",
    "dispute": "upload_media",
    "proof": "upload_media",
    "product": "upload_product",
    "portrait": "upload_portrait",
}
PUBLIC = frozenset({"product", "portrait"})
"""Seen by everybody; every other picture by those of the threads where it was shown."""

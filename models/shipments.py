"""shipments."""

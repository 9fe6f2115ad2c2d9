"""What is heard of a parcel on its way: scans, what carriers report by themselves, and what they say when asked."""

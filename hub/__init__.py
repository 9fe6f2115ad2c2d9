"""Anou Hub: conversations that become orders, and orders that reach the door."""

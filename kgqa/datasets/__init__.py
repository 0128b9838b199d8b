"""Readers of public data sets: what training and evaluation read, and ingest never does."""

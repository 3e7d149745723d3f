"""Missed reports: what the collector on duty should have reported, decided and objected to."""

"""Calls, citizens, public reports and their tracking. Imports cases and below, never dispatch."""

"""Reads of cases: the queues of the desks, their filters and searches. Nothing is written."""

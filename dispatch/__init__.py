"""Who gets the work: routing, work items, requests, desks, the wall. Imports cases and below."""

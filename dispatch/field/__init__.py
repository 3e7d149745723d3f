"""Collectors: the page on the phone, its tasks and its offline queue."""

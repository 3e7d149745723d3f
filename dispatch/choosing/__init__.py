"""Whom to send and where to dispatch: candidates, their loads, and why each is offered."""

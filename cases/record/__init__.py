"""The record proves itself: the chain of each case's log, and what verifies all of them."""

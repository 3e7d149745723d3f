"""The record proves itself: the chain of seals, and the anchors of all chains."""

"""The log of cases read into facts, and the store of facts."""

"""Ledgers (台账): the registers a center must keep, each a table of rows with its share.

One generic page for all; a ledger itself is data. Apps above register theirs in
`AppConfig.ready`: they know the rows, this room knows how to list, sum, print and export them.
"""

"""`script/drill [--creations N] [--seconds S] [--clients C]`: nothing acknowledged is ever lost.

Starts the full profile as it is installed (a PostgreSQL and a Redis of its own, two web processes,
worker and beat) on a small city, sends a stream of reports and of the steps that lead them to their
closing through the HTTP interface, and kills every process in turn with SIGKILL, Redis with all
that it knows. Clients do as the interface asks of them: each act has an identifier and is sent
again, to the other web process, until it is answered. Then it waits until the feed and the timers
have caught up, and counts what should be nothing:

missing    acknowledged, but not in the database or without its file
doubled    there more than once
unclosed   cases of which those who closed them and the database say different things
refused    sent again as the interface asks, and refused or never answered
broken     what `verify_record` finds
gaps       places of the feed that are empty, and rows that have none
late       cases that no timer took
fallen     processes that ended although nobody killed them
orphans    files that no row names

Ends with 1 if one of them is not 0. The folder of the run is removed, or kept where one is not.
"""

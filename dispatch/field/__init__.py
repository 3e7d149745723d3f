"""The collectors' pages for the phone: tasks, report, map, me. Works without a network.

Reports and answers go through the HTTP interface (`/api/v1/cases/`) from an outbox in the browser;
this package serves pages and what they draw. It may import what `dispatch` may.
"""

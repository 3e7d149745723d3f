"""The one signal upwards: a case moved. Sent inside the transaction of the move.

Arguments: `case`, `event` (the new CaseEvent), `move` (the row of the table, None for a report),
`inputs` (parsed). A receiver that raises undoes the whole move.
"""

from django.dispatch import Signal

moved = Signal()

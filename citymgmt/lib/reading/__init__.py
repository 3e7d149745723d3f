"""Files that offices send: tables (CSV, XLSX) read as they are meant, or refused with the place.

    table = read_table(path, ("code", "lon", "lat"))
    for line in table.lines: line.number, line.fields["code"], line.faults

Nothing is guessed: what can be read in one way only is read, everything else is told with file,
sheet, row, cell and reason. Files of GIS programs use the same rules for letters and numbers
(`encodings`, `cells`).
"""

from citymgmt.lib.reading.dates import read_date as read_date
from citymgmt.lib.reading.tables import Fault as Fault
from citymgmt.lib.reading.tables import Line as Line
from citymgmt.lib.reading.tables import Table as Table
from citymgmt.lib.reading.tables import read_table as read_table
from citymgmt.lib.reading.tables import refuse_lines as refuse_lines

"""Cases as a table: columns, sorting, filters, files and paper, and routine steps on several."""

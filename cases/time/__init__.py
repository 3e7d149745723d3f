"""Time, pure: the work calendar, clocks, holidays, what is overdue, and a clock that is doubted."""

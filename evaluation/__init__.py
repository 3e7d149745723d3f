"""Indicators, schemes, results, bulletins. Reads all apps below, writes only its own rows."""

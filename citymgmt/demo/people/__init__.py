"""The people of the demonstration: departments, accounts, duties, and sign-in by one click."""

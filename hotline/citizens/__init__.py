"""Citizens and the end of their cases: what they are told, answer, and how satisfied they are."""

"""Words from above on a case: supervision, urging, instructions, rulings, and their ledgers."""

"""Photos as evidence: read, kept, found again on other cases, and swept up."""

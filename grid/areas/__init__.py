"""Area classes A, B, C of streets and communities, changed from a day on."""

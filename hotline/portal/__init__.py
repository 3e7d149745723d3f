"""The public site: report, track, nearby."""

"""Campaigns (专项普查): which one a report joins, who runs them, their figures and pages."""

"""Schemes as rows: the shipped ones, the edited versions, their pages."""

"""Class editions and codes, components with owner and maintainer. Imports grid and below."""

"""Control areas (管控区): asked for, decided on, ended; what they refuse, and their pages."""

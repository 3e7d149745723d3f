"""The rota: who walks which duty grid in which shift on which day."""

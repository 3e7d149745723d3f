"""Help: one page for each post, from docs/use, for people signed in; the public's for everybody."""

"""Surgery on unit grids (codes of the domain: split, merge, redraw, renumber, retire, re-import).

Pure: no ORM, no clock. Every polygon is in metres of one zone and on the precision grid `SNAP` of
`grid.build.builder` (see `on_grid`), so that what begins shares its vertices with what stands. Each
deed answers a `Plan`, and refuses with `BadInput` what cannot be done:

    split(cell, lines, numbers, limits)          one cell along lines drawn across it
    merge(cells, numbers, limits)                neighbours of one community into one
    redraw(cell, drawn, fellows, numbers, limits)  a new border; the neighbours give or take
    renumber(cells, numbers)                     fresh codes for the same ground
    retire(cells)                                ground that leaves the city
    reimport(cells, drawn, others, numbers, limits, notes)  a whole community from polygons

What holds for every plan: the ground that begins is the ground that ends (only `retire` gives
some away, only `reimport` may take new ground in), nothing overlaps, no cell crosses into another
community, no sliver appears, no code comes back.
"""

from .border import redraw
from .cells import merge, refuse_two_communities, renumber, retire, split
from .community import reimport
from .faces import on_grid
from .numbers import Numbers
from .plan import Beginning, Limits, Plan, Standing, check_ground

__all__ = [
    "Beginning",
    "Limits",
    "Numbers",
    "Plan",
    "Standing",
    "check_ground",
    "merge",
    "on_grid",
    "redraw",
    "refuse_two_communities",
    "reimport",
    "renumber",
    "retire",
    "split",
]

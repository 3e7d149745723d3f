"""The wall display and the leader's overview.

scope.py     whose cases are counted
counted.py   which moves are counted
moves.py     what happened, by hour and by day
standing.py  how things stand now
rankings.py  who and what is first
alarms.py    what to look at first
figures.py   all of it as one document
layers.py    what is drawn on the map
counters.py, views.py, overview.py  the pages
"""

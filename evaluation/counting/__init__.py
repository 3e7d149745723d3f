"""Counts and rates of a period, from facts alone. Pure: no database, no clock.

Read in this order:

    settings     the choices a city makes about its statistics
    facts        what one case contributes: its log read once, folded into one flat row
    fact_json    a fact as it is stored
    counts       every count, as a rule over one fact
    cohorts      which cases are members of a period
    rates        numerators over denominators
    indicators   facts counted, and the rates over the counts
    periods      periods of whole local days
    labels       what counts, rates and grades are called
"""

"""When a carrier's next sync is expected, late and lost: learned from its syncs, or as a person set it.

Pure: no table, no store. `expectation` is the way in; `weekly` and `monthly` find the days, `punctuality` the
hour, `workdays` knows weekends and holidays, `override` is what is set by hand.
"""

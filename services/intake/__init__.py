"""A page of the outside becomes rows: set-based, in any order, as often as it comes.

What says nothing new changes nothing; what cannot be placed is set aside and stops nothing.
"""

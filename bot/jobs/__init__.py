"""The work that happens by itself. Every replica runs every job; what is done once is claimed in the
store.
"""

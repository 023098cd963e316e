"""Who may go where, and how fast.

Streets and a mode enter, a graph in arrays and snapped places leave.
"""

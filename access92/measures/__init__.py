"""People and travel times enter, figures leave.

Coverage, ledger, sole providers, commitments, sectors, hours, pockets.
"""

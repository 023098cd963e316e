"""Where one more service would bring most people under the threshold.

Demand and travel times enter, candidate places leave.
"""

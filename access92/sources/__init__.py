"""Files enter, checked tables leave.

Areas, services, visits of mobile units, population, streets.
"""

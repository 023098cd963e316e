"""What a scenario counts.

Its choice and its list of changes enter, the services, streets, speeds and visits of each scenario leave.
"""

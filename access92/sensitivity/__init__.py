"""How far each headline moves when what is uncertain moves: speed, threshold, links to streets, positions, people.

``variants`` moves one thing at a time and counts the people covered; ``position_draws`` and ``allocation_draws`` draw
positions of services and allocations of people; ``details`` says in French what was moved; ``cache`` keeps what was
counted; ``tables`` makes bands, borderline population and ranking of it.
"""

from access92.sensitivity.tables import SensitivityTables, study_sensitivity
from access92.sensitivity.variants import ScenarioGround

__all__ = ["ScenarioGround", "SensitivityTables", "study_sensitivity"]

"""What is wrong with several scenarios is said at once, whichever comes first."""

from __future__ import annotations

from pathlib import Path

import pytest

from access92.errors import InputError
from access92.scenarios.plan import count_services
from access92.study.model import Scenario
from access92.study.read import read_study
from tests.toy_study import write_toy_study
from tests.toy_town import services_at

CHOSEN = [
    Scenario(name="first", title="A", kinds=("sst",), include=("UNKNOWN-1",)),
    Scenario(name="second", title="B", kinds=("sst",)),
    Scenario(name="third", title="C", kinds=("sst",), exclude=("UNKNOWN-3",)),
]


def test_the_services_that_each_of_several_scenarios_names_in_vain_are_said_together(tmp_path: Path) -> None:
    study = read_study(write_toy_study(tmp_path)).model_copy(update={"scenarios": tuple(CHOSEN)})
    services = services_at(S1=(0, 0), S2=(2, 0))
    with pytest.raises(InputError) as refusal:
        count_services(study, CHOSEN, services)
    assert [word in str(refusal.value) for word in ("UNKNOWN-1", "UNKNOWN-3")] == [True, True]

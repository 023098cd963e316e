"""The router of the page beside the kernel on the whole matrix of the real 92: all homes, all services (Node)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from access92.outputs.maps.run_map.page import write_run_map
from access92.run.pipeline import run_study
from access92.run.results import Results
from access92.sources.demo.communes import REAL_FILE
from access92.travel.time_limits import minutes_to_ms
from docs.real_figures import REFERENCE, real_study
from tests.conftest import ROOT
from tests.outputs.maps.network_towns import SCRIPTS
from tests.outputs.node_scripts import needs_node, run_script

pytestmark = [needs_node, pytest.mark.slow]

_MODES = ("walk", "bike", "car")
_FAR = 2**31 - 1

_ALL_ROWS = (
    SCRIPTS
    + """
const fs = require("fs"), zlib = require("zlib"), page = fs.readFileSync(input.page, "utf8");
const script = name => {
  const mark = 'id="a92-' + name + '">', at = page.indexOf(mark) + mark.length;
  return page.slice(at, page.indexOf("</script>", at));
};
const data = JSON.parse(script("data"));
A92.unpack = async name => {
  const text = script(name), colon = text.indexOf(":");
  const bytes = zlib.inflateRawSync(A92.base91(text, colon + 1, +text.slice(0, colon)));
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
};
(async () => {
  const grounds = new A92.Grounds(data);
  for (const mode of input.modes) {
    await grounds.load(input.scenario, mode);
    const ground = grounds.ground(input.scenario, mode, null), file = fs.openSync(input.folder + "/" + mode, "w");
    for (const service of input.services) {
      const [x, y] = data.network.services_cm[service];
      fs.writeSync(file, Buffer.from(grounds.row(ground, service, x / 100, y / 100).ms.buffer));
    }
    fs.closeSync(file);
  }
  console.log(JSON.stringify(data.points));
})();"""
)
"""Reads the page as it is written, and writes by mode one row of milliseconds (int32) a service."""


@pytest.fixture(scope="module")
def real_run(shared_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """The reference scenario of the shipped study on the real streets; skipped where they are not."""
    networks = shared_folder / "networks"
    if not (networks / REAL_FILE).exists():
        pytest.skip(f"../shared/networks/{REAL_FILE} is not on this machine")
    study = real_study(networks, tmp_path_factory.mktemp("study"), shipped=ROOT / "data" / "studies" / "sosms.toml")
    return run_study(study, scenarios=[REFERENCE])


def test_every_time_of_the_real_92_is_the_same_in_the_page(real_run: Results, tmp_path: Path) -> None:
    page = write_run_map(real_run, tmp_path)
    services = list(range(len(real_run.services)))
    content = {"page": str(page), "folder": str(tmp_path), "scenario": REFERENCE, "modes": _MODES, "services": services}
    homes = run_script(_ALL_ROWS, content, timeout_s=900)
    assert homes == len(real_run.demand)
    for mode in _MODES:
        rows = np.fromfile(tmp_path / mode, dtype="<i4").reshape(len(services), homes)
        expected = np.minimum(minutes_to_ms(real_run.travel_times[mode].minutes), _FAR)
        assert (expected < _FAR).mean() > 0.1, mode
        different = np.argwhere(rows != expected)
        assert len(different) == 0, (
            f"{mode}: {len(different)} times of {rows.size} differ, first at {different[:5].tolist()}"
        )

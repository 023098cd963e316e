"""Profiles of OSRM with the speeds of access92's modes: its own rules of access, directions and turns, our speeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from access92.network.modes import Mode

SHIPPED = {"foot": "foot", "bicycle": "bicycle", "car": "car"}
"""The profile that OSRM ships for each family of modes."""

_TEMPLATE = """-- OSRM's own profile, whose rules stay as they are, with the speeds and waits of another engine
package.path = "{profiles}/?.lua;" .. package.path
local base = require("{shipped}")
local of_class = {{ {of_class} }}
local pushed_class = {{ {pushed_class} }}
local barrier_s = {{ {barrier_s} }}
local general_kmh, pushing_kmh, signal_s = {general_kmh}, {pushing_kmh}, {signal_s}
local shipped_setup, shipped_way = base.setup, base.process_way

local function speed_of(travel, highway)
  if travel == mode.pushing_bike then return pushed_class[highway] or pushing_kmh end
  return of_class[highway] or general_kmh
end

base.setup = function()
  local profile = shipped_setup()
  local known = profile.barrier_penalties
  if known then  -- who passes is theirs, how long it takes is ours
    local passed = {{}}
    for name, _ in pairs(known) do passed[name] = barrier_s[name] or 0 end
    for name, seconds in pairs(barrier_s) do
      if profile.barrier_whitelist[name] then passed[name] = seconds end
    end
    profile.barrier_penalties = passed
  end
  return profile
end

base.process_way = function(profile, way, result, relations)
  shipped_way(profile, way, result, relations)
  local highway = way:get_value_by_key("highway") or ""
  local is_ferry = way:get_value_by_key("route") == "ferry"
  for _, side in ipairs({{ "forward", "backward" }}) do
    local travel = result[side .. "_mode"]
    if travel ~= mode.inaccessible and result[side .. "_speed"] > 0 then
      local kmh = speed_of(travel, highway)
      if is_ferry or kmh <= 0 then
        result[side .. "_mode"] = mode.inaccessible
        result[side .. "_speed"] = 0
      else
        result[side .. "_speed"] = kmh
        result[side .. "_rate"] = kmh / 3.6  -- a weight is then a duration
      end
    end
  end
end

base.process_turn = function(profile, turn)
  turn.duration = 0
  if turn.has_traffic_light then turn.duration = signal_s end
  if obstacle_map and profile.barrier_penalties then
    for _, obstacle in pairs(obstacle_map:get(turn.from, turn.via)) do
      if obstacle.type == obstacle_type.gate then turn.duration = turn.duration + obstacle.duration end
    end
  end
  turn.weight = turn.duration
  if profile.properties.weight_name == "routability" and not turn.source_restricted and turn.target_restricted then
    turn.weight = constants.max_turn_weight  -- their rule of streets open to their residents
  end
end

return base
"""


@dataclass(frozen=True, slots=True)
class OsrmProfile:
    """One mode as OSRM is to travel it: the shipped profile, and the speeds of ``mode`` (km/h).

    A bicycle that ``mode`` never pushes is never pushed there. Signals take ``mode.signal_s`` where
    ``mode.waits_at_signals``, nothing elsewhere; the maximum speeds of the file are left out.
    """

    mode: Mode

    def as_lua(self, profiles: Path) -> str:
        """The text of the profile; ``profiles`` is the folder of the shipped ones.

        >>> from access92.network.modes import read_modes
        >>> text = OsrmProfile(read_modes()["walk"]).as_lua(Path("profiles"))
        >>> 'require("foot")' in text, '["steps"] = 1.7' in text, "signal_s = 5, 0, 0" in text
        (True, True, True)
        """
        mode = self.mode
        steps = {} if mode.steps_speed_kmh is None else {"steps": mode.steps_speed_kmh}
        return _TEMPLATE.format(
            profiles=profiles.as_posix(),
            shipped=SHIPPED[mode.family],
            of_class=_lua_table(dict(mode.class_speed_kmh) | (steps if mode.family == "foot" else {})),
            pushed_class=_lua_table(steps),
            barrier_s=_lua_table(mode.barrier_s),
            general_kmh=f"{mode.speed_kmh:g}",
            pushing_kmh=f"{mode.pushing_speed_kmh or 0:g}",
            signal_s=f"{mode.signal_s if mode.waits_at_signals else 0:g}",
        )

    def write(self, profiles: Path, target: Path) -> Path:
        """The profile as a file that ``osrm-extract`` reads; ``target``."""
        target.write_text(self.as_lua(profiles), encoding="utf-8")
        return target


def _lua_table(values: Mapping[str, float]) -> str:
    return ", ".join(f'["{name}"] = {value:g}' for name, value in values.items())

"""What an added service says where it says nothing: as the table of services does, column by column."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import Point

from access92.scenarios.apply import change_services
from access92.study.changes import AddService


def test_an_added_service_is_blank_in_the_way_of_each_column_and_columns_keep_their_types() -> None:
    services = gpd.GeoDataFrame(
        {
            "service_id": ["A"],
            "name": ["SST A"],
            "kind": ["sst"],
            "status": ["open"],
            "position_basis": ["address"],
            "source": ["liste"],
            "note": np.array([None], dtype=object),  # no text yet, but a column of texts
            "seats": [12.0],
            "valid_from": pd.to_datetime(["2024-01-01"]),
        },
        geometry=[Point(650_000, 6_860_000)],
        crs=2154,
    )
    change = AddService(
        kind="add_service", service_id="B", name="SST B", service_kind="sst", lon=2.32, lat=48.84, source="essai"
    )
    changed = change_services(services, [change], scenario="essai")
    assert changed["service_id"].tolist() == ["A", "B"]
    assert changed["note"].iloc[1] == ""
    assert np.isnan(changed["seats"].iloc[1])
    assert pd.isna(changed["valid_from"].iloc[1])
    assert changed.dtypes.drop("geometry").tolist() == services.dtypes.drop("geometry").tolist()
    assert changed.crs == services.crs

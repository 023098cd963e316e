"""What a run writes: maps, report, files and manifest, from the Results of a run and nothing else.

The public names are imported when first asked for: a second process is started before anything heavy is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from access92._exports import lazy_exports

if TYPE_CHECKING:
    from access92.outputs.folder import check_output_folder, write_run
    from access92.outputs.helper_process import SecondProcess, second_process

__all__ = ["SecondProcess", "check_output_folder", "second_process", "write_run"]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "SecondProcess": "helper_process",
        "check_output_folder": "folder",
        "second_process": "helper_process",
        "write_run": "folder",
    },
)

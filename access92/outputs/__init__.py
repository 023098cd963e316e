"""What a run writes: maps, report, files and manifest, from the Results of a run and nothing else."""

from access92.outputs.folder import check_output_folder, write_run
from access92.outputs.worker import SecondProcess, second_process

__all__ = ["SecondProcess", "check_output_folder", "second_process", "write_run"]

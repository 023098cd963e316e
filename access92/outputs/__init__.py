"""What a run writes: maps, report, files and manifest, from the Results of a run and nothing else."""

from access92.outputs.run_folder import check_output_folder, write_run

__all__ = ["check_output_folder", "write_run"]

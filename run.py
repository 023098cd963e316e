"""The main job: ``access92 run data/studies/sosms.toml --output maps/sosms --overwrite``."""

import sys
from pathlib import Path

from access92.cli import main

if __name__ == "__main__":
    root = Path(__file__).resolve().parent
    sys.argv[1:] = [
        "run", str(root / "data" / "studies" / "sosms.toml"), "--output", str(root / "maps" / "sosms"), "--overwrite",
        *sys.argv[1:],
    ]  # fmt: skip
    main()

"""``python -m access92``."""

from access92.cli import main

if __name__ == "__main__":
    main()

"""Run `python -m seedspread.cli` as `seedspread`."""

from seedspread.cli import main

if __name__ == "__main__":
    main()

"""`python -m seedspread.cli` is `seedspread`."""

from seedspread.cli import main

if __name__ == "__main__":
    main()

"""`python -m shopsmart`: the same as the `shopsmart` command."""

from shopsmart.cli import main

if __name__ == "__main__":
    main()

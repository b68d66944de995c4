"""`python -m wrapper` is `thriftune`."""

from wrapper.cli import main

if __name__ == "__main__":
    main()

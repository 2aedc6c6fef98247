"""The command `mailsim`, and `python -m mailsim`. Ctrl-C while it is still importing ends it without a traceback."""

import signal

interrupt = signal.signal(signal.SIGINT, signal.SIG_DFL)

from mailsim import cli  # noqa: E402 - not before Ctrl-C is seen to


def main() -> None:
    signal.signal(signal.SIGINT, interrupt)
    cli.main()


if __name__ == "__main__":
    main()

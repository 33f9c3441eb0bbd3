"""``make run``: the demonstration world with web pages, until Ctrl-C."""

import signal
import threading
from contextlib import suppress
from types import FrameType

from scripts.installation import Installation, separation_note


def main() -> None:
    """Run the world until a signal, and say when nothing of it runs any more."""
    # So a Ctrl-C arrives before everything is up; what was started is stopped all the same.
    with suppress(KeyboardInterrupt):
        _run()
    print("stopped", flush=True)


def _run() -> None:
    """Start everything, load the demonstration once, print how to log in, wait for a signal."""
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    with Installation() as installation:
        from scripts.demo.play import ensure_demo
        from scripts.demo.seed import describe

        logins = ensure_demo(installation)
        print(describe(installation, logins))
        print(separation_note())
        print("Ctrl-C stops everything.", flush=True)
        signal.signal(signal.SIGINT, on_signal)
        signal.signal(signal.SIGTERM, on_signal)
        while not stop.wait(1.0):
            dead = [name for name, process in installation.world.processes.items() if not process.is_alive()]
            if dead:
                raise SystemExit(
                    f"custody: {', '.join(dead)} ended unexpectedly, see {installation.layout.logs}"
                )
        print("stopping …", flush=True)


if __name__ == "__main__":
    main()

"""How long the bot takes from the start of its process to trading, and how much memory it uses.

    .venv/bin/python scripts/bench/startup.py              five symbols, three starts
    .venv/bin/python scripts/bench/startup.py --starts 1

Each start is a process of its own with the default configuration: simulated exchange, five symbols, history loaded. The
memory is the resident set of the bot itself half a minute after the start, without the exchange's process.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
READY = "Trading begins"
WATCHED_S = 30.0


def resident_mib(pid: int) -> float:
    """Resident memory of a process, from the kernel (Linux)."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


def start_once(state_dir: str) -> tuple[float, float, float]:
    """Seconds to the first line, seconds to trading, MiB after half a minute."""
    command = [sys.executable, "-m", "bot", "--state-dir", state_dir, "--for", f"{WATCHED_S + 5:.0f}s"]
    began_s = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as bot:
        if bot.stdout is None:
            raise SystemExit("no output to read")
        bot.stdout.readline()
        first_s = time.perf_counter() - began_s
        if not any(READY in line for line in bot.stdout):
            raise SystemExit("the bot never began to trade")
        ready_s = time.perf_counter() - began_s
        time.sleep(max(0.0, WATCHED_S - ready_s))
        memory = resident_mib(bot.pid)
        bot.stdout.read()
    return first_s, ready_s, memory


def main() -> None:
    """Measure and print one line per start."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--starts", type=int, default=3, help="how often to start (default: 3)")
    wanted = parser.parse_args()
    print(f"{'start':>5}{'first line s':>14}{'trading s':>11}{'MiB':>7}")
    for number in range(1, wanted.starts + 1):
        with tempfile.TemporaryDirectory(prefix="startup-") as state_dir:
            first_s, ready_s, memory = start_once(state_dir)
        print(f"{number:>5}{first_s:>14.2f}{ready_s:>11.2f}{memory:>7.0f}", flush=True)


if __name__ == "__main__":
    main()

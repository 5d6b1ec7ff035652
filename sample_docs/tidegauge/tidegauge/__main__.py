"""Command line: read the gauge until interrupted, print levels, raise alarms."""

import argparse

from tidegauge.alarm import Alarm
from tidegauge.gauge import readings
from tidegauge.smoothing import Smoother


def main() -> None:
    parser = argparse.ArgumentParser(prog="tidegauge")
    parser.add_argument("--port", required=True)
    parser.add_argument("--quay", type=float, default=4.20, help="height of the quay in metres")
    options = parser.parse_args()
    smoother, alarm = Smoother(window=120), Alarm(options.quay)
    for level in readings(options.port):
        alarm.update(smoother.add(level))


if __name__ == "__main__":
    main()

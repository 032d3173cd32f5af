#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes hours.txt and rotations.txt beside it: when hours are open and when
rotations hand over in 2026, worked out by Python's zoneinfo. Run by hand; the
tests read the files alone.

Times are minutes since the epoch. A wall time that comes twice is its first,
one that never comes is as if the clock had not been put forward: fold=0.
"""
import datetime
import os
import zoneinfo

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]
DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
HOURS = [
    ("Mon-Fri 09:00-17:00", []),
    ("22:00-06:00", ["2026-05-01", "2026-12-25", "2026-12-26"]),
    ("Sun 01:30-02:30", []),
    ("Sat,Sun 02:15-03:00", ["2026-03-29"]),
    ("Sun 00:00-24:00", []),
]
ROTATIONS = [(1, "2025-12-01 02:15"), (7, "2025-12-29 09:00"), (14, "2026-01-04 01:30")]
DAY = datetime.timedelta(days=1)


def minute(zone, date, minutes):
    wall = datetime.datetime(date.year, date.month, date.day) + datetime.timedelta(minutes=minutes)
    at = wall.replace(tzinfo=zoneinfo.ZoneInfo(zone), fold=0).timestamp()
    assert at % 60 == 0
    return int(at) // 60


def of_clock(text):
    hour, rest = text.split(":")
    return int(hour) * 60 + int(rest)


def of_days(text):
    found = set()
    for part in text.split(","):
        ends = [DAYS.index(d) for d in part.split("-")]
        found |= set(range(ends[0], ends[-1] + 1))
    return found


def without(spans, first, last):
    for a, b in spans:
        if b <= first or a >= last:
            yield a, b
            continue
        if a < first:
            yield a, first
        if b > last:
            yield last, b


def opened(zone, during, excepts):
    words = during.split(" ")
    days = of_days(words[0]) if len(words) == 2 else set(range(7))
    begin, end = (of_clock(t) for t in words[-1].split("-"))
    if end <= begin:
        end += 1440
    spans = []
    date = datetime.date(2025, 12, 25)
    while date < datetime.date(2027, 1, 8):
        if date.weekday() in days:
            spans.append((minute(zone, date, begin), minute(zone, date, end)))
        date += DAY
    for text in excepts:
        date = datetime.date.fromisoformat(text)
        spans = list(without(spans, minute(zone, date, 0), minute(zone, date + DAY, 0)))
    merged = []
    for a, b in sorted(s for s in spans if s[0] < s[1]):
        if merged and a <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(b, merged[-1][1]))
        else:
            merged.append((a, b))
    return merged


def in_year(at):
    return 0 <= at - 29453760 < 365 * 1440  # 2026-01-01T00:00Z


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "hours.txt"), "w", encoding="ascii") as out:
        for zone in ZONES:
            for during, excepts in HOURS:
                print(f"={zone}|{during}|{' '.join(excepts)}", file=out)
                for a, b in opened(zone, during, excepts):
                    if in_year(a):
                        print(a, b, file=out)
    with open(os.path.join(here, "rotations.txt"), "w", encoding="ascii") as out:
        for zone in ZONES:
            for days, start in ROTATIONS:
                print(f"={zone}|{days}d|{start}", file=out)
                first = datetime.date.fromisoformat(start[:10])
                for n in range(400):
                    at = minute(zone, first + n * days * DAY, of_clock(start[11:]))
                    if in_year(at):
                        print(n, at, file=out)


main()

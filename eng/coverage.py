#!/usr/bin/env python3
"""Writes docs/coverage.md from the results of the tests that ran.

usage: eng/coverage.py [RESULTS.xml ...]      default: artifacts/results/*.xml; the table goes to standard output

A row exists if a test that carries it ([Coverage(...)], a trait in the results) ran or was skipped in that run.
"""
import collections
import pathlib
import re
import sys
import xml.etree.ElementTree as xml

HEAD = """# What is covered

Written by `eng/coverage.py` from the results of the end-to-end tests: each row is compared with what real programs did, by the tests of
one build. Plain or encrypted is what went over the wire. What is not in this table is not known to work.

| protocol | runtime | traffic | side | captured | not captured | tests |
|---|---|---|---|---|---|---|"""

Row = collections.namedtuple("Row", "protocol runtime traffic side")


def rows(files):
    """Yields row, what is captured, what is not, and the test's result: Pass, Fail, Skip."""
    for file in files:
        for test in sorted(xml.parse(file).iter("test"), key=lambda test: test.get("name")):
            if test.get("result") == "NotRun":
                continue
            # Name(argument: value, ...), as xunit writes theories; texts are in quotation marks, which it escapes in XML.
            found = re.findall(r'(\w+): (?:"([^"]*)"|([^,)]*))', test.get("name").partition("(")[2].replace("\\", ""))
            arguments = {name: text or other for name, text, other in found}
            for trait in test.iter("trait"):
                if trait.get("name") == "Coverage":
                    fields = re.sub(r"\{(\w+)\}", lambda match: arguments.get(match[1], match[0]), trait.get("value")).split("|")
                    yield Row(*fields[:4]), fields[4], fields[5], test.get("result")


def union(texts):
    return ", ".join(dict.fromkeys(part.strip() for text in texts for part in text.split(",") if part.strip()))


def verdict(results):
    count = collections.Counter(results)
    words = [(count["Pass"], "passed"), (count["Fail"] + count["Error"], "**failed**"), (count["Skip"], "skipped")]
    return ", ".join(f"{number} {word}" for number, word in words if number)


def main():
    files = [pathlib.Path(each) for each in sys.argv[1:]] or sorted(pathlib.Path("artifacts/results").glob("*.xml"))
    table = collections.defaultdict(list)
    for row, *rest in rows(files):
        table[row].append(rest)
    print(HEAD)
    for row in sorted(table, key=lambda row: tuple(field.lower() for field in row)):
        captured, missing, results = zip(*table[row])
        print("|", " | ".join([*row, union(captured), union(missing), verdict(results)]), "|")


if __name__ == "__main__":
    main()

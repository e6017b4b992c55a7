"""SQLite's FTS5 for bench/search.ts to compare with.

fts5.py probe                exits with 0 where this Python's SQLite has FTS5
fts5.py build FILE TABLE     makes a table "papers" and fills it with CSV from standard input
fts5.py ask FILE SELECT      for each line, a JSON string, prints the milliseconds that the SELECT takes with it
"""

import csv
import json
import sqlite3
import sys
import time


def probe():
    sqlite3.connect(":memory:").execute("CREATE VIRTUAL TABLE t USING fts5(a)")


def build(file, table):
    db = sqlite3.connect(file)
    db.execute("PRAGMA journal_mode = OFF")
    db.execute("PRAGMA synchronous = OFF")
    db.execute("PRAGMA cache_size = -500000")
    db.execute(table)
    csv.field_size_limit(sys.maxsize)
    db.executemany("INSERT INTO papers VALUES (?, ?, ?)", csv.reader(sys.stdin))
    db.execute("INSERT INTO papers (papers) VALUES ('optimize')")
    db.commit()


def ask(file, select):
    db = sqlite3.connect("file:%s?mode=ro" % file, uri=True)
    db.execute("PRAGMA cache_size = -1000000")
    for line in sys.stdin:
        match = json.loads(line)
        started = time.perf_counter()
        db.execute(select, (match,)).fetchall()
        print(1000 * (time.perf_counter() - started), flush=True)


if __name__ == "__main__":
    {"probe": probe, "build": build, "ask": ask}[sys.argv[1]](*sys.argv[2:])

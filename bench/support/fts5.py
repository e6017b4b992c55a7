"""SQLite's FTS5 over titles and abstracts, for bench/search.ts to compare with.

fts5.py probe                              exits with 0 where this Python's SQLite has FTS5
fts5.py build FILE < CSV of id, title, abstract
fts5.py ask FILE < lines of {"match": …, "repeat": …} > lines of {"milliseconds": […], "found": …}
"""

import csv
import json
import os
import sqlite3
import sys
import time


def probe():
    sqlite3.connect(":memory:").execute("CREATE VIRTUAL TABLE t USING fts5(a)")


def build(path):
    unfinished = path + ".unfinished"
    if os.path.exists(unfinished):
        os.remove(unfinished)
    db = sqlite3.connect(unfinished)
    db.execute("PRAGMA journal_mode = OFF")
    db.execute("PRAGMA synchronous = OFF")
    db.execute("PRAGMA cache_size = -500000")
    # The texts are not kept: searching reads the index alone.
    db.execute(
        "CREATE VIRTUAL TABLE papers USING fts5(title, abstract, content='', tokenize='porter unicode61')"
    )
    csv.field_size_limit(sys.maxsize)
    db.executemany("INSERT INTO papers (rowid, title, abstract) VALUES (?, ?, ?)", csv.reader(sys.stdin))
    db.execute("INSERT INTO papers (papers) VALUES ('optimize')")
    db.commit()
    db.close()
    os.rename(unfinished, path)


def ask(path):
    db = sqlite3.connect("file:%s?mode=ro" % path, uri=True)
    db.execute("PRAGMA cache_size = -1000000")
    db.execute("PRAGMA mmap_size = 8000000000")
    for line in sys.stdin:
        query = json.loads(line)
        times = []
        for _ in range(query["repeat"]):
            started = time.perf_counter()
            # rank is bm25(), sorted by FTS5 itself: faster than ORDER BY bm25(papers).
            rows = db.execute(
                "SELECT rowid FROM papers WHERE papers MATCH ? ORDER BY rank LIMIT 20", (query["match"],)
            ).fetchall()
            times.append(1000 * (time.perf_counter() - started))
        print(json.dumps({"milliseconds": times, "found": len(rows)}), flush=True)


if __name__ == "__main__":
    {"probe": probe, "build": build, "ask": ask}[sys.argv[1]](*sys.argv[2:])

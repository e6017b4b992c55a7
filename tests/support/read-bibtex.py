"""Reads BibTeX from standard input with two parsers and writes what each of them found as JSON."""

import json
import sys

import bibtexparser
from pybtex.database.input import bibtex

text = sys.stdin.buffer.read().decode("utf-8")
pybtex = [
    {
        "type": entry.type,
        "fields": dict(entry.fields),
        "authors": [
            [
                " ".join(person.first_names + person.middle_names),
                " ".join(person.prelast_names),
                " ".join(person.last_names),
                " ".join(person.lineage_names),
            ]
            for person in entry.persons.get("author", [])
        ],
    }
    for entry in bibtex.Parser().parse_string(text).entries.values()
]
other = [{"type": entry["ENTRYTYPE"], "fields": entry} for entry in bibtexparser.loads(text).entries]
json.dump({"pybtex": pybtex, "bibtexparser": other}, sys.stdout)

#!/usr/bin/python3
"""Writes the databases of this folder with Xapian itself; see README.md. The rules are in variants_test.go, too."""

import os
import shutil
import subprocess
import sys
import tempfile

import xapian

LONG = "a stretch of data that is long, and so much like itself that Xapian compresses it; "


def document(i):
    d = xapian.Document()
    d.set_data("C/page/%d" % i + (" " + LONG * (i % 40) if i % 8 == 0 else ""))
    d.add_value(0, "Title %d" % i)
    if i % 3:
        d.add_value(1, "x" * (i % 50))
    d.add_term("every", i % 5 + 1)
    d.add_term("some%d" % (i % 7), 1)
    d.add_term("zero\0%d" % (i % 2), 2)
    d.add_boolean_term("L" + ("en" if i % 2 else "kk"))
    for at in range(1, i % 30 + 2):
        d.add_posting("placed", at * (i % 4 + 1))
    if i == 50:
        for at in range(1, 3000):
            d.add_posting("many", at * at % 1000003)
    return d


def everything(db):
    """Term lists, positions, values, spelling, synonyms, compressed tags; documents that were taken away again."""
    for i in range(1, 121):
        db.add_document(document(i))
    for i in range(10, 121, 10):
        if i != 50:
            db.delete_document(i)
    for word in ("every", "placed"):
        db.add_spelling(word, 3)
    db.add_synonym("every", "each")
    db.set_metadata("language", "eng")
    db.set_metadata("long", LONG * 300)


def chunks(db):
    """Postings in chunks of many sizes, since they were added in many pieces, with gaps between the numbers."""
    number = 0
    for i in range(1, 2501):
        number += 1 + (i % 97 == 0) * 1000 + (i == 2000) * 100000
        d = xapian.Document()
        d.add_term("every", i % 300 + 1)
        if i % 50 == 0:
            d.add_term("few", 1)
        db.replace_document(number, d)
        if i % 333 == 0:
            db.commit()
    for i in (3, 4, 5):
        db.delete_document(i)


def write(name, fill, block, flags=0):
    with tempfile.TemporaryDirectory() as tmp:
        path = os.path.join(tmp, "db")
        db = xapian.WritableDatabase(path, xapian.DB_CREATE | xapian.DB_BACKEND_GLASS | flags, block)
        fill(db)
        db.close()
        out = os.path.join(tmp, name)
        subprocess.run(["xapian-compact", "--single-file", "--no-renumber", "-b", str(block), path, out], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["xapian-check", out], check=True, stdout=subprocess.DEVNULL)
        shutil.copyfile(out, os.path.join(os.path.dirname(os.path.abspath(sys.argv[0])), name))


write("everything-2k.glass", everything, 2048)
write("chunks-4k.glass", chunks, 4096)

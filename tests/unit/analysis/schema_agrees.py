#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Exits 0 when the schema accepts exactly the documents that bpyd's reader accepted.

Usage: schema_agrees.py SCHEMA ROWS   (a row: {"accepted": bool, "document": …}); 77: no jsonschema.
"""
import json
import sys

try:
    from jsonschema import Draft202012Validator
except ImportError:
    sys.exit(77)

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
Draft202012Validator.check_schema(schema)
validator = Draft202012Validator(schema)
faults = 0
with open(sys.argv[2], encoding="utf-8") as rows:
    for row in map(json.loads, rows):
        error = next(validator.iter_errors(row["document"]), None)
        if (error is None) != row["accepted"]:
            faults += 1
            where = "/".join(map(str, error.absolute_path)) if error else ""
            print(f"reader {'accepts' if row['accepted'] else 'refuses'}, schema "
                  f"{'accepts' if error is None else 'refuses: ' + error.message[:80] + ' at /' + where}")
            if faults > 10:
                break
sys.exit(1 if faults else 0)

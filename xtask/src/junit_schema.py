"""Holds JUnit reports against a schema: junit_schema.py SCHEMA REPORT..."""

import sys

from lxml import etree

schema = etree.XMLSchema(etree.parse(sys.argv[1]))
for path in sys.argv[2:]:
    report = etree.parse(path)
    if not schema.validate(report):
        sys.exit(f"{path}: {schema.error_log}")
    count = {name: len(report.findall(f".//{name}")) for name in ("testcase", "failure", "skipped")}
    print(path.rsplit("/", 1)[-1], "is valid:", ", ".join(f"{n} {name}" for name, n in count.items()))

"""Licence texts by spdx-matcher: reads a JSON list of (text, SPDX id), prints how many it told right and the seconds that took."""

import json
import sys
import time

import spdx_matcher

with open(sys.argv[1], encoding="utf-8") as file:
    texts = json.load(file)
started = time.process_time()
found = [sorted(spdx_matcher.analyse_license_text(text)[0]["licenses"]) for text, _ in texts]
print(
    json.dumps({"seconds": time.process_time() - started, "right": sum(ids == [key] for ids, (_, key) in zip(found, texts, strict=True))})
)

from importlib import metadata

import polars as pl
import pytest
from pydantic import ValidationError

from assets import ledger
from assets.code import licenses
from assets.code.licenses import Decision, LicensePolicy

ISC = "Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted"
BSD = "Redistribution and use in source and binary forms are permitted. Redistributions in binary form must reproduce the notice."


@pytest.mark.parametrize(
    ("line", "expression"),
    [
        ("# SPDX-License-Identifier: MIT", "MIT"),
        ("/* SPDX-License-Identifier: (gpl-2.0 OR MIT) */ int a;", "GPL-2.0-only OR MIT"),
        ("<!-- SPDX-License-Identifier: Apache-2.0 -->", "Apache-2.0"),
        ("// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception\r", "Apache-2.0 WITH LLVM-exception"),
        ("# SPDX-License-Identifier: whatever you like", None),
        ("# SPDX-License-Identifier:", None),
        ("print('MIT')", None),
        ("dnl SPDX-License-Identifier: ISC", "ISC"),
        ("# SPDX-License-Identifier: LicenseRef-Own", "LicenseRef-Own"),
        ("# SPDX-License-Identifier: LicenseRef-a_b", None),
        ("LINE = '# SPDX-License-Identifier: MIT'", None),
        ("# SPDX-License-Identifier: MIT\n# SPDX-License-Identifier: ISC OR 0BSD", "(ISC OR 0BSD) AND MIT"),
    ],
)
def test_header(line: str, expression: str | None) -> None:
    assert licenses.of_header(f"first\n{line}\nlast MIT") == expression


@pytest.mark.parametrize(
    ("expression", "permissive"),
    [
        ("MIT", True),
        ("apache-2.0", True),
        ("MIT OR GPL-3.0-only", True),
        ("MIT AND GPL-3.0-only", False),
        ("(MIT OR GPL-2.0-only) AND BSD-3-Clause", True),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("GPL-2.0-only WITH Classpath-exception-2.0", False),
        ("MPL-2.0", False),
        ("nonsense", False),
        ("", False),
        (None, False),
    ],
)
def test_permissive(expression: str | None, permissive: bool) -> None:
    assert licenses.is_permissive(expression) is permissive


@pytest.mark.parametrize(
    ("text", "spdx"),
    [
        ("Apache License\n   Version 2.0, January 2004\n TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION", "Apache-2.0"),
        (
            "Permission is hereby granted, free of charge, to any person\nobtaining a copy ... included in all\ncopies or substantial",
            "MIT",
        ),
        (ISC + ", provided that the above copyright notice", "ISC"),
        (ISC + ". THE SOFTWARE IS PROVIDED AS IS", "0BSD"),
        (BSD, "BSD-2-Clause"),
        (BSD + " Neither the name may be used to endorse or promote products", "BSD-3-Clause"),
        (BSD + " All advertising materials ... endorse or promote products", "BSD-4-Clause"),
        ("GNU GENERAL PUBLIC LICENSE\n   Version 3, 29 June 2007 ... GNU Affero General Public License", "GPL-3.0-only"),
        ("GNU GENERAL PUBLIC LICENSE Version 2, June 1991", "GPL-2.0-only"),
        ("GNU LESSER GENERAL PUBLIC LICENSE\nVersion 2.1 ... the ordinary GNU General Public License, version 2", "LGPL-2.1-only"),
        ("GNU AFFERO GENERAL PUBLIC LICENSE\n Version 3", "AGPL-3.0-only"),
        ("Mozilla Public License Version 2.0\n=====\n1. Definitions ... GNU General Public License, Version 2.0", "MPL-2.0"),
        ("This is free and unencumbered software released into the public domain.", "Unlicense"),
        ("Boost Software License - Version 1.0", "BSL-1.0"),
        (BSD + " endorse or promote products. Bundled: GNU GENERAL PUBLIC LICENSE Version 3", "BSD-3-Clause"),
        ("All rights reserved.", None),
    ],
)
def test_text(text: str, spdx: str | None) -> None:
    assert licenses.of_text(text) == spdx


def test_several_files() -> None:
    mit, apache = (
        b"Permission is hereby granted, free of charge, to any person obtaining a copy included in all copies or substantial",
        b"""
        Apache License Version 2.0 terms and conditions for use, reproduction, and distribution""",
    )
    gpl, lgpl = b"GNU General Public License Version 3", b"GNU Lesser General Public License Version 3"
    assert licenses.of_files({"LICENSE-MIT": mit, "LICENSE-APACHE": apache}) == "Apache-2.0 OR MIT"
    assert licenses.of_files({"LICENSE": mit, "COPYING": gpl}) == "GPL-3.0-only AND MIT"
    assert licenses.of_files({"COPYING": gpl, "COPYING.LESSER": lgpl}) == "LGPL-3.0-only"
    assert licenses.of_files({"LICENSE": b"\xff\xfe"}) is None
    assert licenses.of_files({}) is None


def test_names_of_licence_files() -> None:
    assert all(map(licenses.is_license_file, ["LICENSE", "licence.md", "COPYING.LESSER", "LICENSE-MIT", "UNLICENSE"]))
    assert not any(map(licenses.is_license_file, ["license.py", "licensing.py", "src/LICENSE", "MYLICENSE"]))


def test_metadata() -> None:
    osi = "License :: OSI Approved :: "
    assert licenses.of_classifiers([osi + "MIT License", osi + "Apache Software License"]) == "Apache-2.0 OR MIT"
    assert licenses.of_classifiers(["Topic :: Software", "License :: OSI Approved", osi + "ISC License (ISCL)"]) == "ISC"
    assert licenses.of_classifiers([osi + "BSD License"]) is None
    assert licenses.normalise("Apache License 2.0") == "Apache-2.0"
    assert licenses.normalise("mit and bsd-3-clause") == "MIT AND BSD-3-Clause"
    assert licenses.normalise("(MIT") is None
    assert licenses.normalise("MIT " * 100) is None


GPL = """# This program is free software; you can redistribute it and/or modify
# it under the terms of the GNU General Public License as published by
# the Free Software Foundation; either version 2 of the License, or
# (at your option) any later version.
"""
LGPL = GPL.replace("General Public", "Lesser General Public").replace("version 2 ", "version 2.1 ")


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        (GPL, "GPL-2.0-or-later"),
        (
            GPL.replace("either version 2 of the License, or\n# (at your option) any later version.", "version 2 of the License."),
            "GPL-2.0-only",
        ),
        ("/* under the terms of version 2 of the GNU General Public License as published */", "GPL-2.0-only"),
        ("// under the terms of the GNU General Public License.", "GPL-1.0-or-later"),
        (LGPL, "LGPL-2.1-or-later"),
        (GPL.replace("GNU General", "GNU Affero General").replace("version 2", "version 3"), "AGPL-3.0-or-later"),
        (" * Licensed under the GPLv3+", "GPL-3.0-or-later"),
        ("// Dual licensed under the MIT or GPL Version 2 licenses.", "GPL-2.0-only OR MIT"),
        ('# Licensed under the Apache License, Version 2.0 (the "License");', "Apache-2.0"),
        ("// Part of it, under the Apache License v2.0 with LLVM Exceptions.", "Apache-2.0 WITH LLVM-exception"),
        (
            "// under the Apache License, Version 2.0 <LICENSE-APACHE> or the MIT license <LICENSE-MIT>, at your option.",
            "Apache-2.0 OR MIT",
        ),
        ("# This Source Code Form is subject to the terms of the Mozilla Public\n# License, v. 2.0.", "MPL-2.0"),
        ("/*! jQuery | Released under the MIT license */", "MIT"),
        ("# License: BSD 3 clause", "BSD-3-Clause"),
        ("/* " + BSD + " endorse or promote products */", "BSD-3-Clause"),
        ("# " + BSD + "\n" + GPL, "BSD-2-Clause AND GPL-2.0-or-later"),
        ("// Distributed under the Boost Software License, Version 1.0.", "BSL-1.0"),
        ("// Use of this source code is governed by a BSD-style license that can be found in the LICENSE file.", None),
        ("# Copyright 2026 Someone. All rights reserved.", None),
        ("// Confidential and proprietary.", "LicenseRef-Proprietary"),
        ("MIT = 'license'", None),
        ("", None),
    ],
)
def test_notice(text: str, expression: str | None) -> None:
    found = licenses.of_notice(text)
    assert found == expression or {*str(found).split(" OR ")} == {*str(expression).split(" OR ")}


@pytest.mark.parametrize(
    ("head", "nearest", "repository", "decision"),
    [
        ("", None, None, Decision(None, None, None, False)),
        ("", None, "mit", Decision("MIT", "repository", 0.8, False)),
        ("", "ISC", "MIT", Decision("ISC", "file", 0.9, False)),
        ("# SPDX-License-Identifier: Apache-2.0", "ISC", "MIT", Decision("Apache-2.0", "header", 1.0, False)),
        (GPL, None, "GPL-2.0-only", Decision("GPL-2.0-or-later", "header", 0.95, False)),
        (GPL, None, "MIT", Decision("GPL-2.0-or-later", "header", 0.95, True)),
        ("# SPDX-License-Identifier: MIT", None, "GPL-3.0-only", Decision("MIT", "header", 1.0, True)),
        ("# SPDX-License-Identifier: MIT", None, "GPL-3.0-only AND MIT", Decision("MIT", "header", 1.0, False)),
        ("# SPDX-License-Identifier: MIT", "GPL-2.0-only", "MIT", Decision("MIT", "header", 1.0, True)),
        ("", "MPL-2.0", "GPL-2.0-only", Decision("MPL-2.0", "file", 0.9, True)),
        ("", "LGPL-3.0-only", "GPL-3.0-only OR LGPL-3.0-only", Decision("LGPL-3.0-only", "file", 0.9, False)),
        ("# SPDX-License-Identifier: LicenseRef-Own", None, "MIT", Decision("LicenseRef-Own", "header", 1.0, True)),
        ("", "nonsense", "MIT", Decision("MIT", "repository", 0.8, False)),
    ],
)
def test_decide(head: str, nearest: str | None, repository: str | None, decision: Decision) -> None:
    assert licenses.decide(head, nearest, repository) == decision


def test_restrictions_beside_a_licence() -> None:
    commons = "Commons Clause" + " License Condition v1.0\n" + BSD
    assert licenses.of_text(commons) == "BSD-2-Clause AND LicenseRef-Commons-Clause"
    assert not licenses.is_permissive(licenses.of_text(commons))


def test_licences_of_what_is_installed() -> None:
    """The metadata of installed packages is the answer key to their licence files."""
    known, wrong = 0, []
    for distribution in metadata.distributions():
        expression = licenses.normalise(distribution.metadata.get("License-Expression"))
        files = [file for file in distribution.files or [] if ".dist-info" in file.parts[0] and licenses.is_license_file(file.name)]
        if expression and len(files) == 1 and len(text := files[0].read_text()) < 20_000:
            known += 1
            wrong += [] if licenses.of_text(text) == expression else [distribution.metadata["Name"]]
    assert known > 30
    assert len(wrong) <= 0.05 * known, wrong


ROWS = [
    ("a", "MIT", 1.0, False),
    ("b", "GPL-3.0-only", 0.9, False),
    ("c", None, None, False),
    ("d", "MIT", 0.8, True),
    ("e", "GPL-2.0-only OR ISC", 0.8, False),
    ("f", "MPL-2.0", 0.95, None),
]


def files(with_parents: bool = False) -> pl.DataFrame:
    rows = [
        {
            "id": name,
            "parent_ids": [f"parent of {name}"] if with_parents else [],
            "repository": "https://host/x",
            "path": f"{name}.py",
            "license": expression,
            "license_confidence": confidence,
            "license_conflict": conflict,
        }
        for name, expression, confidence, conflict in ROWS
    ]
    return pl.DataFrame(rows, schema_overrides={"parent_ids": pl.List(pl.String), "license_conflict": pl.Boolean})


@pytest.mark.parametrize(
    ("policy", "dropped"),
    [
        ({}, {"b": "license_denied", "c": "license_unknown", "d": "license_conflict", "f": "license_denied"}),
        ({"unknown": "keep", "conflict": "keep"}, {"b": "license_denied", "f": "license_denied"}),
        ({"allow": ["permissive", "mpl-2.0"]}, {"b": "license_denied", "c": "license_unknown", "d": "license_conflict"}),
        ({"allow": ["GPL-3.0-only"], "unknown": "keep"}, dict.fromkeys("adef", "license_denied")),
        ({"deny": ["ISC"], "unknown": "keep", "conflict": "keep"}, dict.fromkeys("bef", "license_denied")),
        (
            {"min_confidence": 0.9, "conflict": "keep"},
            {"b": "license_denied", "c": "license_unknown", "d": "license_unknown", "e": "license_unknown", "f": "license_denied"},
        ),
    ],
)
def test_policy(policy: dict[str, str], dropped: dict[str, str]) -> None:
    chosen = LicensePolicy(**policy)
    kept, told = licenses.apply_policy(files(), chosen)
    assert dict(told.select("row_id", "rule").rows()) == dropped
    assert kept["id"].to_list() == [name for name in "abcdef" if name not in dropped]
    assert kept.schema == files().schema
    assert told.schema == pl.Schema(ledger.SCHEMA)
    assert licenses.violations(files(), chosen).to_list() == sorted(dropped)
    assert licenses.violations(kept, chosen).is_empty()


def test_the_ledger_of_a_policy_says_what_and_where() -> None:
    _, told = licenses.apply_policy(files(with_parents=True), LicensePolicy())
    assert told.row(0, named=True) == {
        "row_id": "parent of b",
        "rule": "license_denied",
        "action": "dropped",
        "score": 0.9,
        "threshold": None,
        "detail": "https://host/x:b.py GPL-3.0-only",
    }


def test_a_policy_names_only_licences_that_exist() -> None:
    with pytest.raises(ValidationError, match="neither an SPDX licence id nor"):
        LicensePolicy(allow=("MTI",))
    with pytest.raises(ValidationError):
        LicensePolicy(deny=("MIT OR ISC",))
    kept, told = licenses.apply_policy(files().clear(), LicensePolicy())
    assert (kept.height, told.height) == (0, 0)

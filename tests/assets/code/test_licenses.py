import pytest

from assets.code import licenses

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

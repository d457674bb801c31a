"""The language of a file, named as in GitHub Linguist: by its name, its shebang line, and its content where the name is ambiguous."""

import re

import polars as pl

# Language: extensions. Those in _AMBIGUOUS are what they are here when their content does not say otherwise.
_EXTENSIONS = """
Ada: adb ads | Agda: agda | ANTLR: g4 | Apex: cls | AsciiDoc: adoc asciidoc | Assembly: asm s | Astro: astro | Awk: awk
Batchfile: bat cmd | BibTeX: bib | Bicep: bicep | C: c h | C#: cs csx | C++: cc cpp cxx c++ hh hpp hxx h++ ipp inl tpp txx ixx cppm
CMake: cmake | COBOL: cob cbl cobol | CSS: css | Clojure: clj cljs cljc | CoffeeScript: coffee | Common Lisp: lisp lsp cl
Crystal: cr | Cuda: cu cuh | Cython: pyx pxd pxi | D: d | Dart: dart | Diff: diff patch | Dockerfile: dockerfile
Elixir: ex exs | Elm: elm | Emacs Lisp: el | Erlang: erl hrl | F#: fs fsi fsx | Fennel: fnl | Fish: fish
Fortran: f for f77 | Fortran Free Form: f90 f95 f03 f08 | GDScript: gd | GLSL: glsl vert frag geom comp | Gleam: gleam | Go: go
GraphQL: graphql gql | Gradle: gradle | Groovy: groovy | HCL: hcl tf tfvars | HLSL: hlsl fx | HTML: html htm xhtml | Handlebars: hbs
Haskell: hs | Haxe: hx | INI: ini cfg | Idris: idr | JSON: json jsonl webmanifest | JSON5: json5 | Java: java
JavaScript: js mjs cjs jsx es6 | Jinja: j2 jinja jinja2 | Julia: jl | Jupyter Notebook: ipynb | Just: just | Kotlin: kt kts | LLVM: ll
Lean: lean | Less: less | Lua: lua | MATLAB: m | MDX: mdx | Makefile: mk mak | Markdown: md markdown | Mermaid: mmd | Meson: meson
Metal: metal | Mojo: mojo | Nim: nim nims | Nix: nix | OCaml: ml mli | Objective-C++: mm | Odin: odin | OpenCL: opencl
Org: org | PHP: php phtml | PLpgSQL: pgsql | Pascal: pas pp dpr | Perl: pl pm perl | PowerShell: ps1 psm1 psd1 | Prisma: prisma
Prolog: pro | Protocol Buffer: proto | Pug: pug | PureScript: purs | Python: py pyi pyw | QML: qml | R: r | RMarkdown: rmd | Racket: rkt
Reason: re | Rego: rego | ReScript: res | Ruby: rb rake gemspec | Rust: rs | SAS: sas | SCSS: scss | SQL: sql | SVG: svg | Sass: sass
Scala: scala sc | Scheme: scm ss | Shell: sh bash zsh ksh bats | Smalltalk: st | Solidity: sol | Standard ML: sml | Starlark: bzl star
Stylus: styl | Svelte: svelte | Swift: swift | SystemVerilog: sv svh | TOML: toml | TSX: tsx | Tcl: tcl | TeX: tex sty ltx
Text: txt | Thrift: thrift | TypeScript: ts mts cts | VBA: bas | VHDL: vhd vhdl | Vala: vala | Verilog: v | Vim Script: vim
Visual Basic .NET: vb | Vue: vue | WGSL: wgsl | WebAssembly: wat wast | XML: xml xsd xsl xslt wsdl | YAML: yaml yml | Yacc: y | Zig: zig
reStructuredText: rst
"""
_NAMES = {
    "makefile": "Makefile",
    "gnumakefile": "Makefile",
    "dockerfile": "Dockerfile",
    "containerfile": "Dockerfile",
    "cmakelists.txt": "CMake",
    "meson.build": "Meson",
    "build": "Starlark",
    "workspace": "Starlark",
    "build.bazel": "Starlark",
    "sconstruct": "Python",
    "sconscript": "Python",
    "wscript": "Python",
    "gemfile": "Ruby",
    "rakefile": "Ruby",
    "podfile": "Ruby",
    "vagrantfile": "Ruby",
    "jenkinsfile": "Groovy",
    "justfile": "Just",
    "pipfile": "TOML",
    "cargo.lock": "TOML",
    "go.mod": "Go Module",
    ".bashrc": "Shell",
    ".bash_profile": "Shell",
    ".profile": "Shell",
    ".zshrc": "Shell",
    ".vimrc": "Vim Script",
    ".editorconfig": "EditorConfig",
    ".gitattributes": "Git Attributes",
    ".gitignore": "Ignore List",
    ".dockerignore": "Ignore List",
    ".gitconfig": "Git Config",
}
_INTERPRETERS = {
    "python": "Python",
    "pypy": "Python",
    "node": "JavaScript",
    "nodejs": "JavaScript",
    "bun": "TypeScript",
    "deno": "TypeScript",
    "ts-node": "TypeScript",
    "sh": "Shell",
    "bash": "Shell",
    "dash": "Shell",
    "zsh": "Shell",
    "ksh": "Shell",
    "bats": "Shell",
    "fish": "Fish",
    "perl": "Perl",
    "ruby": "Ruby",
    "php": "PHP",
    "lua": "Lua",
    "luajit": "Lua",
    "awk": "Awk",
    "gawk": "Awk",
    "make": "Makefile",
    "Rscript": "R",
    "julia": "Julia",
    "tclsh": "Tcl",
    "wish": "Tcl",
    "groovy": "Groovy",
    "scala": "Scala",
    "java": "Java",
    "elixir": "Elixir",
    "escript": "Erlang",
    "runhaskell": "Haskell",
    "racket": "Racket",
    "guile": "Scheme",
    "osascript": "AppleScript",
    "pwsh": "PowerShell",
    "nix-shell": "Shell",
    "just": "Just",
}


# Extensions that several languages share: what the first characters must hold to be another language than the usual one, tried in
# this order. The marks are those of https://github.com/github-linguist/linguist/blob/main/lib/linguist/heuristics.yml, in the
# syntax of Rust's regex (linear in time); (?m) goes before each.
_OBJECTIVE_C = r"^\s*(?:@(?:interface|class|protocol|property|end|implementation)\b|#import\s+.+\.h[\">])"
_CPP = (
    r"^\s*#\s*include <(?:cst\w+|string|vector|map|list|array|bitset|queue|stack|forward_list|unordered_map|unordered_set|[io]{0,2}stream"
    r"|memory|utility|functional|algorithm|type_traits|limits|tuple|optional)>|^\s*template\s*<|^[ \t]*(?:try|constexpr)\b|^[ \t]*catch\s*"
    r"|^[ \t]*(?:(?:enum )?class|(?:inline )?(?:using[ \t]+)?namespace)\s+\w+|^[ \t]*(?:private|public|protected):\s*$"
    r"|__has_cpp_attribute|__cplusplus >|std::\w+"
)
_FORTH, _XML = r"^: ", r"\A\s*<\?xml\b"
_AMBIGUOUS: dict[str, tuple[tuple[str, str], ...]] = {
    "cl": (("Common Lisp", r"^\s*\((?i:defun|in-package|defpackage) "), ("Cool", r"^class\b"), ("OpenCL", r"/\* |// |^\}")),
    "cls": (("VBA", r"^ *VERSION [0-9]\.[0-9] CLASS"), ("TeX", r"^\s*\\(?:NeedsTeXFormat|ProvidesClass)\{"), ("ObjectScript", r"^Class\s")),
    "d": (("DTrace", r"^(?:\w+:\w*:\w*:\w*|BEGIN\b|END\b|#pragma\s+D\s)"), ("Makefile", r"^[\w./\\-]+\.o\s*:\s")),
    "f": (("Forth", _FORTH),),
    "for": (("Forth", _FORTH),),
    "fs": (("Forth", r"^(?:: |new-device)"), ("GLSL", r"^\s*(?:#version|precision|uniform|varying|vec[234])\b")),
    "h": (("Objective-C", _OBJECTIVE_C), ("C++", _CPP)),
    "hh": (("Hack", r"<\?hh"),),
    "inc": (
        ("PHP", r"^<\?(?:php)?"),
        ("Pascal", r"(?i:^\s*\{\$(?:mode|ifdef|undef|define)[ ]+[a-z0-9_]+\})|^\s*end[.;]\s*$"),
        ("BitBake", r"^inherit(?:\s+[\w.-]+)+\s*$"),
        ("Assembly", r"(?i:^\s+mov\s+[^\s]+,|^\s+db\s+[a-z\d])"),
        ("C++", r"^\s*#\s*(?:include|define|undef|if|ifdef|ifndef)\b|" + _CPP),
    ),
    "m": (
        ("Objective-C", _OBJECTIVE_C),
        ("Mercury", r":- module"),
        ("MUF", _FORTH),
        ("M", r"^\s*;"),
        ("Wolfram Language", r"\A\s*\(\*"),
        ("Limbo", r"^\w+\s*:\s*module\s*\{"),
    ),
    "php": (("Hack", r"<\?hh"),),
    "pl": (("Raku", r"^\s*use\s+v6\b"), ("Prolog", r"^[^#\n]*:-")),
    "pm": (("Raku", r"^\s*use\s+v6\b"), ("X PixMap", r"\A\s*/\* XPM \*/")),
    "pp": (("Pascal", r"^\s*end[.;]"), ("Puppet", r"^\s+\w+\s+=>\s")),
    "pro": (
        ("Proguard", r"^-(?:include\b.*\.pro$|keep\b|keepclassmembers\b|keepattributes\b)"),
        ("Prolog", r"^[^\[#\n]+:-"),
        ("QMake", r"^\s*(?:HEADERS|SOURCES|TEMPLATE|TARGET|QT)\s*\+?="),
        ("IDL", r"^\s*(?i:function|pro|compile_opt) \w[ \w,:]*$"),
    ),
    "r": (("Rebol", r"(?i:\bRebol\b)"), ("Rez", r"#include\s+[\"<](?:Types\.r|Carbon/Carbon\.r)[\">]")),
    "rs": (("RenderScript", r"#pragma\s+(?:rs|version)|__attribute__"), ("XML", _XML)),
    "ts": (("XML", _XML + r"|\A\s*<!DOCTYPE TS>|^<TS\b"),),
    "tsx": (("XML", _XML),),
    "v": (
        ("Rocq Prover", r"(?:^|\s)(?:Proof|Qed)\.(?:$|\s)|(?:^|\s)Require[ \t]+(?:Import|Export)\s"),
        ("V", r"\$(?:if|else)[ \t]|^[ \t]*(?:pub )?fn\s+[^\s()]+\(.*\{|^[ \t]*for\s*\{"),
    ),
}


def _by_extension() -> dict[str, str]:
    lines = (entry.split(": ") for line in _EXTENSIONS.strip().splitlines() for entry in line.split(" | "))
    return {extension: language for language, extensions in lines for extension in extensions.split()}


_LANGUAGE_OF = _by_extension()
_ENV_OPTION = re.compile(r"(?:-S|--split-string|-\S*|\w+=\S*)$")
_VERSION = re.compile(r"[\d.]+$")


def of_path(path: str) -> str | None:
    """Return the language that the name of `path` tells, None when it tells none."""
    name = path.rsplit("/", 1)[-1].lower()
    stem, dot, extension = name.rpartition(".")
    if name in _NAMES:
        return _NAMES[name]
    if stem in ("makefile", "dockerfile", "containerfile") and extension not in _LANGUAGE_OF:  # Dockerfile.dev
        return _NAMES[stem]
    return _LANGUAGE_OF.get(extension) if dot and stem else None


def of_shebang(text: str) -> str | None:
    """Return the language of the interpreter in the first line of `text`, None when there is none or it is unknown.

    `env` is looked through, with its options and assignments: `#!/usr/bin/env -S LANG=C python3.11 -u` is Python.
    """
    if not text.startswith("#!"):
        return None
    words = text[2:300].split("\n", 1)[0].replace("-S", "-S ", 1).split()
    if words and words[0].rsplit("/", 1)[-1] == "env":
        words = [word for word in words[1:] if not _ENV_OPTION.match(word)]
    if not words:
        return None
    name = words[0].rsplit("/", 1)[-1]
    return _INTERPRETERS.get(name) or _INTERPRETERS.get(_VERSION.sub("", name))


def of_files(paths: pl.Series, heads: pl.Series) -> pl.Series:
    """Return the String series "language" of files with the equally long `paths` and `heads` (the first characters), null where none tells.

    A name decides. What it leaves open is looked into: names without a language for a shebang line, ambiguous ones for that and for marks.
    """
    distinct = paths.unique()
    named = dict(zip(distinct, map(of_path, distinct), strict=True))
    frame = pl.DataFrame({"path": paths, "head": heads}).with_columns(
        named=pl.Series([named[path] for path in paths], dtype=pl.String),
        extension=pl.col("path").str.extract(r"[^/]\.([^./]+)$").str.to_lowercase(),
    )
    asked = frame["extension"].is_in(list(_AMBIGUOUS)).fill_null(False)
    shown = pl.Series("shown", [None], dtype=pl.String).new_from_index(0, frame.height)
    for (extension,), rows in frame.with_row_index().filter(asked).group_by("extension"):
        shown = shown.scatter(rows["index"], _of_contents(str(extension), rows["head"]))
    marked = frame["head"].str.starts_with("#!") & (asked | frame["named"].is_null())
    shebang = pl.Series("shebang", [of_shebang(head) if mark else None for head, mark in zip(heads, marked, strict=True)], dtype=pl.String)
    return frame.with_columns(shown, shebang).select(language=pl.coalesce("shebang", "shown", "named"))["language"]


def _of_contents(extension: str, heads: pl.Series) -> pl.Series:
    marks = [pl.when(pl.lit(heads).str.contains("(?m)" + pattern)).then(pl.lit(language)) for language, pattern in _AMBIGUOUS[extension]]
    return pl.select(language=pl.coalesce(marks)).to_series() if heads.len() else heads

"""The language of a file, named as in GitHub Linguist: by its name, then by its shebang line."""

import re

# Language: extensions. A .h file is C++ here: its grammar reads C too.
_EXTENSIONS = """
Ada: adb ads | Agda: agda | ANTLR: g4 | Apex: cls | AsciiDoc: adoc asciidoc | Assembly: asm s | Astro: astro | Awk: awk
Batchfile: bat cmd | BibTeX: bib | Bicep: bicep | C: c | C#: cs csx | C++: cc cpp cxx c++ h hh hpp hxx h++ ipp inl tpp txx ixx cppm
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


def of_file(path: str, text: str) -> str | None:
    """Return the language of the file at `path` that begins with `text`, None when neither tells."""
    return of_path(path) or of_shebang(text)

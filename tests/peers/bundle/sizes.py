#!/usr/bin/env python3
"""Where the bytes of a bundle go: sections, and the code and constants of each crate (see README.md)."""
import argparse
import collections
import pathlib
import re
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
# Sections that a loader maps; the rest of a file is headers and padding.
SHOWN = ["text", "rodata", "eh_frame", "eh_frame_hdr", "gcc_except_table", "rela.dyn", "data.rel.ro", "data", "raya.program",
         "raya.manifest", "raya.descriptor"]


def run(*argv, **options):
    return subprocess.run([str(a) for a in argv], check=True, capture_output=True, text=True, **options).stdout


def owner(symbol):
    """The crate that a mangled Rust name begins with; C names belong to musl, the unwinder or a module."""
    name = symbol.removeprefix("raya_launch_")
    if name.startswith("raya_builtin"):
        return "raya_vm: built-ins' entries"
    v0 = re.match(r"_R.*?Cs[0-9A-Za-z]*_(\d+)_?(\w+)", name)
    if v0:
        return v0.group(2)[:int(v0.group(1))]
    legacy = re.match(r"_ZN(\d+)(.+)", name)
    if legacy:
        first = legacy.group(2)[:int(legacy.group(1))]
        inner = re.match(r"_?\$LT\$(?:\$\w+\$|[^a-z])*([a-z_0-9]+)", first)
        return (inner.group(1) if inner else first)
    return "modules" if name.startswith("raya_m") else "C: musl, unwinder"


def sections(image):
    found = {}
    for line in run("readelf", "-SW", image).splitlines():
        match = re.match(r"\s*\[\s*\d+\]\s+\.(\S+)\s+\S+\s+\S+\s+\S+\s+([0-9a-f]+)", line)
        if match:
            found[match.group(1)] = int(match.group(2), 16)
    return found


def crates(image):
    totals, symbols = collections.Counter(), {}
    for line in run("nm", "-S", "--defined-only", image).splitlines():
        parts = line.split()
        if len(parts) == 4 and parts[2].lower() in "trdw":
            # Several names of one function count once.
            symbols[parts[0]] = (int(parts[1], 16), parts[3])
    for size, name in symbols.values():
        totals[owner(name)] += size
    return totals, sorted(symbols.values(), reverse=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raya", default=ROOT / "target/release/raya")
    parser.add_argument("--largest", type=int, default=0, help="also print this many of the largest symbols")
    parser.add_argument("program", nargs="?", default=HERE / "hello.raya", type=pathlib.Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        build = pathlib.Path(folder)
        (build / "vendor").mkdir()
        run(arguments.raya, "module", "build", ROOT / "examples/hello/modules/adder", "-o",
            build / "vendor/adder-1.0.0.rmod", "--target", "x86_64-unknown-linux-musl")
        entry = build / arguments.program.name
        entry.write_text(arguments.program.read_text())
        stripped, image = build / "stripped", build / "image"
        run(arguments.raya, "bundle", entry, "-o", stripped)
        run(arguments.raya, "bundle", entry, "-o", image, "--keep-symbols")
        total, by_name = stripped.stat().st_size, sections(stripped)
        totals, largest = crates(image)
        print(f"{arguments.program.name}: {total:,} bytes\n\n| section | bytes |\n|---|---|")
        for name in SHOWN:
            if by_name.get(name):
                print(f"| .{name} | {by_name[name]:,} |")
        print("\n| code and constants of | bytes |\n|---|---|")
        for name, size in totals.most_common(14):
            print(f"| {name} | {size:,} |")
        print(f"| everything else | {sum(totals.values()) - sum(size for _, size in totals.most_common(14)):,} |")
        for size, name in largest[:arguments.largest]:
            print(f"{size:8,} {name}")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Where the bytes of a bundle go: by section and, with packs of `cargo xtask pack --names`, by crate (see README.md)."""
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
# What isolation calls a local name: with these alone there is nothing to sum up.
ISOLATED = "l"


def run(*argv, **options):
    return subprocess.run([str(a) for a in argv], check=True, capture_output=True, text=True, **options).stdout


def sections(image):
    found = {}
    for line in run("readelf", "-SW", image).splitlines():
        match = re.match(r"\s*\[\s*\d+\]\s+\.(\S+)\s+\S+\s+\S+\s+\S+\s+([0-9a-f]+)", line)
        if match:
            found[match.group(1)] = int(match.group(2), 16)
    return found


def functions(image):
    """Code and constants by name, each address once."""
    found = {}
    for line in run("nm", "-S", "-C", image).splitlines():
        match = re.match(r"([0-9a-f]+) ([0-9a-f]+) [tTwWrRvV] (.*)", line)
        if match:
            found[match.group(1)] = (match.group(3), int(match.group(2), 16))
    return found.values()


def origin(name):
    """The crate and module a function is from; C has neither."""
    path = re.search(r"(\w+)::(\w+)", name.removeprefix("raya_launch_"))
    return f"{path.group(1)}::{path.group(2)}" if path else "C: libc and the modules"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raya", default=ROOT / "target/release/raya", type=pathlib.Path)
    parser.add_argument("program", nargs="?", default=HERE / "hello.raya", type=pathlib.Path)
    arguments = parser.parse_args()
    raya = arguments.raya.resolve()
    with tempfile.TemporaryDirectory() as folder:
        build = pathlib.Path(folder)
        (build / "vendor").mkdir()
        run(raya, "module", "build", ROOT / "examples/hello/modules/adder", "-o", build / "vendor/adder-1.0.0.rmod",
            "--target", "x86_64-unknown-linux-musl")
        entry = build / arguments.program.name
        entry.write_text(arguments.program.read_text())
        image, named = build / "image", build / "named"
        run(raya, "bundle", entry, "-o", image)
        run(raya, "bundle", entry, "-o", named, "--keep-symbols")
        print(f"{arguments.program.name}: {image.stat().st_size:,} bytes\n\n| section | bytes |\n|---|---|")
        found = sections(image)
        for name in SHOWN:
            if found.get(name):
                print(f"| .{name} | {found[name]:,} |")
        origins = collections.Counter()
        known = functions(named)
        if sum(name == ISOLATED for name, _ in known) > 100:
            print("\nNo names: `cargo xtask pack --names`, then `cargo build --release` gives the map by crate and module.")
            return
        for name, size in known:
            origins[origin(name)] += size
        print("\n| crate::module | bytes |\n|---|---|")
        for name, size in origins.most_common(24):
            print(f"| {name} | {size:,} |")
        print(f"| all others | {sum(size for _, size in origins.most_common()[24:]):,} |")


if __name__ == "__main__":
    main()

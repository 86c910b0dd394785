#!/usr/bin/env python3
"""Where the bytes of a bundle go, section by section (see README.md). The launcher's own names are gone: it is isolated."""
import argparse
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


def sections(image):
    found = {}
    for line in run("readelf", "-SW", image).splitlines():
        match = re.match(r"\s*\[\s*\d+\]\s+\.(\S+)\s+\S+\s+\S+\s+\S+\s+([0-9a-f]+)", line)
        if match:
            found[match.group(1)] = int(match.group(2), 16)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raya", default=ROOT / "target/release/raya")
    parser.add_argument("program", nargs="?", default=HERE / "hello.raya", type=pathlib.Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        build = pathlib.Path(folder)
        (build / "vendor").mkdir()
        run(arguments.raya, "module", "build", ROOT / "examples/hello/modules/adder", "-o",
            build / "vendor/adder-1.0.0.rmod", "--target", "x86_64-unknown-linux-musl")
        entry = build / arguments.program.name
        entry.write_text(arguments.program.read_text())
        image = build / "image"
        run(arguments.raya, "bundle", entry, "-o", image)
        print(f"{arguments.program.name}: {image.stat().st_size:,} bytes\n\n| section | bytes |\n|---|---|")
        found = sections(image)
        for name in SHOWN:
            if found.get(name):
                print(f"| .{name} | {found[name]:,} |")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Bundles the programs of the corpus, locked, and prints what each costs (see README.md)."""
import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
POLICY = """schema = "raya.trust/1"
version = 1
expires = 2099-01-01T00:00:00Z
mode = "locked"

[root]
threshold = 1
keys = ["{key}"]
"""
C_PROGRAM = '#include <stdio.h>\nint main(void) { puts("Hello, world!"); return 0; }\n'


def run(*argv, **options):
    return subprocess.run([str(a) for a in argv], check=True, capture_output=True, text=True, **options).stdout


class Signer:
    """A policy that admits no module, signed by a key made for this run: the programs have no native modules."""

    def __init__(self, raya, folder):
        self.raya = raya
        self.key = folder / "root.pub"
        self.policy = folder / "raya-trust.toml"
        run(raya, "key", "gen", "--no-password", folder / "root")
        self.policy.write_text(POLICY.format(key=self.key.read_text().splitlines()[-1]))
        run(raya, "trust", "sign", self.policy, "--key", folder / "root.key")

    def bundle(self, entry, output):
        start = time.monotonic()
        run(self.raya, "bundle", "--locked", entry, "-o", output, "--policy", self.policy, "--root", self.key)
        return time.monotonic() - start


def lines(folder):
    """Lines of the program itself, without its tests and its samples."""
    sources = [path for path in folder.rglob("*.raya") if not path.name.endswith(".test.raya") and path.name != "sample.raya"]
    return sum(len(path.read_text().splitlines()) for path in sources)


def start_only(folder, copy):
    """The program with an end behind its imports: what runs is the start, and the bodies of the modules that it imports."""
    shutil.copytree(folder, copy)
    entry = copy / "main.raya"
    source = entry.read_text().splitlines()
    at = max((number + 1 for number, line in enumerate(source) if line.startswith("import ")), default=0)
    source[at:at] = ['import { exit as endHere } from "std:process";', "if (Date.now() > 0) endHere(0);"]
    entry.write_text("\n".join(source) + "\n")
    return entry


def fresh_project(raya, folder):
    run(raya, "init", folder / "fresh")
    return folder / "fresh"


def c_program(folder):
    """A static C program that prints a line; none where there is no musl-gcc."""
    if shutil.which("musl-gcc") is None:
        return None
    source = folder / "hello.c"
    source.write_text(C_PROGRAM)
    run("musl-gcc", "-O2", "-static", "-s", source, "-o", folder / "hello")
    return folder / "hello"


def once(path, empty):
    start = time.perf_counter()
    subprocess.run([path], check=True, stdout=subprocess.DEVNULL, cwd=empty)
    return time.perf_counter() - start


def medians(paths, runs, empty):
    """Seconds from start to end of each program. They take turns, so that all see the same machine."""
    times = {path: [] for path in paths}
    for _ in range(runs):
        for path in paths:
            times[path].append(once(path, empty))
    return {path: statistics.median(found) for path, found in times.items()}


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("-n", type=int, default=101, help="runs of each program")
    arguments.add_argument("--raya", type=pathlib.Path, default=ROOT / "target/release/raya")
    arguments = arguments.parse_args()
    raya = arguments.raya.resolve()
    with tempfile.TemporaryDirectory() as scratch:
        build = pathlib.Path(scratch)
        empty = build / "empty"
        empty.mkdir()
        signer = Signer(raya, build)
        fresh = fresh_project(raya, build)
        programs = [("a fresh project", fresh / "src", fresh / "src/main.raya")]
        programs += [(path.name, path, path / "main.raya") for path in sorted(HERE.iterdir()) if path.is_dir()]
        rows = []
        for name, folder, entry in programs:
            output = build / f"bundle_{name.replace(' ', '_')}"
            seconds = signer.bundle(entry, output)
            started = output.with_suffix(".start")
            signer.bundle(start_only(folder, build / f"start_{output.name}"), started)
            rows.append((name, lines(folder), output, started, seconds))
        c = c_program(build)
        paths = [path for row in rows for path in row[2:4]]
        times = medians(paths + ([c] if c else []), arguments.n, empty)
        print("| program | lines | bytes | start, ms | ×C | whole run, ms | bundle, s |")
        print("|---|---|---|---|---|---|---|")
        if c:
            print(f"| static C, one line | | {os.path.getsize(c):,} | {times[c] * 1000:.2f} | 1.00 | {times[c] * 1000:.2f} | |")
        for name, count, output, started, seconds in rows:
            ratio = f"{times[started] / times[c]:.2f}" if c else "–"
            print(f"| {name} | {count} | {os.path.getsize(output):,} | {times[started] * 1000:.2f} | {ratio} "
                  f"| {times[output] * 1000:.2f} | {seconds:.2f} |")


if __name__ == "__main__":
    main()

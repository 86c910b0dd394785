//! Lines a second on a generated program of 100,000 lines. Prints; never asserts times.

use std::time::Instant;

use raya_source::FileId;

const LINES: usize = 100_000;

/// One function with a bit of everything, 20 lines.
fn chunk(index: usize) -> String {
    format!(
        r#"// What item {index} does.
export async function compute{index}<T extends Base>(input: T[], limit: int = 10): Result<number, Error> {{
  const scale: number = 1.5 * {index};
  let total = 0;
  for (const item of input) {{
    if (item.weight > limit && !item.hidden || total == 0) {{
      total += item.weight * scale - (item.offset ?? 0);
      continue;
    }}
    const label = `item ${{item.name}} of ${{total.toFixed(2)}}`;
    console.log(label, {{ id: item.id, tags: ["a", "b"], nested: {{ x: 1, y: [1, 2, 3] }} }});
  }}
  const mapped = input.filter((x) => x.weight > 3).map((x: T): string => x.name);
  switch (mapped.length % 3) {{
    case 0: return err(new Error("none"));
    case 1: total = await fetchTotal(mapped[0], {{ retries: 3 }}); break;
    default: total = total << 2;
  }}
  return ok(total);
}}
"#
    )
}

fn main() {
    let text: String = (0..LINES / 20).map(chunk).collect();
    let lines = text.lines().count();
    for round in 1..=5 {
        let start = Instant::now();
        let parsed = raya_syntax::parse(FileId(0), &text);
        let parse_seconds = start.elapsed().as_secs_f64();
        assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics.first());
        let nodes = parsed.module.node_count;
        let start = Instant::now();
        drop(parsed);
        let drop_seconds = start.elapsed().as_secs_f64();
        println!(
            "round {round}: {lines} lines, {:.1} MB, {nodes} nodes: {:.2} million lines/s ({:.0} MB/s), freed in {:.0} ms",
            text.len() as f64 / 1e6,
            lines as f64 / parse_seconds / 1e6,
            text.len() as f64 / parse_seconds / 1e6,
            drop_seconds * 1e3,
        );
    }
}

//! What a report says, for tests: its codes.

/// The codes of all errors, in the order shown.
pub fn error_codes(report: &str) -> Vec<String> {
    codes(report, "error[")
}

/// The codes of all warnings, in the order shown.
pub fn warning_codes(report: &str) -> Vec<String> {
    codes(report, "warning[")
}

fn codes(report: &str, opening: &str) -> Vec<String> {
    let of_line = |line: &str| Some(line.strip_prefix(opening)?.split_once(']')?.0.to_owned());
    report.lines().filter_map(of_line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_at_the_start_of_lines() {
        let report = "error[R1001]: expected …\n  |\nwarning[R1191]: not verified\n\nnot error[R9]: x\nerror[R1002]: b\n";
        assert_eq!(error_codes(report), ["R1001", "R1002"]);
        assert_eq!(warning_codes(report), ["R1191"]);
    }
}

//! Times in plain words.

use gatepass_protocol::EpochSeconds;

/// `expires in 1 h 59 min`, `expired 5 min ago`.
pub(crate) fn expiry(at: EpochSeconds, now: EpochSeconds) -> String {
    match at.since(now) {
        left @ 1.. => format!("expires in {}", span(left)),
        0 => "expires now".to_owned(),
        past => format!("expired {} ago", span(past)),
    }
}

/// `issued 3 s ago`.
pub(crate) fn issue(at: EpochSeconds, now: EpochSeconds) -> String {
    match at.since(now) {
        ahead @ 1.. => format!("issued {} from now", span(ahead)),
        0 => "issued now".to_owned(),
        past => format!("issued {} ago", span(past)),
    }
}

/// `valid in 5 min`, `valid for 3 s`.
pub(crate) fn beginning(at: EpochSeconds, now: EpochSeconds) -> String {
    match at.since(now) {
        ahead @ 1.. => format!("valid in {}", span(ahead)),
        0 => "valid from now on".to_owned(),
        past => format!("valid for {}", span(past)),
    }
}

/// The two largest units of so many seconds, whatever their sign; the rest is cut off.
pub(crate) fn span(seconds: i64) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let mut rest = seconds.unsigned_abs();
    let mut words = Vec::new();
    for (at, (size, name)) in UNITS.into_iter().enumerate() {
        let count = rest / size;
        rest %= size;
        let is_first = words.is_empty();
        if count > 0 || (is_first && at == UNITS.len() - 1) {
            words.push(format!("{count} {name}"));
        }
        if !is_first {
            break; // Two neighbouring units say enough.
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> EpochSeconds {
        EpochSeconds::try_from(1_688_660_793 + seconds).unwrap()
    }

    #[test]
    fn a_span_has_its_two_largest_units() {
        for (seconds, words) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (61, "1 min 1 s"),
            (3_600, "1 h"),
            (3_601, "1 h"),
            (7_199, "1 h 59 min"),
            (86_400, "1 d"),
            (90_000, "1 d 1 h"),
            (400 * 86_400, "400 d"),
            (-300, "5 min"),
            (i64::MIN, "106751991167300 d 15 h"),
        ] {
            assert_eq!(span(seconds), words, "given {seconds}");
        }
    }

    #[test]
    fn each_time_is_told_from_now() {
        for (seconds, expiry_words, issue_words, beginning_words) in [
            (7_199, "expires in 1 h 59 min", "issued 1 h 59 min from now", "valid in 1 h 59 min"),
            (0, "expires now", "issued now", "valid from now on"),
            (-3, "expired 3 s ago", "issued 3 s ago", "valid for 3 s"),
        ] {
            assert_eq!(expiry(at(seconds), at(0)), expiry_words);
            assert_eq!(issue(at(seconds), at(0)), issue_words);
            assert_eq!(beginning(at(seconds), at(0)), beginning_words);
        }
    }
}

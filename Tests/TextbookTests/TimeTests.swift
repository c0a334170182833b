// Points in time against dates that are known.

import Testing
import Textbook

@Suite("Times")
struct TimeTests {
    @Test(
        "A time is read as RFC 3339 has it",
        arguments: [
            ("2026-11-21T08:00:00Z", 1_795_248_000_000_000), ("2026-11-21t08:00:00.5z", 1_795_248_000_500_000),
            ("2026-11-21T08:00:00.123456789Z", 1_795_248_000_123_456),
            ("2026-11-21T10:30:00+02:30", 1_795_248_000_000_000),
            ("2026-11-21T00:00:00-08:00", 1_795_248_000_000_000), ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T00:00:00Z", 951_782_400_000_000), ("1969-12-31T23:59:59Z", -1_000_000),
        ])
    func time(text: String, microseconds: Int64) {
        #expect(UTCTime(rfc3339: text)?.microseconds == microseconds)
    }

    @Test(
        "No other form of a time is read",
        arguments: [
            "", "2026-11-21", "2026-11-21T08:00Z", "2026-11-21 08:00:00Z", "2026-11-21T08:00:00",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-11-00T00:00:00Z",
            "2026-11-21T24:00:00Z", "2026-11-21T08:60:00Z", "2026-11-21T08:00:60Z", "2026-11-21T08:00:00.Z",
            "2026-11-21T08:00:00.1234567890Z", "2026-11-21T08:00:00+0100", "2026-11-21T08:00:00+24:00",
            "2026-11-21T08:00:00Z ", "+026-11-21T08:00:00Z", "2026-11-21T08:00:00\u{663}Z",
        ])
    func noTime(text: String) {
        #expect(UTCTime(rfc3339: text) == nil)
    }

    @Test("A time that is written is read again")
    func timeRoundTrip() {
        var random = SplitMix64(seed: 7)
        for _ in 1...1_000 {
            let time = UTCTime(seconds: .random(in: 0...250_000_000_000, using: &random), nanoseconds: 123_456_789)
            #expect(UTCTime(rfc3339: time.rfc3339(fractionDigits: 9)) == time)
        }
    }

    @Test(
        "A time is written with so many digits of its fraction",
        arguments: [(0, "08:00:00Z"), (1, "08:00:00.1Z"), (3, "08:00:00.129Z"), (9, "08:00:00.129456789Z")])
    func fraction(digits: Int, text: String) {
        let time = UTCTime(seconds: 1_795_248_000, nanoseconds: 129_456_789)
        #expect(time.rfc3339(fractionDigits: digits) == "2026-11-21T" + text)
    }

    private static let dates = [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (1_795_248_000, "Sat, 21 Nov 2026 08:00:00 GMT"),
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
    ]

    @Test("A date is written as RFC 9110 has it, and read again", arguments: dates)
    func date(seconds: Int, text: String) {
        #expect(UTCTime(seconds: seconds).httpDate == text)
        #expect(UTCTime(httpDate: text)?.seconds == seconds)
    }

    @Test(
        "No other form of a date is read",
        arguments: [
            "", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 06 Non 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 94 08:49:37 GMT",
        ])
    func noDate(text: String) {
        #expect(UTCTime(httpDate: text) == nil)
    }

    @Test("Before 1970 seconds are rounded down")
    func before1970() {
        let time = UTCTime(microseconds: -1)
        #expect(time.seconds == -1 && time.nanoseconds == 999_999_000 && time.microseconds == -1)
        #expect(UTCTime(seconds: -1).httpDate == "Wed, 31 Dec 1969 23:59:59 GMT")
    }
}

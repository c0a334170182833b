// What is read and written byte by byte: JSON, times, escapes, dates.

import FlashSale
import NIOCore
import Testing

@testable import FlashSaleHTTP

@Suite("The wire's forms")
struct WireTests {
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
        #expect(Timestamp(rfc3339: text)?.microseconds == microseconds)
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
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test("A time that is written is read again")
    func timeRoundTrip() {
        var random = SplitMix64(seed: 7)
        for _ in 1...1_000 {
            let time = Timestamp(microseconds: Int64.random(in: 0...250_000_000_000, using: &random) * 1_000_000)
            #expect(Timestamp(rfc3339: time.description) == time)
        }
    }

    @Test(
        "JSON is read",
        arguments: [
            ("null", JSONValue.null), (" true ", .bool(true)), ("-0", .integer(0)), ("12", .integer(12)),
            ("1e2", .number(100)),
            ("9223372036854775808", .number(9_223_372_036_854_775_808)),
            (#""a\u00e4\n\ud83d\ude00\/""#, .string("aä\n😀/")),
            ("[]", .array([])), ("[1,[2]]", .array([.integer(1), .array([.integer(2)])])),
            (#"{"a":{},"b":null}"#, .object([("a", .object([])), ("b", .null)])),
        ])
    func json(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsing: Array(text.utf8), depth: 3) == value)
    }

    @Test(
        "What is not JSON is refused",
        arguments: [
            "", " ", "nul", "truer", "01", "1.", ".5", "+1", "1e", "-", "'a'", "\"a", "\"\\x\"", "\"\\u12\"",
            "\"\u{1}\"",
            #""\ud83d""#, #""\ud83d\u0041""#, #""\ude00""#, "[1,]", "[1 2]", "{\"a\"}", "{\"a\":1,}", "{a:1}", "[1]]",
            "1 2",
            #"{"a":1,"a":2}"#, #"{"a":1,"\u0061":2}"#, "[[[[1]]]]", "1e999", "\u{FEFF}1", "NaN",
        ])
    func notJSON(text: String) {
        #expect(throws: JSONFailure.self) { try JSONValue(parsing: Array(text.utf8), depth: 3) }
    }

    @Test("Bytes that are not UTF-8 are no JSON")
    func notUTF8() {
        #expect(throws: JSONFailure.self) { try JSONValue(parsing: [0x22, 0xFF, 0x22], depth: 1) }
    }

    @Test("Whatever text is written as JSON is read again")
    func jsonRoundTrip() throws {
        var random = SplitMix64(seed: 11)
        for _ in 1...500 {
            let scalars = (0..<Int.random(in: 0...40, using: &random)).compactMap { _ in
                Unicode.Scalar(
                    UInt32.random(in: 0...0x1_1FFF, using: &random) >> UInt32.random(in: 0...12, using: &random))
            }
            let text = String(String.UnicodeScalarView(scalars))
            var json = JSONWriter()
            json.string(text)
            #expect(try JSONValue(parsing: json.buffer.readableBytesView, depth: 1) == .string(text))
        }
    }

    @Test("Objects and arrays get their commas")
    func nesting() {
        var json = JSONWriter()
        json.beginArray()
        json.beginObject()
        json.field("a", 1)
        json.key("b")
        json.beginArray()
        json.endArray()
        json.field("c", true)
        json.endObject()
        json.beginObject()
        json.endObject()
        json.string("d")
        json.endArray()
        #expect(String(buffer: json.buffer) == #"[{"a":1,"b":[],"c":true},{},"d"]"#)
    }

    @Test(
        "A target is split in origin form and in absolute form",
        arguments: [
            ("/a?b=c", "/a", "b=c"), ("/a", "/a", ""), ("/a?", "/a", ""), ("http://h:1/a?b", "/a", "b"),
            ("http://h", "/", ""),
            ("/a?b?c", "/a", "b?c"), ("/a://b", "/a://b", ""), ("*", "*", ""),
        ])
    func target(text: String, path: String, query: String) {
        let parts = splitTarget(text)
        #expect(parts.path == path)
        #expect(parts.query == query)
    }

    @Test(
        "A date is written as RFC 9110 has it",
        arguments: [
            (0 as Int64, "Thu, 01 Jan 1970 00:00:00 GMT"), (1_795_248_000, "Sat, 21 Nov 2026 08:00:00 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        ])
    func date(seconds: Int64, text: String) {
        #expect(httpDate(secondsSince1970: seconds) == text)
    }

    @Test(
        "An uptime is written in hours, minutes and seconds",
        arguments: [
            (0 as UInt64, "0.0s"), (3_400_000_000, "3.4s"), (123_400_000_000, "2m3.4s"),
            (3_723_499_999_999, "1h2m3.4s"),
            (3_600_000_000_000, "1h0m0.0s"),
        ])
    func uptime(nanoseconds: UInt64, text: String) {
        #expect(uptimeText(nanoseconds: nanoseconds) == text)
    }

    @Test(
        "Secrets are equal only if every byte is",
        arguments: [
            ("abc", "abc", true), ("abc", "abd", false), ("abc", "xbc", false), ("abc", "ab", false), ("", "", true),
        ])
    func secrets(left: String, right: String, areEqual: Bool) {
        #expect(areEqualInConstantTime(left.utf8, right.utf8) == areEqual)
    }

    @Test("Request ids are well-formed and differ")
    func requestIDs() {
        var random = SplitMix64(seed: 3)
        let ids = (1...10_000).map { _ in String(identifier: random.next()) }
        #expect(Set(ids).count == ids.count)
        #expect(ids.allSatisfy { isWellFormedIdentifier($0) && $0.utf8.count == 13 })
    }

    @Test("Limits that contradict each other are named")
    func limits() {
        #expect(HTTPLimits().problems() == [])
        var limits = HTTPLimits()
        limits.bodyBytes = 0
        limits.idleTimeout = .zero
        #expect(limits.problems().count == 2)
    }
}

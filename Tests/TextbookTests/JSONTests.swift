// JSON, as it is read and as it is written.

import Testing
import Textbook

@Suite("JSON")
struct JSONTests {
    @Test(
        "JSON is read",
        arguments: [
            ("null", JSONValue.null), (" true ", .bool(true)), ("-0", .integer(0)), ("12", .integer(12)),
            ("1e2", .integer(100)), ("3.0", .integer(3)), ("-3e2", .integer(-300)), ("1.5", .number(1.5)),
            ("1e300", .number(1e300)),
            ("9223372036854775808", .number(9_223_372_036_854_775_808)),
            (#""a\u00e4\n\ud83d\ude00\/""#, .string("aä\n😀/")),
            ("[]", .array([])), ("[1,[2]]", .array([.integer(1), .array([.integer(2)])])),
            (#"{"a":{},"b":null}"#, .object(["a": .object([:]), "b": .null])),
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

    @Test("A file may begin with the mark of UTF-8, a message may not, and UTF-16 is called by its name")
    func marks() throws {
        #expect(try JSONValue(ofFile: Array("\u{FEFF}[1]".utf8), depth: 1) == .array([.integer(1)]))
        #expect(try JSONValue(ofFile: Array("[1]".utf8), depth: 1) == .array([.integer(1)]))
        let marked = #expect(throws: JSONFailure.self) {
            try JSONValue(parsing: Array("\u{FEFF}[1]".utf8), depth: 1)
        }
        #expect(marked?.why == "begins with a byte order mark")
        for bytes: [UInt8] in [[0xFF, 0xFE, 0x31, 0], [0xFE, 0xFF, 0, 0x31]] {
            let failure = #expect(throws: JSONFailure.self) { try JSONValue(ofFile: bytes, depth: 1) }
            #expect(failure?.why == "is UTF-16, and must be UTF-8")
        }
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
            #expect(try JSONValue(parsing: json.bytes, depth: 1) == .string(text))
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
        #expect(String(decoding: json.bytes, as: UTF8.self) == #"[{"a":1,"b":[],"c":true},{},"d"]"#)
    }

    @Test("A cut string ends at a whole scalar and says so")
    func cut() {
        var json = JSONWriter()
        json.beginArray()
        let wasCut = [json.string("äöüäöü", byteCountMax: 10), json.string("ab", byteCountMax: 10)]
        #expect(wasCut == [true, false])
        json.endArray()
        #expect(String(decoding: json.bytes, as: UTF8.self) == #"["äöü","ab"]"#)
    }

    @Test("Times, numbers and keys of any text are written")
    func values() {
        var json = JSONWriter()
        json.beginObject()
        json.key(escaping: "a\"b")
        json.time(UTCTime(seconds: 1_795_248_000, nanoseconds: 42), fractionDigits: 9)
        json.key("c")
        json.literal(0.5.description)
        json.endObject()
        json.endLine()
        let line = #"{"a\"b":"2026-11-21T08:00:00.000000042Z","c":0.5}"# + "\n"
        #expect(String(decoding: json.bytes, as: UTF8.self) == line)
    }

    @Test("A tree is written without white space, by the names of its members, and reads as what it was")
    func tree() throws {
        let tree: JSONValue = ["b": [1, -2.5, "x\"", true, nil, []], "a": ["c": 1e300]]
        #expect(tree.compactText == #"{"a":{"c":1e+300},"b":[1,-2.5,"x\"",true,null,[]]}"#)
        #expect(try JSONValue(parsing: Array(tree.compactText.utf8), depth: 4) == tree)
        #expect(JSONValue.array([.number(.infinity), .number(.nan)]).compactText == "[null,null]")
    }

    @Test("A tree tells its members by their kind, and a number is one of either kind")
    func members() {
        let tree: JSONValue = ["list": [1, 2.5, "x", true, nil]]
        let list = tree["list"]?.array ?? []
        #expect(list.map(\.number) == [1, 2.5, nil, nil, nil])
        #expect(list.map(\.string) == [nil, nil, "x", nil, nil])
        #expect(list.map(\.bool) == [nil, nil, nil, true, nil])
        #expect(tree["other"] == nil && list[0]["list"] == nil && list[0].array == nil)
    }
}

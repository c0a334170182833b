// A line of the log: always valid JSON, base fields, redaction, limits.

import Foundation
import Logging
import Telemetry
import Testing
import Textbook

@testable import TelemetryExport

@Suite("Log lines")
struct LogLineTests {
    @Test("A line has its time to the nanosecond, its level, message, logger and fields")
    func base() throws {
        let line = try encode(event(.info, "sale created"), ["sale_id": "7", "duration_ms": .stringConvertible(1.5)])
        #expect(line["timestamp"] as? String == "2026-11-21T08:00:00.000000042Z")
        #expect(line["level"] as? String == "info")
        #expect(line["message"] as? String == "sale created")
        #expect(line["logger"] as? String == "test")
        #expect(line["sale_id"] as? String == "7")
        #expect(line["duration_ms"] as? Double == 1.5)
        #expect(line["function"] == nil)
    }

    @Test("A warning and worse say where they were logged", arguments: [Logger.Level.warning, .error, .critical])
    func origin(level: Logger.Level) throws {
        let line = try encode(event(level, "x"), [:])
        #expect(line["function"] as? String == "function()")
        #expect(line["file"] as? String == "Module/File.swift")
        #expect(line["module"] as? String == "Module")
        #expect(line["line"] as? Int == 12)
    }

    @Test("An error is logged with its type")
    func error() throws {
        var failed = event(.error, "failed")
        failed.error = UnexpectedValue()
        let line = try encode(failed, [:])
        #expect(line["error"] as? String == "UnexpectedValue()")
        #expect(line["error_type"] as? String == "TelemetryTests.UnexpectedValue")
    }

    @Test("Random bytes as message, names and values come back as they were", arguments: UInt64(1)...40)
    func fuzz(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<50 {
            let message = random.text()
            let name = "x" + random.text()
            let value = random.text()
            let nested: Logger.MetadataValue = ["y": .array([.string(value), .dictionary(["z": .string(value)])])]
            let bytes = encodeBytes(event(.info, message), [name: .string(value), "nested": nested])
            #expect(bytes.count { $0 < 0x20 } == 1, "only the line feed at the end, seed \(seed)")
            let line = try object(bytes)
            #expect(line["message"] as? String == message, "seed \(seed)")
            if !LogRedaction.isSecret(name) { #expect(line[name] as? String == value, "seed \(seed)") }
            let inner = (line["nested"] as? [String: Any])?["y"] as? [Any]
            #expect(inner?.first as? String == value, "seed \(seed)")
        }
    }

    @Test(
        "A message cannot forge a second line",
        arguments: ["a\nb", "a\r\nb", "a\u{85}b", "a\u{2028}b", "\u{1B}[2Ja", "a\0b"])
    func injection(message: String) throws {
        let bytes = encodeBytes(event(.info, message), [:])
        let text = String(decoding: bytes.dropLast(), as: UTF8.self)
        #expect(!text.unicodeScalars.contains { $0.value < 0x20 || 0x7F..<0xA0 ~= $0.value || $0.value == 0x2028 })
        #expect(try object(bytes)["message"] as? String == message)
    }

    @Test(
        "A field with a secret's name is redacted at any depth",
        arguments: [
            "password", "PASSWORD", "db_password", "dsn", "Authorization", "redis_auth", "Set-Cookie", "code",
            "checkout_code", "checkoutCode", "codes", "admin-token", "accessTokens", "baggage", "client.secret",
        ])
    func redaction(name: String) throws {
        let line = try encode(event(.info, "x"), [name: "hunter2", "details": .dictionary([name: "hunter2"])])
        #expect(line[name] as? String == "[REDACTED]")
        #expect((line["details"] as? [String: Any])?[name] as? String == "[REDACTED]")
    }

    @Test(
        "A harmless name is not redacted",
        arguments: ["status_code", "error_code", "exitCode", "encoder", "author", "checkout_ref", "sqlstate", "decode"])
    func noRedaction(name: String) throws {
        #expect(try encode(event(.info, "x"), [name: "shown"])[name] as? String == "shown")
    }

    @Test("A field cannot take the place of a base field")
    func baseNames() throws {
        let line = try encode(event(.info, "x"), ["level": "forged", "message": "forged", "level_": "second"])
        #expect(line["level"] as? String == "info")
        #expect(line["message"] as? String == "x")
        #expect(line["level__"] as? String == "forged")
        #expect(line["level_"] as? String == "second")
    }

    @Test(
        "Numbers and truth values keep their types",
        arguments: [("1", 1), ("true", true), ("-7", Int64(-7)), ("0.25", 0.25)]
            as [(String, any CustomStringConvertible & Sendable)])
    func numbers(literal: String, value: any CustomStringConvertible & Sendable) {
        let text = String(decoding: encodeBytes(event(.info, "x"), ["n": .stringConvertible(value)]), as: UTF8.self)
        #expect(text.contains("\"n\":\(literal)}"))
    }

    @Test("A number that JSON does not have is a string", arguments: [Double.nan, .infinity])
    func notANumber(value: Double) throws {
        #expect(try encode(event(.info, "x"), ["n": .stringConvertible(value)])["n"] as? String == value.description)
    }

    @Test(
        "A field that is too large or too deep, or one too many, is cut, and the line says so",
        arguments: [
            ["text": .string(String(repeating: "é\n", count: 5_000))],
            ["list": .array(Array(repeating: "item", count: 5_000))],
            ["members": .dictionary(Dictionary(uniqueKeysWithValues: (0..<5_000).map { ("k\($0)", "v") }))],
            ["deep": nest(100)],
            Dictionary(uniqueKeysWithValues: (0...LogLimits.fields).map { ("field\($0)", "v") }),
        ] as [Logger.Metadata])
    func truncation(fields: Logger.Metadata) throws {
        let bytes = encodeBytes(event(.info, "x"), fields)
        #expect(bytes.count < 4_096)
        #expect(try object(bytes)["truncated"] as? Bool == true)
    }

    @Test(
        "The settings say how a buyer's id is shown",
        arguments: [(.plain, "abc"), (.hash, "ba7816bf"), (.off, nil)] as [(LogSettings.UserIDForm, String?)])
    func userID(form: LogSettings.UserIDForm, shown: String?) throws {
        let line = LogLine(logger: "test", userID: form)
        let bytes = line.encode(event(.info, "x"), fields: ["user_id": "abc"], at: time, dropped: 0)
        #expect(try object(bytes)["user_id"] as? String == shown)
        let request = RequestLine(
            logger: "http", requestID: "r1", handler: .checkout, method: .post, path: "/checkout", status: 200,
            duration: 1, isSlow: false, client: nil, userID: "abc", trace: nil)
        #expect(try object(line.encode(request, at: time, dropped: 0))["user_id"] as? String == shown)
    }

    private let time = UTCTime(seconds: 1_795_248_000, nanoseconds: 42)

    private func event(_ level: Logger.Level, _ message: String) -> LogEvent {
        LogEvent(
            level: level, message: "\(message)", metadata: nil, source: "Module", file: "Module/File.swift",
            function: "function()", line: 12)
    }

    private func encodeBytes(_ event: LogEvent, _ fields: Logger.Metadata) -> [UInt8] {
        LogLine(logger: "test", userID: .plain).encode(event, fields: fields, at: time, dropped: 0)
    }

    private func encode(_ event: LogEvent, _ fields: Logger.Metadata) throws -> [String: Any] {
        try object(encodeBytes(event, fields))
    }

    private func object(_ bytes: [UInt8]) throws -> [String: Any] {
        try #require(JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    }
}

private func nest(_ depth: Int) -> Logger.MetadataValue {
    (0..<depth).reduce(.string("bottom")) { value, _ in .array([value]) }
}

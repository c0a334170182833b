// The log at a collector: the written lines, within the same limits, and never at the cost of the thread that logs.

import Foundation
import Logging
import NIOHTTP1
import Testing
import Textbook
import Tokens

@testable import Telemetry
@testable import TelemetryExport

@Suite("Logs by OTLP")
struct LogExportTests {
    let file = LogFile()

    private func record(
        _ level: Logger.Level = .info, _ message: Logger.Message = "x", _ fields: Logger.Metadata = [:],
        userID: LogSettings.UserIDForm = .plain, error: (any Error)? = nil, dropped: Int = 0
    ) throws -> WireMessage {
        var event = LogEvent(
            level: level, message: message, metadata: nil, source: "Module", file: "Module/File.swift",
            function: "function()", line: 12)
        event.error = error
        let record = LogRecord(
            event, fields: fields, logger: "test", userID: userID, at: UTCTime(seconds: 2, nanoseconds: 3),
            dropped: dropped)
        return try WireMessage(record.bytes)
    }

    @Test(
        "A record has its time, its severity and its message",
        arguments: zip(Logger.Level.allCases, [1, 5, 9, 10, 13, 17, 21] as [UInt64]))
    func base(level: Logger.Level, severity: UInt64) throws {
        let record = try record(level, "sale created")
        #expect(record.bits(1) == 2_000_000_003 && record.bits(11) == 2_000_000_003)
        #expect(record.integer(2) == severity && record.text(3) == level.rawValue)
        #expect(try record.messages(5).first?.anyText() == "sale created")
        let attributes = try record.attributes(6)
        #expect(attributes["code.function.name"] == (level >= .warning ? "function()" : nil))
        #expect(attributes["code.line.number"] == (level >= .warning ? "12" : nil))
        #expect(record.bytes(9).isEmpty && record.bytes(10).isEmpty && record.bits32(8) == nil)
    }

    @Test("The ids of the trace are in their own fields, and not among the attributes")
    func trace() throws {
        let record = try record(
            .info, "x",
            [
                "trace_id": .stringConvertible(TraceID(high: 1, low: 2)), "span_id": .stringConvertible(SpanID(3)),
                "trace_flags": .stringConvertible(TraceFlags.sampled), "request_id": "r",
            ])
        #expect(record.bytes(9) == [[0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2]])
        #expect(record.bytes(10) == [[0, 0, 0, 0, 0, 0, 0, 3]] && record.bits32(8) == 1)
        #expect(try record.attributes(6) == ["request_id": "r"])
    }

    @Test("Fields keep their types, at any depth")
    func types() throws {
        let record = try record(
            .info, "x",
            [
                "whole": .stringConvertible(-7), "large": .stringConvertible(UInt64.max),
                "part": .stringConvertible(1.5),
                "truth": .stringConvertible(true), "list": ["a", .stringConvertible(2)],
                "tree": ["inner": ["code": "7-secret", "n": "1"]],
            ], dropped: 4)
        #expect(
            try record.attributes(6) == [
                "whole": "-7", "large": "18446744073709551615", "part": "1.5", "truth": "true", "list": #"["a", "2"]"#,
                "tree": #"["inner=[\"code=[REDACTED]\", \"n=1\"]"]"#, "flashsale.log.sampled": "4",
            ])
    }

    @Test("Secrets and buyers are shown as on standard output", arguments: LogSettings.UserIDForm.allCases)
    func redaction(form: LogSettings.UserIDForm) throws {
        let record = try record(.info, "x", ["password": "p", "checkout_code": "7-s", "user_id": "ann"], userID: form)
        var expected = ["password": "[REDACTED]", "checkout_code": "[REDACTED]"]
        switch form {
        case .plain: expected["user_id"] = "ann"
        case .hash: expected["user_id"] = SHA2.shortName(of: "ann")
        case .off: break
        }
        #expect(try record.attributes(6) == expected)
    }

    @Test("An error has its message and its type, and no other field can take their names")
    func error() throws {
        let record = try record(.error, "failed", ["exception.type": "fake"], error: UnexpectedValue())
        let attributes = try record.attributes(6)
        #expect(attributes["exception.message"] == "UnexpectedValue()")
        #expect(attributes["exception.type"] == "TelemetryTests.UnexpectedValue")
        #expect(attributes["exception.type_"] == "fake")
    }

    @Test("A record has a size limit, and says how many fields it lacks")
    func bounds() throws {
        let long = String(repeating: "ä", count: 5_000)
        var deep: Logger.MetadataValue = "end"
        for _ in 0..<100 { deep = ["x": deep, "y": [deep, .string(long)]] }
        var fields: Logger.Metadata = ["deep": deep]
        for number in 0..<100 { fields["field\(number)"] = .string(long) }
        let event = LogEvent(
            level: .info, message: "\(long)", metadata: nil, source: "", file: "", function: "", line: 1)
        let record = LogRecord(
            event, fields: fields, logger: "test", userID: .plain, at: .now, dropped: 0)
        #expect(record.bytes.count < ExportLimits.recordBytes + 1_024)
        let message = try WireMessage(record.bytes)
        #expect(try message.messages(5).first?.anyText() == String(repeating: "ä", count: LogLimits.fieldBytes / 2))
        let shown = try message.attributes(6).count
        #expect(shown > 0 && message.integer(7) == UInt64(101 - shown))
    }

    @Test("Records of one logger stand under its name")
    func scopes() throws {
        let signal = LogSignal(
            resource: TelemetryResource(serviceName: "shop", build: BuildInfo()), instruments: Instruments().log)
        let records = ["a", "b", "a"].map { logger in
            let event = LogEvent(level: .info, message: "x", metadata: nil, source: "", file: "", function: "", line: 1)
            return LogRecord(event, fields: [:], logger: logger, userID: .plain, at: .now, dropped: 0)
        }
        let request = try WireMessage(signal.encode(records))
        #expect(try request.messages(1, 1).first?.attributes(1)["service.name"] == "shop")
        let scopes = try request.messages(1, 2)
        #expect(try scopes.map { try $0.messages(1).first?.text(1) } == ["a", "b"])
        #expect(scopes.map { $0.bytes(2).count } == [2, 1])
    }

    /// A pipeline whose records go to a sink, and their exporter.
    private func pipeline(
        to port: Int, instruments: Instruments, pace: ManualPace = ManualPace()
    ) throws -> (Logger, CollectorExport) {
        var settings = ExportSettings(resource: TelemetryResource(serviceName: nil, build: BuildInfo()))
        let endpoint = CollectorEndpoint(url: "http://127.0.0.1:\(port)", signal: .logs)
        settings.logs = CollectorDestination(endpoint: try #require(endpoint))
        settings.logs?.compresses = false
        let pipeline = LogPipeline(
            LogSettings(fileDescriptor: file.descriptor), instruments: instruments.log,
            now: { MonotonicTime(nanoseconds: 5_000_000_000) })
        let logger = Logger(label: "flow") { JSONLogHandler(label: $0, pipeline: pipeline) }
        let export = CollectorExport(settings, instruments: instruments, logger: logger, pace: pace.pace)
        pipeline.export(to: try #require(export.logs))
        return (logger, export)
    }

    @Test("Written lines are exported, sampled lines are not")
    func sampling() async throws {
        try await FaultySink.with { sink, port in
            let instruments = Instruments()
            let (logger, export) = try pipeline(to: port, instruments: instruments)
            for _ in 0..<350 { logger.info("request served") }
            logger.error("failed")
            await export.logs?.drain()
            let request = try #require(sink.received.first)
            #expect(request.head.uri == "/v1/logs" && sink.received.count == 1)
            let records = try WireMessage(request.body).messages(1, 2, 2)
            #expect(records.count == 103 && records.last?.integer(2) == 17)
            #expect(try records.compactMap { try $0.attributes(6)["flashsale.log.sampled"] } == ["99", "99"])
            #expect(instruments.log.messagesDroppedTotal.value(.sampled) == 248)
            #expect(instruments.export.requestsTotal.value(ExportLabels(.logs, .ok)) == 1)
        }
    }

    @Test("a: a record without room is counted, and no thread waits")
    func fullQueue() throws {
        let instruments = Instruments()
        let (logger, _) = try pipeline(to: 1, instruments: instruments)
        for _ in 0..<2_100 { logger.error("failed") }
        #expect(instruments.log.messagesDroppedTotal.value(.exportQueueFull) == 52)
        #expect(instruments.log.messagesDroppedTotal.value(.queueFull) == 0)
    }

    @Test("c, d: records that the collector refuses are counted, and the log line about them causes no loop")
    func refusal() async throws {
        var answer = ProtobufWriter()
        answer.message(1) { $0.integer(1, 2) }
        try await FaultySink.with([.answer(400), .answer(200, body: answer.bytes)]) { sink, port in
            let instruments = Instruments()
            let (logger, export) = try pipeline(to: port, instruments: instruments)
            for _ in 0..<3 { logger.error("failed") }
            await export.logs?.drain()
            // The second request has the line about the first, whose two records are refused.
            #expect(sink.received.count == 2)
            #expect(instruments.log.messagesDroppedTotal.value(.exportFailed) == 3 + 1)
            #expect(instruments.log.messagesTotal.value(.warning) == 1)
        }
    }

    @Test("e: records for a dead collector take at most 8 MB")
    func memory() async throws {
        let instruments = Instruments()
        let (logger, _) = try pipeline(to: 1, instruments: instruments)
        func logged(_ lines: Int) {
            for line in 0..<lines { logger.info("request served", metadata: ["slow": "true", "line": "\(line)"]) }
        }
        logged(4_000)
        let before = try residentBytes()
        logged(50_000)
        #expect(try residentBytes() - before < 8 << 20)
        #expect(instruments.log.messagesDroppedTotal.value(.exportQueueFull) == 54_000 - 2_048)
    }

    private func residentBytes() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        return try #require(Int(text.split(separator: " ")[1])) * 4_096
    }

    @Test("f: at shutdown waiting records are sent, and later ones are counted")
    func flush() async throws {
        try await FaultySink.with { sink, port in
            let instruments = Instruments()
            let (logger, export) = try pipeline(to: port, instruments: instruments)
            let running = Task { await export.run() }
            logger.notice("stopping")
            running.cancel()
            await running.value
            #expect(try sink.received.flatMap { try WireMessage($0.body).messages(1, 2, 2) }.count == 1)
            logger.notice("stopped")
            #expect(instruments.log.messagesDroppedTotal.value(.exportFailed) == 1)
        }
    }
}

// The log from a logger to its file: levels, merging, sampling, dropping, flushing.

import Foundation
import Glibc
import Logging
import Synchronization
import Telemetry
import Testing

@testable import TelemetryExport

@Suite("Log pipeline")
struct LogPipelineTests {
    let file = LogFile()

    @Test("All lines are in the file in order when the log is closed")
    func flush() throws {
        let service = TelemetryService(log: LogSettings(fileDescriptor: file.descriptor))
        let logger = Logger(label: "flow") { service.logHandler(label: $0) }
        for number in 0..<50 { logger.info("purchase committed", metadata: ["number": "\(number)"]) }
        #expect(service.shutdown())
        #expect(try file.objects().map { $0["number"] as? String } == (0..<50).map(String.init))
        #expect(service.instruments.log.messagesTotal.value(.info) == 50)
    }

    @Test("A service that stops writes out the log before it ends")
    func serviceEnd() async throws {
        let service = TelemetryService(log: LogSettings(fileDescriptor: file.descriptor))
        let running = Task { await service.run() }
        Logger(label: "flow") { service.logHandler(label: $0) }.info("on the way out")
        running.cancel()
        await running.value
        #expect(try file.objects().map { $0["message"] as? String } == ["on the way out"])
    }

    @Test("A line that comes after the end is still written")
    func afterTheEnd() throws {
        let service = TelemetryService(log: LogSettings(fileDescriptor: file.descriptor))
        service.shutdown()
        Logger(label: "late") { service.logHandler(label: $0) }.error("last words")
        #expect(try file.objects().map { $0["message"] as? String } == ["last words"])
    }

    @Test("An event's fields win over the task's, and these over the logger's")
    func merging() throws {
        let provider = Logger.MetadataProvider { ["request_id": "task", "trace_id": "task"] }
        let settings = LogSettings(fileDescriptor: file.descriptor, metadataProvider: provider)
        let service = TelemetryService(log: settings)
        var logger = Logger(label: "flow") { service.logHandler(label: $0) }
        logger[metadataKey: "request_id"] = "logger"
        logger[metadataKey: "sale_id"] = "logger"
        logger.info("x", metadata: ["trace_id": "event"])
        service.shutdown()
        let line = try #require(try file.objects().first)
        #expect(line["request_id"] as? String == "task")
        #expect(line["trace_id"] as? String == "event")
        #expect(line["sale_id"] as? String == "logger")
    }

    @Test("The level can change at run time, except for a logger that has its own")
    func level() throws {
        let service = TelemetryService(log: LogSettings(level: .warning, fileDescriptor: file.descriptor))
        let logger = Logger(label: "flow") { service.logHandler(label: $0) }
        var own = logger
        own.logLevel = .error
        logger.info("too low")
        service.logControl.level = .debug
        logger.debug("heard")
        own.warning("too low for its own")
        service.shutdown()
        #expect(try file.objects().map { $0["message"] as? String } == ["heard"])
    }

    @Test(
        "A flood is sampled, except for errors, answers of 500, and marked lines",
        arguments: [
            (.info, [:], 102), (.error, [:], 350), (.info, ["status_code": "503"], 350),
            (.info, ["status_code": .stringConvertible(200)], 102), (.info, ["slow": "true"], 350),
            (.notice, ["audit": "true"], 350),
        ] as [(Logger.Level, Logger.Metadata, Int)])
    func sampling(level: Logger.Level, fields: Logger.Metadata, kept: Int) throws {
        let instruments = Instruments().log
        let pipeline = LogPipeline(
            LogSettings(fileDescriptor: file.descriptor), instruments: instruments,
            now: { MonotonicTime(nanoseconds: 5_000_000_000) })
        let logger = Logger(label: "flow") { JSONLogHandler(label: $0, pipeline: pipeline) }
        for _ in 0..<350 { logger.log(level: level, "request served", metadata: fields) }
        pipeline.writer.close(within: .seconds(10))
        let lines = try file.objects()
        #expect(lines.count == kept)
        #expect(instruments.messagesDroppedTotal.value(.sampled) == UInt64(350 - kept))
        #expect(lines.compactMap { $0["sampled"] as? Int }.allSatisfy { $0 == 99 })
    }

    @Test("Lines of requests are counted and sampled like others, and made only if they are kept")
    func requests() throws {
        let instruments = Instruments().log
        let pipeline = LogPipeline(
            LogSettings(fileDescriptor: file.descriptor), instruments: instruments,
            now: { MonotonicTime(nanoseconds: 5_000_000_000) })
        var made = 0
        func log(mustBeKept: Bool) {
            pipeline.log(mustBeKept: mustBeKept) {
                made += 1
                return request
            }
        }
        for _ in 0..<350 { log(mustBeKept: false) }
        log(mustBeKept: true)
        pipeline.control.level = .notice
        log(mustBeKept: true)
        pipeline.writer.close(within: .seconds(10))
        let lines = try file.objects()
        #expect(lines.count == 103)
        #expect(made == 103)
        #expect(instruments.messagesTotal.value(.info) == 351)
        #expect(instruments.messagesDroppedTotal.value(.sampled) == 248)
        #expect(lines.compactMap { $0["sampled"] as? Int } == [99, 99])
    }

    @Test("A request's line equals the line of its fields as metadata")
    func requestLine() throws {
        let service = TelemetryService(log: LogSettings(fileDescriptor: file.descriptor))
        service.logRequest(mustBeKept: false) { request }
        Logger(label: request.logger) { service.logHandler(label: $0) }
            .info("\(RequestLine.message)", metadata: request.metadata)
        service.shutdown()
        let lines = try file.objects().map { line in
            line.filter { $0.key != "timestamp" }.mapValues { "\($0)" }
        }
        #expect(lines.count == 2)
        #expect(lines.first == lines.last)
        #expect(lines.first?["duration_ms"] == "1.5")
        #expect(lines.first?["user_id"] == "ann")
        #expect(lines.first?["trace_id"] == "00000000000000010000000000000002")
    }

    private let request = RequestLine(
        logger: "http", requestID: "r\"1", handler: .checkout, method: .post, path: "/checkout", status: 200,
        duration: 1_500_000, isSlow: true, client: "127.0.0.1", userID: "ann",
        trace: TraceParent(traceID: TraceID(high: 1, low: 2), spanID: SpanID(3), flags: .sampled))

    @Test("When the reader is stuck, lines are dropped and counted, and no thread waits")
    func dropping() {
        var ends: [Int32] = [0, 0]
        pipe(&ends)
        let (reader, entry) = (ends[0], ends[1])
        let line = [UInt8](repeating: 0x61, count: 4_095) + [0x0A]
        var byteCount = fill(entry, with: line)
        let instruments = Instruments().log
        let writer = LogWriter(fileDescriptor: entry, instruments: instruments, capacity: 16)
        for _ in 0..<200 { writer.write(line) }
        let dropped = instruments.messagesDroppedTotal.value(.queueFull)
        // The queue holds 16, the thread at most as many again.
        #expect(dropped >= 200 - 32)
        #expect(!writer.flush(within: .milliseconds(1)))

        // Once the reader is back, all other lines arrive.
        byteCount += (200 - Int(dropped)) * line.count
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while byteCount > 0 {
            let size = read(reader, &buffer, buffer.count)
            guard size > 0 else { break }
            byteCount -= size
        }
        #expect(byteCount == 0)
        #expect(writer.close(within: .seconds(10)))
        close(reader)
        close(entry)
    }

    @Test("Lines wait for others, unless one is urgent, there are many, or a caller flushes")
    func gathering() throws {
        // Each write is its own message; a missing one is an error after a while.
        var ends: [Int32] = [0, 0]
        try #require(socketpair(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0, &ends) == 0)
        let (reader, entry) = (ends[0], ends[1])
        defer {
            close(reader)
            close(entry)
        }
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(reader, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        func written() -> String {
            var buffer = [UInt8](repeating: 0, count: 4_096)
            let size = read(reader, &buffer, buffer.count)
            return String(decoding: buffer.prefix(max(0, size)), as: UTF8.self)
        }
        let writer = LogWriter(
            fileDescriptor: entry, instruments: Instruments().log, capacity: 3, gathering: .seconds(3_600))
        func write(_ text: String, isUrgent: Bool = false) { writer.write(Array(text.utf8), isUrgent: isUrgent) }
        write("a")
        write("b", isUrgent: true)
        #expect(written() == "ab")
        for text in ["c", "d", "e"] { write(text) }
        #expect(written() == "cde")
        write("f")
        #expect(writer.flush(within: .seconds(10)))
        #expect(written() == "f")
        write("g")
        #expect(writer.close(within: .seconds(10)))
        #expect(written() == "g")
    }

    @Test("When the reader is gone, lines count as write errors and the process lives")
    func brokenPipe() {
        var ends: [Int32] = [0, 0]
        pipe(&ends)
        close(ends[0])
        let instruments = Instruments().log
        let writer = LogWriter(fileDescriptor: ends[1], instruments: instruments)
        for _ in 0..<5 { writer.write([0x61, 0x0A]) }
        #expect(writer.close(within: .seconds(10)))
        #expect(instruments.messagesDroppedTotal.value(.writeError) == 5)
        close(ends[1])
    }

    @Test("Lines of many threads do not mix")
    func concurrency() async throws {
        let service = TelemetryService(log: LogSettings(fileDescriptor: file.descriptor))
        await withTaskGroup(of: Void.self) { group in
            for writer in 0..<8 {
                group.addTask {
                    let logger = Logger(label: "writer \(writer)") { service.logHandler(label: $0) }
                    for _ in 0..<500 {
                        logger.error("whole", metadata: ["text": "\(String(repeating: "x", count: 200))"])
                    }
                }
            }
        }
        #expect(service.shutdown(within: .seconds(30)))
        #expect(try file.objects().count == 4_000)
    }

    @Test("A queue returns its lines in order, and refuses lines beyond its room")
    func queue() {
        var queue = LogQueue(capacity: 3)
        for round in 0..<5 as Range<UInt8> {
            let accepted = [round, round + 1, round + 2, 9].map { queue.push([$0]) }
            #expect(accepted == [true, true, true, false])
            let first = queue.pop(atMost: 2)
            let second = queue.pop(atMost: 2)
            #expect(first == ([round, round + 1], 2))
            #expect(second == ([round + 2], 1))
            #expect(queue.count == 0)
        }
    }

    /// Fills a pipe without a reader, and returns the number of bytes.
    private func fill(_ entry: Int32, with line: [UInt8]) -> Int {
        let flags = fcntl(entry, F_GETFL)
        _ = fcntl(entry, F_SETFL, flags | O_NONBLOCK)
        defer { _ = fcntl(entry, F_SETFL, flags) }
        var byteCount = 0
        while true {
            let size = write(entry, line, line.count)
            guard size > 0 else { return byteCount }
            byteCount += size
        }
    }
}

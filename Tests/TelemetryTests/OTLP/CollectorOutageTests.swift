// The contract for collectors that are slow, dead or hostile: each clause, against a sink that behaves so.

import Foundation
import Logging
import NIOHTTP1
import Synchronization
import Testing

@testable import Telemetry
@testable import TelemetryExport

@Suite("A collector's outage")
struct CollectorOutageTests {
    /// A port without a listener.
    private func freePort() async throws -> Int { try await FaultySink.with { _, port in port } }

    @Test("Spans arrive over one connection, with the fields that the environment asks for")
    func delivery() async throws {
        try await FaultySink.with { sink, port in
            let bench = try Bench(port: port)
            bench.trace(10, perTrace: 5)
            await bench.exporter.drain()
            bench.trace(600)
            await bench.exporter.drain()
            let received = sink.received
            #expect(try received.map { try CollectedSpan.read($0.body).spans.count } == [10, 512, 88])
            #expect(Set(received.map(\.connection)).count == 1)
            let head = received[0].head
            #expect(head.uri == "/v1/traces" && head.headers["x-token"] == ["t"])
            // A given field takes the place of ours, but for what the body is.
            #expect(head.headers["host"] == ["other.example"] && head.headers["content-length"].count == 1)
            #expect(head.headers["content-type"] == ["application/x-protobuf"])
            #expect(head.headers["content-encoding"].isEmpty)
            #expect(head.headers.first(name: "user-agent")?.hasPrefix("OTel-OTLP-Exporter-Swift/") == true)
            #expect(bench.tracing.spansExportedTotal.value == 610 && bench.isConserved)
            #expect(bench.requests(.ok) == 3)
            #expect(bench.instruments.export.durationSeconds.count(.traces) == 3)
        }
    }

    @Test("Spans arrive as gzip where the environment does not say otherwise")
    func compression() async throws {
        try await FaultySink.with { sink, port in
            let bench = try Bench(port: port, compresses: true)
            bench.trace(100)
            await bench.exporter.drain()
            let request = try #require(sink.received.first)
            #expect(request.head.headers["content-encoding"] == ["gzip"] && request.body.prefix(2) == [0x1F, 0x8B])
            let body = try gunzip(request.body)
            #expect(try CollectedSpan.read(body).spans.count == 100)
            #expect(request.body.count < body.count * 2 / 3)
        }
    }

    @Test("a: a full queue drops the newest and counts them, without waiting")
    func fullQueue() async throws {
        let bench = try Bench(port: try await freePort())
        bench.trace(2_040, perTrace: 5)
        bench.trace(10, perTrace: 5)
        bench.trace(8)
        #expect(bench.tracing.spanQueueSize.value == 2_048)
        #expect(bench.tracing.spanQueueCapacity.value == 2_048)
        #expect(bench.dropped(.queueFull) == 5 + 5)
        #expect(bench.isConserved)
    }

    @Test(
        "b: a request that may still succeed is tried again, after 1 s, 2 s and so on",
        arguments: [
            [.reset], [.half], [.answer(429)], [.answer(502)], [.answer(503)], [.answer(504)],
            [.answer(503), .reset, .half, .answer(429)],
        ] as [[FaultySink.Behaviour]])
    func retries(script: [FaultySink.Behaviour]) async throws {
        try await FaultySink.with(script) { sink, port in
            let bench = try Bench(port: port)
            bench.trace(3)
            await bench.exporter.drain()
            #expect(sink.received.count == script.count + 1)
            #expect(Set(sink.received.map(\.body)).count == 1)
            #expect(bench.pace.pauses == (0..<script.count).map { .seconds(1 << $0) })
            #expect(bench.requests(.retryable) == UInt64(script.count))
            #expect(bench.tracing.spansExportedTotal.value == 3 && bench.isConserved)
        }
    }

    @Test("b: a request without an answer within the timeout is tried again")
    func silence() async throws {
        try await FaultySink.with([.silence]) { sink, port in
            let bench = try Bench(port: port, timeout: .milliseconds(200))
            bench.trace(1)
            await bench.exporter.drain()
            // A slow machine may have no time for the second answer either.
            #expect(Set(sink.received.map(\.connection)).count >= 2)
            #expect(bench.tracing.spansExportedTotal.value == 1)
        }
    }

    @Test("b: after five tries a batch is given up")
    func refusedConnection() async throws {
        let bench = try Bench(port: try await freePort())
        bench.trace(4)
        await bench.exporter.drain()
        #expect(bench.pace.pauses == [.seconds(1), .seconds(2), .seconds(4), .seconds(8)])
        #expect(bench.dropped(.exportFailed) == 4 && bench.complaints.count == 1 && bench.isConserved)
    }

    @Test(
        "b: Retry-After is honoured in both forms",
        arguments: [
            ("7", 7), ("Sat, 21 Nov 2026 08:00:09 GMT", 9), ("Sat, 21 Nov 2026 07:00:00 GMT", 0), ("soon", 1),
            ("-1", 1), ("Sat, 21 Foo 2026 08:00:09 GMT", 1), ("90", 90), ("3601", 3_600),
        ])
    func retryAfter(field: String, seconds: Int) async throws {
        try await FaultySink.with([.answer(429, fields: [("Retry-After", field)])]) { _, port in
            let bench = try Bench(port: port)
            bench.trace(1)
            await bench.exporter.drain()
            #expect(bench.pace.pauses == [.seconds(seconds)])
            #expect(bench.tracing.spansExportedTotal.value == 1)
            #expect(bench.complaints.count == (seconds >= 60 ? 1 : 0), "a long wait is told")
        }
    }

    @Test("b: a collector that asks for a wait gets nothing before, also of the next batch")
    func restAfterTheLastTry() async throws {
        let answer = FaultySink.Behaviour.answer(503, fields: [("Retry-After", "100")])
        let script = [FaultySink.Behaviour](repeating: answer, count: RetryPolicy.triesMax)
        try await FaultySink.with(script) { sink, port in
            let bench = try Bench(port: port)
            bench.trace(3)
            await bench.exporter.drain()
            #expect(bench.dropped(.exportFailed) == 3)
            bench.pace.pass(.seconds(40))
            bench.trace(2)
            await bench.exporter.drain()
            #expect(bench.pace.pauses == [.seconds(100), .seconds(100), .seconds(100), .seconds(100), .seconds(60)])
            #expect(bench.tracing.spansExportedTotal.value == 2 && sink.received.count == RetryPolicy.triesMax + 1)
        }
    }

    @Test("b: pauses have jitter, grow to 30 s at most, and end a minute after the first try")
    func pauses() {
        func pauses(random: Double, elapsed: [UInt64]) -> [RetryPolicy.Step] {
            var policy = RetryPolicy(startedAt: MonotonicTime(nanoseconds: 0))
            return elapsed.map { seconds in
                let now = MonotonicTime(nanoseconds: seconds * 1_000_000_000)
                return policy.decide(.failed("x"), at: now, date: 0, random: random)
            }
        }
        #expect(
            pauses(random: 0, elapsed: [0, 0]) == [
                .retry(after: .milliseconds(800)), .retry(after: .milliseconds(1_600)),
            ])
        #expect(pauses(random: 1, elapsed: [0]) == [.retry(after: .milliseconds(1_200))])
        #expect(pauses(random: 0.5, elapsed: [0, 57, 57]).last == .drop("x"))
        #expect(pauses(random: 0.5, elapsed: [59]) == [.drop("x")])
    }

    @Test(
        "c: a request that can never succeed is dropped at once, and logged once a minute",
        arguments: [400, 401, 404, 413])
    func fatal(status: Int) async throws {
        try await FaultySink.with([.answer(status), .answer(status), .answer(status)]) { sink, port in
            let bench = try Bench(port: port)
            for round in 1...3 {
                if round == 3 { bench.pace.pass(.seconds(60)) }
                bench.trace(2)
                await bench.exporter.drain()
            }
            #expect(sink.received.count == 3 && bench.pace.pauses.isEmpty)
            #expect(bench.dropped(.exportFailed) == 6 && bench.complaints.count == 2 && bench.isConserved)
            #expect(bench.requests(.fatal) == 3)
        }
    }

    @Test("d: spans that the collector refuses are counted and not sent again")
    func partialSuccess() async throws {
        var answer = ProtobufWriter()
        answer.message(1) { partial in
            partial.integer(1, 2)
            partial.text(2, "too old")
        }
        try await FaultySink.with([.answer(200, body: answer.bytes)]) { sink, port in
            let bench = try Bench(port: port)
            bench.trace(5)
            await bench.exporter.drain()
            #expect(sink.received.count == 1)
            #expect(bench.dropped(.rejected) == 2 && bench.tracing.spansExportedTotal.value == 3)
            #expect(bench.requests(.partial) == 1 && bench.isConserved)
            #expect(bench.complaints.words == ["too old"])
        }
    }

    @Test("d: what a collector says of a request is in the log, also if it took all of it")
    func remarks() async throws {
        var (warning, refusal) = (ProtobufWriter(), ProtobufWriter())
        warning.message(1) { $0.text(2, "deprecated") }
        refusal.integer(1, 3)
        refusal.text(2, "no such tenant")
        let script = [FaultySink.Behaviour.answer(200, body: warning.bytes), .answer(400, body: refusal.bytes)]
        try await FaultySink.with(script + [.answer(400, body: Array("<html>".utf8))]) { _, port in
            let bench = try Bench(port: port)
            for _ in 1...3 {
                bench.trace(1)
                await bench.exporter.drain()
                bench.pace.pass(.seconds(60))
            }
            #expect(bench.tracing.spansExportedTotal.value == 1 && bench.dropped(.exportFailed) == 2)
            let words = ["deprecated", "the collector answered 400: no such tenant", "the collector answered 400"]
            #expect(bench.complaints.words == words)
        }
    }

    @Test("d: an answer that is no protobuf, or that refuses more than was sent, does no harm")
    func oddAnswers() async throws {
        let more: [UInt8] = [0x0A, 0x02, 0x08, 0x63]
        let less: [UInt8] = [0x0A, 0x0B, 0x08] + [UInt8](repeating: 0xFF, count: 9) + [0x01]
        let script = [more, less, Array("<html>".utf8)].map { FaultySink.Behaviour.answer(200, body: $0) }
        try await FaultySink.with(script) { _, port in
            let bench = try Bench(port: port)
            for _ in script {
                bench.trace(5)
                await bench.exporter.drain()
            }
            #expect(bench.dropped(.rejected) == 5 && bench.tracing.spansExportedTotal.value == 10)
        }
    }

    @Test("e: ten minutes of traces for a dead collector take at most 8 MB")
    func memory() async throws {
        let bench = try Bench(port: try await freePort())
        bench.trace(4_000, perTrace: 5)
        let before = try residentBytes()
        bench.trace(300_000, perTrace: 5)
        #expect(try residentBytes() - before < 8 << 20)
        #expect(bench.tracing.spanQueueSize.value <= 2_048 && bench.isConserved)
    }

    @Test("f: at shutdown waiting spans are sent")
    func flush() async throws {
        try await FaultySink.with { sink, port in
            let bench = try Bench(port: port)
            let running = Task { await bench.export.run() }
            bench.trace(7)
            running.cancel()
            await running.value
            #expect(try sink.received.flatMap { try CollectedSpan.read($0.body).spans }.count == 7)
            #expect(bench.tracing.spansExportedTotal.value == 7)
            bench.trace(1)
            #expect(bench.dropped(.shutdown) == 1 && bench.isConserved)
        }
    }

    @Test("f: spans that a collector does not take in time are dropped and counted")
    func shutdown() async throws {
        try await FaultySink.with([.silence]) { _, port in
            let bench = try Bench(port: port, pace: ManualPace(isImpatient: true))
            let running = Task { await bench.export.run() }
            bench.trace(600)
            running.cancel()
            await running.value
            #expect(bench.dropped(.shutdown) == 600 && bench.isConserved)
        }
    }

    @Test("g: a collector that comes back gets new spans without a restart")
    func recovery() async throws {
        let script = [FaultySink.Behaviour](repeating: .reset, count: RetryPolicy.triesMax)
        try await FaultySink.with(script + [.answerAndClose]) { sink, port in
            let bench = try Bench(port: port)
            bench.trace(3)
            await bench.exporter.drain()
            #expect(bench.dropped(.exportFailed) == 3)
            for _ in 0..<2 {
                bench.trace(2)
                await bench.exporter.drain()
            }
            #expect(bench.tracing.spansExportedTotal.value == 4 && bench.isConserved)
            #expect(sink.received.count == RetryPolicy.triesMax + 2)
        }
    }

    @Test("512 spans are sent without waiting for the next round")
    func threshold() async throws {
        try await FaultySink.with { sink, port in
            let bench = try Bench(port: port)
            let running = Task { await bench.export.run() }
            bench.trace(512)
            await sink.received(1)
            running.cancel()
            await running.value
            #expect(bench.tracing.spansExportedTotal.value == 512)
        }
    }

    private func residentBytes() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        return try #require(Int(text.split(separator: " ")[1])) * 4_096
    }
}

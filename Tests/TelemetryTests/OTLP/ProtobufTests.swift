// The wire format of Protocol Buffers, written and read, and traces in it.

import Testing
import Textbook

@testable import Telemetry
@testable import TelemetryExport

@Suite("Protocol Buffers")
struct ProtobufTests {
    @Test("Fields are written as in the specification's examples")
    func examples() {
        var writer = ProtobufWriter()
        writer.integer(1, 150)
        writer.text(2, "testing")
        writer.message(3) { $0.integer(1, 150) }
        writer.integer(4, 0)
        writer.text(5, "")
        #expect(
            writer.bytes == [0x08, 0x96, 0x01, 0x12, 0x07] + Array("testing".utf8) + [0x1A, 0x03, 0x08, 0x96, 0x01])
    }

    @Test("All written fields are read back", arguments: [0, 1, 127, 128, 300, 16_383, 16_384, 70_000])
    func roundTrip(length: Int) {
        let text = [UInt8](repeating: 7, count: length)
        var writer = ProtobufWriter()
        writer.message(15) { outer in
            outer.message(16) { $0.text(1, text) }
            outer.fixed64(2, .max)
        }
        writer.fixed32(3, 0xDEAD_BEEF)
        writer.integer(536_870_911, UInt64.max)
        let fields = ProtobufReader.fields(of: writer.bytes) ?? []
        #expect(fields.map(\.number) == [15, 3, 536_870_911])
        #expect(fields.dropFirst().map(\.value) == [.fixed32(0xDEAD_BEEF), .integer(.max)])
        guard case .bytes(let outer) = fields[0].value, let inner = ProtobufReader.fields(of: outer),
            case .bytes(let innermost) = inner[0].value
        else { return #expect(Bool(false), "no message") }
        #expect(inner[1].value == .fixed64(.max))
        let expected: [ProtobufReader.Value] = length == 0 ? [] : [.bytes(text)]
        #expect(ProtobufReader.fields(of: innermost)?.map(\.value) == expected)
    }

    @Test("The values of a choice are written even if they are the default")
    func choice() {
        var writer = ProtobufWriter()
        writer.choice(1, text: "")
        writer.choice(2, integer: 0)
        writer.choice(4, number: 0)
        #expect(ProtobufReader.fields(of: writer.bytes)?.map(\.number) == [1, 2, 4])
    }

    @Test("The reader ends on random bytes")
    func fuzz() {
        var random = SplitMix64(seed: 7)
        for _ in 0..<5_000 {
            let bytes = (0..<Int.random(in: 0..<40, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            _ = ProtobufReader.fields(of: bytes)
        }
        #expect(ProtobufReader.fields(of: [0x0A, 0x05, 1]) == nil)
        #expect(ProtobufReader.fields(of: [0x08] + [UInt8](repeating: 0xFF, count: 11)) == nil)
        #expect(ProtobufReader.fields(of: [0x0B]) == nil && ProtobufReader.fields(of: [0x00]) == nil)
    }

    @Test("A trace is encoded as a collector reads it")
    func trace() throws {
        let bench = TraceTests.Bench()
        let parent = TraceTests.parent
        let trace = bench.tracer.begin(
            .request, parent: parent, state: TraceState(["a=1"]), of: RequestContext(requestID: "req-1"),
            at: MonotonicTime(nanoseconds: 1_000))
        let execute = trace.begin(.purchaseExecute, at: MonotonicTime(nanoseconds: 2_000))
        trace.record(
            .redisCommand, from: MonotonicTime(nanoseconds: 3_000), to: MonotonicTime(nanoseconds: 4_000)
        ) { span in
            span.peer = .redis
            span.set(.redisCommand, RedisCommandLabel.evalsha)
            span.set(.redisScript, ScriptLabel.reserve)
        }
        trace.record(.statement, from: MonotonicTime(nanoseconds: 3_000), to: MonotonicTime(nanoseconds: 5_000)) {
            $0.peer = .postgres
            $0.subject = SpanSubject("order", text: "select * from ledger_order($1)")
            $0.set(.statementType, QueryType.call)
            $0.set(.statementTable, QueryTable.orders)
            $0.set(.serverStatus, PackedText("40001").packed)
            $0.isError = true
        }
        trace.note(.lockLost, at: MonotonicTime(nanoseconds: 5_500))
        trace.end(execute, at: MonotonicTime(nanoseconds: 6_000)) { $0.set(.outcome, AttributeKey.success) }
        trace.finish(isError: true, at: MonotonicTime(nanoseconds: 9_000)) { root, request in
            root.set(.requestMethod, Method.post)
            root.set(.statusCode, 500)
            root.set(.failureReason, Reason.internal)
            var facts = RequestFacts(
                requestID: "req-1", route: "/purchase", query: "code=7-secret&x=y", protocolVersion: "1.1")
            facts.userAgent = "curl"
            facts.client = "192.0.2.7"
            facts.peer = ("10.0.0.1", 4_711)
            facts.baggage = Baggage(["flashsale.test.run=9"])
            request = facts
        }
        var resource = TelemetryResource(serviceName: "shop", build: BuildInfo())
        resource.peers[.postgres] = PeerAddress(host: "db", port: 5_432, namespace: "flashsale|public")
        let request = TraceRequest(resource, now: (real: 1_000_000, monotonic: MonotonicTime(nanoseconds: 9_000)))
        let (attributes, spans) = try CollectedSpan.read(request.encode([trace]))
        #expect(attributes["service.name"] == "shop" && attributes["service.instance.id"]?.utf8.count == 36)
        #expect(spans.map(\.name) == ["POST /purchase", "purchase execute", "EVALSHA reserve", "CALL order"])
        #expect(spans.map(\.kind) == [2, 1, 3, 3])
        #expect(spans.map(\.start) == [992_000, 993_000, 994_000, 994_000])
        #expect(spans.map(\.end) == [1_000_000, 997_000, 995_000, 996_000])
        #expect(spans.map(\.status) == [2, 0, 0, 2])
        #expect(spans[0].parent.count == 8 && spans[1].parent == spans[0].id && spans[2].parent == spans[1].id)
        #expect(Set(spans.map(\.traceID)).count == 1 && spans[0].state == "a=1" && spans[0].flags == 0x301)
        #expect(spans[0].attributes["url.query"] == "code=REDACTED")
        #expect(spans[0].attributes["http.response.status_code"] == "500")
        #expect(spans[0].attributes["error.type"] == "internal")
        #expect(spans[0].attributes["flashsale.test.run"] == "9" && spans[0].attributes["request.id"] == "req-1")
        #expect(spans[0].attributes["network.peer.port"] == "4711")
        #expect(spans[1].attributes["flashsale.outcome"] == "success" && spans[1].events == ["lock.lost"])
        #expect(spans[2].attributes["db.system.name"] == "redis")
        #expect(
            spans[3].attributes["server.port"] == "5432" && spans[3].attributes["db.response.status_code"] == "40001")
        #expect(spans[3].attributes["db.query.summary"] == "CALL order")
    }

    @Test("Every name and every key of the catalogue can be written")
    func catalogue() throws {
        let bench = TraceTests.Bench()
        let trace = bench.tracer.begin(.request)
        for name in SpanName.allCases {
            trace.record(name, from: .now, to: .now) { span in
                span.subject = SpanSubject("x")
                span.set(.redisCommand, RedisCommandLabel.get)
            }
        }
        trace.finish()
        let request = TraceRequest(
            TelemetryResource(serviceName: nil, build: BuildInfo()), now: (real: 0, monotonic: .now))
        let (_, spans) = try CollectedSpan.read(request.encode([trace]))
        #expect(spans.count == SpanName.allCases.count + 1)
        #expect(spans.allSatisfy { !$0.name.isEmpty })
        #expect(AttributeKey.allCases.allSatisfy { $0.name.contains(".") })
        #expect(
            AttributeKey.saleID.value(of: 7) == .integer(7)
                && AttributeKey.lockWait.value(of: 1_500_000) == .number(1.5))
    }
}

// The trace of a request, over a real socket: which requests are traced, and what a span holds and must not hold.

import FlashSaleHTTP
import Logging
import Synchronization
import Telemetry
import Testing

@Suite("Tracing of requests")
struct TracingTests {
    /// Traces that have ended.
    final class Collected: Sendable {
        private let state = Mutex<[Trace]>([])
        var traces: [Trace] { state.withLock { $0 } }
        func put(_ trace: Trace) { state.withLock { $0.append(trace) } }
    }

    static let caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    /// Sends a request to a server that traces everything, and returns the answer and the traces.
    private func ask(
        _ method: String, _ target: String, _ fields: [String] = [], ratio: Sampler.Root = .always,
        failure: Bool = false, proxies: [String] = []
    ) async throws -> (answer: RawAnswer, traces: [Trace]) {
        let collected = Collected()
        let answer = try await TestServer.with({ setup in
            setup.tracer = { instruments in
                Tracer(
                    sampler: Sampler(root: ratio, followsParent: true), slow: .seconds(60), instruments: instruments
                ) { collected.put($0) }
            }
            setup.configure = { $0.trustedProxies = proxies.compactMap { NetworkRange($0) } }
            if failure { setup.script.failure = .internal }
        }) { server in
            let answer = try await server.ask(method, target, fields + ["X-Request-Id: r1", "User-Agent: tests"])
            await server.logs.ended("r1")
            return answer
        }
        return (answer, collected.traces.filter { $0.records.first?.name == .request })
    }

    @Test("A request continues its caller's trace, and the answer names it")
    func parent() async throws {
        let (answer, traces) = try await ask(
            "POST", "/purchase?code=\(BuyerRoutesTests.code)",
            ["traceparent: \(Self.caller)", "tracestate: a=1", "baggage: flashsale.test.run=4,code=7"])
        let trace = try #require(traces.first)
        #expect(answer.status == 200 && answer["traceresponse"] == trace.rootContext.description)
        #expect(answer["traceresponse"]?.hasPrefix("00-0af7651916cd43dd8448eb211c80319c-") == true)
        #expect(trace.parent?.description == "b7ad6b7169203331" && trace.state?.description == "a=1")
        #expect(trace.records.map(\.name) == [.request, .purchaseExecute])
        #expect(trace.records[0].number(.statusCode) == 200 && !trace.records[0].isError)
        #expect(trace.records[0].label(.requestMethod) == "POST")
        let request = try #require(trace.request)
        #expect(request.route == "/purchase" && request.redactedQuery == "code=REDACTED")
        #expect(request.userAgent == "tests" && request.requestID == "r1" && request.client == "127.0.0.1")
        #expect(request.baggage.members == [.testRun: "4"])
    }

    @Test(
        "A malformed traceparent, or two of them, starts a new trace",
        arguments: [["traceparent: x"], ["traceparent: \(caller)", "traceparent: \(caller)"], []])
    func malformed(fields: [String]) async throws {
        let (answer, traces) = try await ask("GET", "/sales/active", fields)
        let trace = try #require(traces.first)
        #expect(answer.status == 200 && trace.parent == nil)
        #expect(trace.id.description != "0af7651916cd43dd8448eb211c80319c")
    }

    @Test(
        "A stranger's traceparent names the trace and does not have it sampled; that of a trusted proxy does",
        arguments: [([], 0), (["127.0.0.1"], 1)])
    func strangers(proxies: [String], count: Int) async throws {
        // The id alone would be sampled too: a share of the ids is, and its random part is the greatest.
        let caller = "00-ffffffffffffffffffffffffffffffff-b7ad6b7169203331-03"
        let fields = ["traceparent: \(caller)", "tracestate: ot=rv:ffffffffffffff"]
        let (answer, traces) = try await ask(
            "GET", "/sales/active", fields, ratio: .ratio(0.000_000_001), proxies: proxies)
        #expect(traces.count == count)
        #expect(answer["traceresponse"]?.hasPrefix("00-ffffffffffffffffffffffffffffffff-") == true)
        #expect(answer["traceresponse"]?.hasSuffix(count == 1 ? "-03" : "-02") == true)
    }

    @Test("Probes and scrapes are not traced", arguments: ["/health", "/healthz", "/readyz"])
    func probes(path: String) async throws {
        let (answer, traces) = try await ask("GET", path)
        #expect(traces.isEmpty && answer["traceresponse"] == nil)
    }

    @Test("A refusal is no error of the span")
    func refusal() async throws {
        let (answer, traces) = try await ask("POST", "/purchase?code=nonsense")
        let root = try #require(traces.first?.records.first)
        #expect(answer.status == 404 && root.number(.statusCode) == 404 && !root.isError)
        #expect(root.label(.failureReason) == nil)
    }

    @Test("A failure of the service is an error of the span, and is exported unsampled")
    func failure() async throws {
        let (answer, traces) = try await ask("GET", "/sales/7/items", ratio: .ratio(0), failure: true)
        let root = try #require(traces.first?.records.first)
        #expect(answer.status == 500 && root.isError && root.label(.failureReason) == "internal")
        #expect(root.label(.samplingReason) == "error")
    }

    @Test("The duration of an exported request has its trace as exemplar", arguments: [Sampler.Root.always, .ratio(0)])
    func exemplar(root: Sampler.Root) async throws {
        let collected = Collected()
        try await TestServer.with({ setup in
            setup.tracer = { instruments in
                Tracer(
                    sampler: Sampler(root: root, followsParent: true), slow: .seconds(60), instruments: instruments
                ) { collected.put($0) }
            }
        }) { server in
            _ = try await server.ask("GET", "/sales/active", ["X-Request-Id: r1"])
            await server.logs.ended("r1")
            let shown = server.instruments.http.requestDurationSeconds.exemplars().joined().compactMap { $0?.exemplar }
            let traces = collected.traces.map { trace in
                let root = trace.rootContext
                return Exemplar(
                    traceIDHigh: root.traceID.high, traceIDLow: root.traceID.low, spanID: root.spanID.value)
            }
            #expect(shown == traces && shown.count == (root == .always ? 1 : 0))
        }
    }

    @Test("A successful request that is not sampled leaves no trace")
    func unsampled() async throws {
        let (answer, traces) = try await ask("GET", "/sales/active", ratio: .ratio(0))
        #expect(answer["traceresponse"]?.hasSuffix("-02") == true && traces.isEmpty)
    }
}

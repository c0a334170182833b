// Libraries that trace through swift-distributed-tracing, as a collector would see them.

import Telemetry
import Testing
import Tracing

@testable import TelemetryExport

@Suite("Spans of libraries")
struct ForeignTracerTests {
    private struct Broken: Error {}

    /// Headers as a dictionary.
    private struct Fields: Injector, Extractor {
        func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) { carrier[key] = value }
        func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
    }

    @Test("A library's span is in the task's trace, under the span that is open there, by its own name")
    func within() throws {
        let bench = TraceTests.Bench()
        let tracer = ForeignTracer(bench.tracer)
        let request = bench.tracer.begin(.request, parent: TraceTests.parent)
        let execute = request.begin(.purchaseExecute)
        Trace.$current.withValue(request) {
            tracer.withSpan("outer") { outer in
                #expect(outer.isRecording)
                outer.attributes["code"] = "secret"
                tracer.withSpan("inner") { $0.operationName = "renamed" }
            }
        }
        request.end(execute)
        request.finish()
        let (inner, outer) = (bench.exported[0], bench.exported[1])
        #expect(bench.exported.allSatisfy { $0.id == TraceTests.parent.traceID } && bench.exported.count == 3)
        #expect(outer.parent == request.spanID(at: 1) && inner.parent == outer.spanID(at: 0))
        #expect(outer.records.map(\.name) == [.library] && outer.records[0].attributeCount == 0)
        #expect(SpanText.name(of: outer.records[0], in: outer) == "outer" && !outer.records[0].isError)
        #expect(SpanText.name(of: inner.records[0], in: inner) == "renamed")
    }

    @Test("A library's span is an error if it throws or says so")
    func errors() {
        let bench = TraceTests.Bench()
        let tracer = ForeignTracer(bench.tracer)
        #expect(throws: Broken.self) { try tracer.withSpan("a") { _ in throw Broken() } }
        tracer.withSpan("b") { $0.setStatus(SpanStatus(code: .error)) }
        tracer.withSpan("c") { $0.setStatus(SpanStatus(code: .ok)) }
        #expect(bench.exported.map { $0.records[0].isError } == [true, true, false])
        #expect(bench.exported.allSatisfy { $0.parent == nil })
    }

    @Test("A library passes a trace on, and continues one that it receives")
    func carrying() {
        let bench = TraceTests.Bench()
        let tracer = ForeignTracer(bench.tracer)
        var context = ServiceContext.topLevel
        let given = ["traceparent": TraceTests.parent.description, "tracestate": "a=1"]
        tracer.extract(given, into: &context, using: Fields())
        let span = tracer.startSpan("call", context: context)
        var sent: [String: String] = [:]
        tracer.inject(span.context, into: &sent, using: Fields())
        span.end()
        let trace = bench.exported[0]
        #expect(trace.id == TraceTests.parent.traceID && trace.parent == TraceTests.parent.spanID)
        #expect(sent == ["traceparent": trace.rootContext.description, "tracestate": "a=1"])
        tracer.extract(["traceparent": "nonsense"], into: &context, using: Fields())
        #expect(tracer.startSpan("next", context: context).isRecording)
    }

    @Test("Nothing is recorded of a trace that is dropped")
    func dropped() {
        let bench = TraceTests.Bench(Sampler(root: .never, followsParent: true))
        ForeignTracer(bench.tracer).withSpan("x") { #expect(!$0.isRecording) }
        #expect(bench.exported.isEmpty && bench.started == 0)
    }
}

// Collects the spans of libraries that trace through swift-distributed-tracing, as ForeignMetrics collects their
// metrics.
//
// Trust rule: a library's spans may run beside each other and outlive the request that they began in. So each has its
// own piece of memory and follows from its parent under the same trace id.

internal import Telemetry
internal import Tracing

/// The process's tracer, as libraries see it.
///
/// The `ServiceContext` carries a trace through libraries. Without one the task's own trace is used, and without that a
/// library's span is a root.
struct ForeignTracer: Tracing.Tracer {
    private enum OpenTrace: ServiceContextKey {
        typealias Value = Trace
        static var nameOverride: String? { "flashsale-trace" }
    }

    private enum Caller: ServiceContextKey {
        typealias Value = RemoteCaller
        static var nameOverride: String? { "flashsale-caller" }
    }

    private struct RemoteCaller: Sendable {
        let parent: TraceParent
        let state: TraceState?
    }

    private let tracer: Telemetry.Tracer

    init(_ tracer: Telemetry.Tracer) {
        self.tracer = tracer
    }

    func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: Tracing.SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> ForeignSpan {
        var context = context()
        let trace: Trace
        if let open = context[OpenTrace.self] {
            trace = open.follow(.library)
        } else if let caller = context[Caller.self] {
            trace = tracer.begin(.library, parent: caller.parent, state: caller.state)
        } else {
            trace = Trace.current?.follow(.library) ?? tracer.begin(.library)
        }
        context[OpenTrace.self] = trace
        return ForeignSpan(operationName, trace: trace, context: context)
    }

    /// The exporter sends on its own schedule, so there is nothing to flush.
    func forceFlush() {}

    func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
        guard let trace = context[OpenTrace.self] ?? Trace.current else { return }
        injector.inject(trace.context.description, forKey: "traceparent", into: &carrier)
        if let state = trace.state { injector.inject(state.description, forKey: "tracestate", into: &carrier) }
    }

    func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {
        guard let parent = extractor.extract(key: "traceparent", from: carrier).flatMap({ TraceParent($0) }) else {
            return
        }
        let state = extractor.extract(key: "tracestate", from: carrier).flatMap { TraceState([$0]) }
        context[Caller.self] = RemoteCaller(parent: parent, state: state)
    }
}

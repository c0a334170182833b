// A span of a library: its name, its time, and whether it failed.

internal import Synchronization
internal import Telemetry
internal import Tracing

/// A span made by ``ForeignTracer``.
///
/// It ignores attributes, events and links: keys are a closed list here, and a library could write a buyer's data into
/// them.
final class ForeignSpan: Tracing.Span {
    private struct State {
        var name: String
        var isError = false
    }

    let context: ServiceContext
    private let trace: Trace
    private let state: Mutex<State>

    init(_ name: String, trace: Trace, context: ServiceContext) {
        self.trace = trace
        self.context = context
        state = Mutex(State(name: name))
    }

    var operationName: String {
        get { state.withLock { $0.name } }
        set { state.withLock { $0.name = newValue } }
    }

    var isRecording: Bool { trace.decision != .drop }

    var attributes: SpanAttributes {
        get { [:] }
        set {}
    }

    func setStatus(_ status: SpanStatus) {
        state.withLock { $0.isError = status.code == .error }
    }

    func recordError<Instant: TracerInstant>(
        _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
    ) {
        state.withLock { $0.isError = true }
    }

    func addEvent(_ event: Tracing.SpanEvent) {}

    func addLink(_ link: SpanLink) {}

    /// Ends the span now and ignores the given time: its times are of the process's own clock.
    func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        let state = state.withLock { $0 }
        trace.finish(isError: state.isError) { record, _ in record.subject = SpanSubject(state.name) }
    }
}

// Traces as a collector reads them: opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest. Numbers become
// names and texts here, outside of any request.

internal import Telemetry

/// Encodes batches of traces. The field numbers are those of opentelemetry-proto 1.
struct TraceRequest {
    let resource: TelemetryResource
    /// Nanoseconds to add to a monotonic time to get those since 1970.
    let epoch: UInt64
    /// The attributes of the stores, encoded once for all spans.
    private let peers: [SpanPeer: [UInt8]]

    /// - Parameter now: both clocks at one moment.
    init(_ resource: TelemetryResource, now: (real: UInt64, monotonic: MonotonicTime)) {
        self.resource = resource
        epoch = now.real &- now.monotonic.nanoseconds
        peers = Dictionary(
            uniqueKeysWithValues: [SpanPeer.postgres, .redis].map { peer in
                var attributes = ProtobufWriter()
                SpanText.describe(peer, at: resource.peers[peer]) { attributes.attribute(9, $0, $1) }
                return (peer, attributes.bytes)
            })
    }

    func encode(_ traces: [Trace]) -> [UInt8] {
        var request = ProtobufWriter(capacity: 1_024 + traces.count * 2_048)
        request.message(1) { spans in
            spans.resource(1, resource)
            spans.message(2) { scope in
                scope.message(1) { $0.text(1, "flashsale") }
                for trace in traces {
                    for (place, record) in trace.records.enumerated() {
                        scope.message(2) { write(record, at: place, of: trace, to: &$0) }
                    }
                }
            }
        }
        return request.bytes
    }

    private func write(_ record: SpanRecord, at place: Int, of trace: Trace, to span: inout ProtobufWriter) {
        span.id(1, trace.id)
        span.id(2, trace.spanID(at: place))
        if let state = trace.state { span.text(3, state.description) }
        if let parent = trace.parent(of: record) { span.id(4, parent) }
        span.text(5, SpanText.name(of: record, in: trace))
        span.integer(6, UInt64(record.name.kind.rawValue))
        span.fixed64(7, epoch &+ record.start.nanoseconds)
        span.fixed64(8, epoch &+ max(record.end, record.start).nanoseconds)
        record.forEachAttribute { key, value in span.attribute(9, key.name, key.value(of: value)) }
        SpanText.describe(record, at: place, in: trace) { name, value in span.attribute(9, name, value) }
        if let store = peers[record.peer] { span.fields(store) }
        if record.event != .none {
            span.message(11) { event in
                event.fixed64(1, epoch &+ record.eventAt.nanoseconds)
                event.text(2, record.event.name)
            }
        }
        if place == 0 { write(trace.links, to: &span) }
        if record.isError { span.message(15) { $0.integer(3, 2) } }
        // Bit 8 says that it is known whether the parent is remote, bit 9 that it is.
        let isRemote = place == 0 && trace.parent != nil && record.name == .request
        span.fixed32(16, UInt32(trace.flags.rawValue) | 0x100 | (isRemote ? 0x200 : 0))
    }

    private func write(_ links: [TraceParent], to span: inout ProtobufWriter) {
        for link in links {
            span.message(13) { message in
                message.id(1, link.traceID)
                message.id(2, link.spanID)
                message.fixed32(6, UInt32(link.flags.rawValue) | 0x100)
            }
        }
    }
}

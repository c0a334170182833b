// Traces as the exporter sees them: they are counted in spans.

internal import Telemetry

struct SpanSignal: BatchedSignal {
    let resource: TelemetryResource
    let instruments: TracingInstruments
    let pace: ExportPace

    func weight(of trace: Trace) -> Int { trace.spanCount }

    func encode(_ batch: [Trace]) -> [UInt8] {
        TraceRequest(resource, now: (pace.real(), pace.now())).encode(batch)
    }

    func queued(_ weight: Int) { instruments.spanQueueSize.set(weight) }

    func delivered(_ weight: Int) { instruments.spansExportedTotal.increment(by: UInt64(weight)) }

    func dropped(_ weight: Int, _ reason: BatchDropReason) {
        let label: SpanDropReason =
            switch reason {
            case .queueFull: .queueFull
            case .exportFailed: .exportFailed
            case .rejected: .rejected
            case .shutdown: .shutdown
            }
        instruments.spansDroppedTotal.increment(label, by: UInt64(weight))
    }
}

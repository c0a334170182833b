// Log records as the exporter sees them. They are encoded before they are queued, because their values may change.

internal import Telemetry

struct LogSignal: BatchedSignal {
    let resource: TelemetryResource
    let instruments: LogInstruments

    func weight(of record: LogRecord) -> Int { 1 }

    /// An ExportLogsServiceRequest: the records by their loggers, in the order in which those first come.
    func encode(_ batch: [LogRecord]) -> [UInt8] {
        var loggers: [String] = []
        var records: [String: [[UInt8]]] = [:]
        for record in batch {
            if records[record.logger] == nil { loggers.append(record.logger) }
            records[record.logger, default: []].append(record.bytes)
        }
        var request = ProtobufWriter(capacity: 1_024 + batch.reduce(0) { $0 + $1.bytes.count + 4 })
        request.message(1) { logs in
            logs.resource(1, resource)
            for logger in loggers {
                logs.message(2) { scope in
                    scope.message(1) { $0.text(1, logger) }
                    for bytes in records[logger] ?? [] { scope.text(2, bytes) }
                }
            }
        }
        return request.bytes
    }

    func queued(_ weight: Int) {}

    /// A record has been counted as a line already.
    func delivered(_ weight: Int) {}

    func dropped(_ weight: Int, _ reason: BatchDropReason) {
        instruments.messagesDroppedTotal.increment(
            reason == .queueFull ? .exportQueueFull : .exportFailed, by: UInt64(weight))
    }
}

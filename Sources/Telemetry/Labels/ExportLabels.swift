// Pairs of a signal and a request's result. All combinations occur.

/// The labels of a request to the collector.
public struct ExportLabels: LabelSet, Hashable {
    public let signal: ExportSignal
    public let result: ExportResult

    @inlinable
    public init(_ signal: ExportSignal, _ result: ExportResult) {
        self.signal = signal
        self.result = result
    }

    public static let labelNames = [ExportSignal.labelName, ExportResult.labelName]

    public static let all = ExportSignal.allCases.flatMap { signal in
        ExportResult.allCases.map { ExportLabels(signal, $0) }
    }

    @inlinable static var resultCount: Int { 4 }

    @inlinable public var index: Int { signal.index &* Self.resultCount &+ result.index }

    public var labelValues: [String] { [signal.rawValue, result.rawValue] }
}

/// A signal in OpenTelemetry's sense: a kind of telemetry with its own endpoint.
public enum ExportSignal: String, LabelValue {
    case traces
    case metrics
    case logs

    public static let labelName = "signal"
}

/// How a request to the collector ended.
public enum ExportResult: String, LabelValue {
    case ok
    case retryable
    case fatal
    case partial

    public static let labelName = "result"
}

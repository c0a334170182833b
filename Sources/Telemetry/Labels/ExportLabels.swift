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

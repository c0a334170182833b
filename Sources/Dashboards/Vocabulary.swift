// All that the boards may read. An instrument is read by its property, so that a renamed one does not compile; what has
// no property is read by a name that must be on a list, so that the generator fails on any other.

public import Telemetry

/// The instruments of the service, and the lists of what stands beside them in Prometheus.
public struct Vocabulary: Sendable {
    public let instruments: Instruments
    private let named: [String: Source]

    public init(_ instruments: Instruments) {
        self.instruments = instruments
        let families = instruments.families.map { Source($0) }
        let lists = Source.recorded + Source.ofPrometheus + Source.exported + Source.ofLoad
        named = Dictionary(uniqueKeysWithValues: (families + lists).map { ($0.name, $0) })
    }

    /// The source of that name. Traps when no list has it: a board must not name what nobody exposes.
    public subscript(name: String) -> Source {
        guard let source = named[name] else { preconditionFailure("nobody exposes \(name)") }
        return source
    }
}

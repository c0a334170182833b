// Everything that the boards may read. They read an instrument by its property, so a renamed one does not compile. They
// read all else by a name on a list, so the generator fails on any other name.

public import Telemetry

/// The instruments of the service, and the lists of the other series in Prometheus.
public struct Vocabulary: Sendable {
    public let instruments: Instruments
    private let named: [String: Source]

    public init(_ instruments: Instruments) {
        self.instruments = instruments
        let families = instruments.families.map { Source($0) }
        let lists = Source.recorded + Source.ofPrometheus + Source.exported + Source.ofLoad
        named = Dictionary(uniqueKeysWithValues: (families + lists).map { ($0.name, $0) })
    }

    /// The source of that name. Traps if no list has it: a board must not name a series that does not exist.
    public subscript(name: String) -> Source {
        guard let source = named[name] else { preconditionFailure("no list has \(name)") }
        return source
    }
}

// An exemplar: the trace of one observation among many.

/// The trace and span of an observation. Give one only if the trace is kept: an exemplar must not lead nowhere.
public struct Exemplar: Hashable, Sendable {
    /// The first eight bytes of the trace's id, as a big-endian number.
    public let traceIDHigh: UInt64
    /// The last eight bytes of the trace's id.
    public let traceIDLow: UInt64
    public let spanID: UInt64

    @inlinable
    public init(traceIDHigh: UInt64, traceIDLow: UInt64, spanID: UInt64) {
        self.traceIDHigh = traceIDHigh
        self.traceIDLow = traceIDLow
        self.spanID = spanID
    }
}

/// An exemplar as a sample shows it.
public struct ObservedExemplar: Hashable, Sendable {
    public let exemplar: Exemplar
    /// The observed value, in the exposed unit.
    public let value: Double
    /// When, in seconds since 1970.
    public let time: Double
}

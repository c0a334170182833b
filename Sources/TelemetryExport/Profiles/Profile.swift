// A profile in memory: samples by address. The encoding adds names.

internal import Textbook

/// Samples of one kind over a span of time.
struct Profile: Sendable {
    /// The meaning of a sample's number, in the words of profile.proto.
    struct ValueType: Hashable, Sendable {
        let type: String
        let unit: String
    }

    /// Equal stacks, and the sums of their values.
    struct Sample: Sendable {
        /// Addresses of code, innermost first.
        let frames: [UInt64]
        /// One value for each of the profile's types.
        let values: [Int64]
        /// The name of the thread; empty where it does not matter.
        var thread = ""
    }

    let types: [ValueType]
    /// The kind and amount of the period between two samples.
    let period: (type: ValueType, amount: Int64)
    var samples: [Sample] = []
    var startedAt = UTCTime.now
    /// The type that a tool shows first; empty for the last one.
    var standardType = ""
    var duration = Duration.zero

    init(types: [ValueType], period: (type: ValueType, amount: Int64)) {
        self.types = types
        self.period = period
    }

    /// Every address once, in order.
    var addresses: Set<UInt64> {
        samples.reduce(into: []) { $0.formUnion($1.frames) }
    }
}

// A UUID as two halves, because this module does not import Foundation.

/// The 128 bits of a `uuid`, most significant half first.
public struct PostgresUUID: Hashable, Sendable {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}

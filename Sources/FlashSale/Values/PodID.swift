// Which pod a sale is in.

public import Telemetry

/// A pod: a ledger and a gate that have the sales of some shops. Its text form is its number.
public struct PodID: Hashable, Comparable, Sendable, LosslessStringConvertible {
    /// The pod of whoever has no other: it has all shops that nobody has moved.
    public static let home = PodID(bits: 0)
    public static let greatest = PodID(bits: 127)

    public let number: UInt8

    /// Nil for a number above 127.
    public init?(_ number: Int32) {
        guard (Int32(Self.home.number)...Int32(Self.greatest.number)).contains(number) else { return nil }
        self.number = UInt8(number)
    }

    public init?(_ description: String) {
        guard let number = Int32(description), "\(number)" == description else { return nil }
        self.init(number)
    }

    fileprivate init(bits: UInt8) { number = bits }

    public var description: String { "\(number)" }

    /// The pod as metrics name it.
    public var label: PodNumber { PodNumber(number) }

    public static func < (left: PodID, right: PodID) -> Bool { left.number < right.number }
}

extension SaleID {
    /// How many of its lower bits number the sales of one pod.
    private static let bitsInPod: Int32 = 24

    /// The pod that created the sale, and has it for as long as there is one.
    public var pod: PodID { PodID(bits: UInt8(truncatingIfNeeded: number >> Self.bitsInPod)) }
}

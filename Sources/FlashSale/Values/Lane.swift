// The lanes of a sale: queues of the ledger that stand beside each other. A buyer has one of them, and the codes of the
// buyer's carts name it.

internal import Textbook

/// A lane of a sale that has several, from 0. Where a lane may be nil, nil is the only one of a sale.
public struct Lane: Hashable, Sendable {
    public let number: UInt8

    public init(_ number: UInt8) {
        self.number = number
    }
}

extension Sale {
    /// All lanes of the sale.
    public var lanes: [Lane?] { laneCount == 1 ? [nil] : (0..<UInt8(laneCount)).map { Lane($0) } }

    /// The buyer's lane in the sale.
    public func lane(of buyer: BuyerID) -> Lane? {
        laneCount == 1 ? nil : Lane(UInt8(buyer.hash64 % UInt64(laneCount)))
    }

    /// The lane that a code of the sale names. There may be no such lane: then there is no such code.
    public func lane(of code: CheckoutCode) -> Lane? { laneCount == 1 ? nil : Lane(code.firstByte) }

    /// Whether the sale may have a code.
    public func mayHave(_ code: CheckoutCode) -> Bool {
        code.sale == id && (laneCount == 1 || code.firstByte < laneCount)
    }
}

extension CheckoutCode {
    fileprivate var firstByte: UInt8 { UInt8(high >> 56) }

    /// The code with the lane's number as its first byte: 120 random bits are left, which nobody guesses either.
    func naming(_ lane: Lane?) -> CheckoutCode {
        guard let lane else { return self }
        return CheckoutCode(sale: sale, high: high & ~0 >> 8 | UInt64(lane.number) << 56, low: low)
    }
}

extension BuyerID {
    /// FNV-1a of 64 bits over the text. It is ours and never changes: the same in every program and on every machine.
    fileprivate var hash64: UInt64 { FNV1a(description.utf8).value }
}

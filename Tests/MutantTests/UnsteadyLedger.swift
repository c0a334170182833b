// A ledger over a line that breaks now and then, by a seed: before a purchase is sent, or after a checkout was recorded.

import FlashSale
import Synchronization
import Telemetry

/// Loses some calls. What it loses, it loses as a connection does: the caller hears a failure and nothing of the effect.
final class UnsteadyLedger: SaleLedger {
    private struct LostLine: Error {}

    private let ledger: any SaleLedger
    private let generator: Mutex<SeededGenerator>

    init(_ ledger: any SaleLedger, seed: UInt64) {
        self.ledger = ledger
        generator = Mutex(SeededGenerator(seed))
    }

    func record(_ checkout: CheckoutRequest, deadline: Deadline) async throws(LedgerFailure) -> CheckoutAnswer {
        let answer = try await ledger.record(checkout, deadline: deadline)
        // Where the ledger did as it was asked, the gate is right without the answer; else the drift check would be
        // needed to mend it, and that is not what is tried here.
        if case .held(let cart, let unit, isReplay: false) = answer, unit == checkout.unit,
            cart.code == checkout.candidate, isLost()
        {
            throw LedgerFailure(.database, underlying: LostLine())
        }
        return answer
    }

    func order(_ purchase: PurchaseRequest, deadline: Deadline) async throws(LedgerFailure) -> PurchaseAnswer {
        if isLost() { throw LedgerFailure(.database, underlying: LostLine()) }
        return try await ledger.order(purchase, deadline: deadline)
    }

    func release(
        _ code: CheckoutCode, item: ItemID?, deadline: Deadline
    ) async throws(LedgerFailure) -> CancelAnswer {
        try await ledger.release(code, item: item, deadline: deadline)
    }

    func expire(
        _ sale: SaleID, atMost limit: Int, fence: FencingNumber
    ) async throws(LedgerFailure) -> ExpiryAnswer {
        try await ledger.expire(sale, atMost: limit, fence: fence)
    }

    func confirm(
        _ item: ItemID, for buyer: BuyerID, deadline: Deadline
    ) async throws(LedgerFailure) -> Confirmation {
        try await ledger.confirm(item, for: buyer, deadline: deadline)
    }

    func find(_ code: CheckoutCode, deadline: Deadline) async throws(LedgerFailure) -> Order? {
        try await ledger.find(code, deadline: deadline)
    }

    func raiseEpoch(of sale: SaleID, _ raise: EpochRaise) async throws(LedgerFailure) -> Int32? {
        try await ledger.raiseEpoch(of: sale, raise)
    }

    func snapshot(of sale: Sale) async throws(LedgerFailure) -> StockSnapshot {
        try await ledger.snapshot(of: sale)
    }

    func snapshot(of sale: Sale, items: ClosedRange<Int32>) async throws(LedgerFailure) -> StockSnapshot {
        try await ledger.snapshot(of: sale, items: items)
    }

    private func isLost() -> Bool { generator.withLock { $0.next() % 8 == 0 } }
}

// A ledger over a line that sometimes breaks, by a seed: before a request is sent, or after a checkout was recorded.

import FlashSale
import FlashSaleTesting
import Synchronization
import Telemetry

/// Loses some calls, as a connection does: the caller gets a failure, and the outcome is unknown.
final class UnsteadyLedger: SaleLedger {
    private struct LostLine: Error {}

    private let ledger: any SaleLedger
    private let generator: Mutex<SeededGenerator>

    init(_ ledger: any SaleLedger, seed: UInt64) {
        self.ledger = ledger
        generator = Mutex(SeededGenerator(seed))
    }

    /// Failures of the real ledger.
    private let failures = Mutex<[String]>([])

    func record(_ checkout: CheckoutRequest, deadline: Deadline) async throws(LedgerFailure) -> RecordOutcome {
        if isLost() { throw LedgerFailure(.database, underlying: LostLine()) }
        let recorded = try await observed { () throws(LedgerFailure) in
            try await ledger.record(checkout, deadline: deadline)
        }
        // If the ledger held another unit than the gate's, the flow tells the gate. So that outcome is not lost: only
        // the drift check could tell it.
        if case .held(_, let unit, isReplay: false) = recorded, unit == checkout.unit, isLost() {
            throw LedgerFailure(.database, underlying: LostLine())
        }
        return recorded
    }

    func order(_ purchase: PurchaseRequest, deadline: Deadline) async throws(LedgerFailure) -> OrderOutcome {
        if isLost() { throw LedgerFailure(.database, underlying: LostLine()) }
        return try await observed { () throws(LedgerFailure) in
            try await ledger.order(purchase, deadline: deadline)
        }
    }

    func release(
        _ code: CheckoutCode, item: ItemID?, deadline: Deadline
    ) async throws(LedgerFailure) -> ReleaseOutcome {
        try await ledger.release(code, item: item, deadline: deadline)
    }

    func confirm(
        _ item: ItemID, for buyer: BuyerID, deadline: Deadline
    ) async throws(LedgerFailure) -> Confirmation {
        try await ledger.confirm(item, for: buyer, deadline: deadline)
    }

    func find(_ code: CheckoutCode, deadline: Deadline) async throws(LedgerFailure) -> Order? {
        try await ledger.find(code, deadline: deadline)
    }

    /// What the real ledger failed with, a line each.
    var ownFailures: [String] { failures.withLock { $0 } }

    private func observed<Value: Sendable>(
        _ call: () async throws(LedgerFailure) -> Value
    ) async throws(LedgerFailure) -> Value {
        do throws(LedgerFailure) {
            return try await call()
        } catch {
            failures.withLock { $0.append("the ledger failed: \(error)") }
            throw error
        }
    }

    private func isLost() -> Bool { generator.withLock { $0.next() % 12 == 0 } }
}

// A ledger over a line that sometimes breaks, by a seed: before a request is sent, or after a checkout was recorded.

import FlashSale
import Synchronization
import Telemetry
import Textbook

/// Loses some calls, as a connection does: the caller gets a failure and does not learn the effect.
final class UnsteadyLedger: LedgerWrapper {
    private struct LostLine: Error {}

    let ledger: any SaleLedger
    private let generator: Mutex<SplitMix64>

    init(_ ledger: any SaleLedger, seed: UInt64) {
        self.ledger = ledger
        generator = Mutex(SplitMix64(seed: seed))
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
        if case .held(_, let unit, isReplay: false) = recorded, unit == checkout.reservation?.unit.number, isLost() {
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

    /// The ledger's own failures, a line each.
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

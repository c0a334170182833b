// A ledger over a line that is sometimes slow and sometimes breaks, by a seed: before a request is sent, or after a
// checkout was recorded.

import FlashSale
import Synchronization
import Telemetry
import Textbook

/// Loses some calls, as a connection does: the caller gets a failure and does not learn the effect. Others it keeps
/// back, until other buyers have done much.
final class UnsteadyLedger: LedgerWrapper {
    private struct LostLine: Error {}

    /// How often a slow call reads the ledger first: others go on meanwhile.
    private static let readsBefore = 200

    let ledger: any SaleLedger
    private let generator: Mutex<SplitMix64>

    init(_ ledger: any SaleLedger, seed: UInt64) {
        self.ledger = ledger
        generator = Mutex(SplitMix64(seed: seed))
    }

    /// Failures of the real ledger.
    private let failures = Mutex<[String]>([])
    private let unreserved = Mutex<Set<Unit>>([])

    func record(_ checkout: CheckoutRequest, deadline: Deadline) async throws(LedgerFailure) -> RecordOutcome {
        if isLost() { throw LedgerFailure(.database, underlying: LostLine()) }
        if isLost() {
            for _ in 0..<Self.readsBefore {
                _ = try await ledger.confirm(checkout.item, for: checkout.buyer, deadline: deadline)
            }
        }
        let recorded = try await observed { () throws(LedgerFailure) in
            try await ledger.record(checkout, deadline: deadline)
        }
        if case .held(_, let number, isReplay: false) = recorded, number != checkout.reservation?.unit.number {
            unreserved.withLock { _ = $0.insert(Unit(item: checkout.item.number, number: number)) }
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

    /// The units that were held for buyers that had not reserved them in the gate.
    var unitsNotReserved: Set<Unit> { unreserved.withLock { $0 } }

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

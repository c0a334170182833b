// Mutants of the flows' care: what careless flows would do, done at the seam to the stores.

import FlashSale
import Synchronization
import Telemetry

/// One way to be careless between the flows and the stores.
enum Carelessness: Sendable {
    /// A failure of the ledger means yes.
    case failsOpen
    /// The buyer gets the code of the request, whatever the ledger returns.
    case mintsTheCode
    /// The gate is told of sold units before the ledger has committed them.
    case tellsBeforeCommit
    /// A reservation is released though the ledger's outcome is unknown.
    case freesTheUnknown
    /// A no of the gate is final, without the ledger's confirmation.
    case believesTheGate
}

extension Mutant {
    static let seams = [
        Mutant("fails_open", lacks: "that an error is no yes", .seam(.failsOpen)),
        Mutant("code_of_the_gate", lacks: "that the ledger names the code", .seam(.mintsTheCode)),
        Mutant("tells_before_commit", lacks: "that facts follow COMMIT", .seam(.tellsBeforeCommit)),
        Mutant("frees_the_unknown", lacks: "that an unknown outcome frees nothing", .seam(.freesTheUnknown)),
        Mutant("believes_the_gate", lacks: "that the ledger confirms a no", .seam(.believesTheGate)),
    ]
}

/// A ledger in the hands of careless flows.
final class CarelessLedger: LedgerWrapper {
    let ledger: any SaleLedger
    private let gate: any SaleGate
    private let sale: Sale
    private let carelessness: Carelessness?
    /// The holds that buyers know, by code.
    private let carts = Mutex<[CheckoutCode: [Hold]]>([:])

    init(_ ledger: any SaleLedger, gate: any SaleGate, sale: Sale, _ carelessness: Carelessness?) {
        self.ledger = ledger
        self.gate = gate
        self.sale = sale
        self.carelessness = carelessness
    }

    func record(_ checkout: CheckoutRequest, deadline: Deadline) async throws(LedgerFailure) -> RecordOutcome {
        let candidate = Cart(code: checkout.candidate, itemsCount: 1, expiresAt: sale.endedAt)
        do throws(LedgerFailure) {
            let recorded = try await ledger.record(checkout, deadline: deadline)
            guard case .held(let cart, let number, let isReplay) = recorded else { return recorded }
            let hold = Hold(
                unit: Unit(item: checkout.item.number, number: number), code: cart.code, buyer: checkout.buyer,
                expiresAt: cart.expiresAt)
            carts.withLock { $0[cart.code, default: []].append(hold) }
            return carelessness == .mintsTheCode ? .held(candidate, unit: number, isReplay: isReplay) : recorded
        } catch {
            if carelessness == .failsOpen {
                return .held(candidate, unit: checkout.reservation?.unit.number ?? 1, isReplay: false)
            }
            if carelessness == .freesTheUnknown, let reserved = checkout.reservation {
                await gate.settle([.released(reserved)], of: sale, unlocking: nil, for: .nobody)
            }
            throw error
        }
    }

    func order(_ purchase: PurchaseRequest, deadline: Deadline) async throws(LedgerFailure) -> OrderOutcome {
        if carelessness == .tellsBeforeCommit {
            let facts = carts.withLock { $0[purchase.code] ?? [] }.map(GateFact.sold)
            await gate.settle(facts, of: sale, unlocking: nil, for: .nobody)
        }
        return try await ledger.order(purchase, deadline: deadline)
    }

    func confirm(
        _ item: ItemID, for buyer: BuyerID, deadline: Deadline
    ) async throws(LedgerFailure) -> Confirmation {
        let truth = try await ledger.confirm(item, for: buyer, deadline: deadline)
        guard carelessness == .believesTheGate else { return truth }
        return Confirmation(
            stock: .itemSold, taken: truth.taken, limit: truth.limit, holding: truth.holding, readAt: truth.readAt)
    }
}

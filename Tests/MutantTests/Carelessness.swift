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
    /// Some that hold something are told that it has ended, or that it was bought.
    case deniesHolders, callsCartsBought
    /// The answer leaves out an item that was sold, or names another price.
    case leavesItemsOut, misquotes
    /// Some buyers are told of a limit, or of a hold, that there is not.
    case inventsLimits, inventsHolds
}

extension Mutant {
    static let seams = [
        Mutant("fails_open", lacks: "that an error is no yes", .seam(.failsOpen)),
        Mutant("code_of_the_gate", lacks: "that the ledger names the code", .seam(.mintsTheCode)),
        Mutant("tells_before_commit", lacks: "that facts follow COMMIT", .seam(.tellsBeforeCommit)),
        Mutant("frees_the_unknown", lacks: "that an unknown outcome frees nothing", .seam(.freesTheUnknown)),
        Mutant("believes_the_gate", lacks: "that the ledger confirms a no", .seam(.believesTheGate)),
        Mutant("denies_holders", lacks: "that who holds something can buy it", .seam(.deniesHolders)),
        Mutant("calls_carts_bought", lacks: "that what is called bought has an order", .seam(.callsCartsBought)),
        Mutant("leaves_items_out", lacks: "that an answer names all that was sold", .seam(.leavesItemsOut)),
        Mutant("misquotes", lacks: "that an answer names the price that was paid", .seam(.misquotes)),
        Mutant("invents_limits", lacks: "that who is below the limit hears of none", .seam(.inventsLimits)),
        Mutant("invents_holds", lacks: "that who holds nothing hears of no hold", .seam(.inventsHolds)),
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
    private let calls = Atomic(0)

    init(_ ledger: any SaleLedger, gate: any SaleGate, sale: Sale, _ carelessness: Carelessness?) {
        self.ledger = ledger
        self.gate = gate
        self.sale = sale
        self.carelessness = carelessness
    }

    func record(_ checkout: CheckoutRequest, deadline: Deadline) async throws(LedgerFailure) -> RecordOutcome {
        if carelessness == .inventsLimits, isThirdCall() { return .userLimitExceeded }
        if carelessness == .inventsHolds, isThirdCall() { return .alreadyCheckedOut(checkout.candidate) }
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
        if carelessness == .deniesHolders, isThirdCall() { return .expired }
        if carelessness == .callsCartsBought, isThirdCall(), let order = inventedOrder(of: purchase.code) {
            return .alreadyProcessed(order, isReplay: false)
        }
        let outcome = try await ledger.order(purchase, deadline: deadline)
        guard case .ordered(let order, let sold) = outcome else { return outcome }
        return .ordered(told(order), sold: sold)
    }

    private func isThirdCall() -> Bool { calls.wrappingAdd(1, ordering: .relaxed).newValue.isMultiple(of: 3) }

    private func inventedOrder(of code: CheckoutCode) -> Order? {
        guard let holds = carts.withLock({ $0[code] }), let buyer = holds.first?.buyer else { return nil }
        let invented = Price(minorUnits: 1, currency: "EUR")
        let lines = holds.map { hold in
            Order.Line(item: ItemID(sale: sale.id, number: hold.unit.item), name: "a thing", price: invented)
        }
        return Order(
            id: OrderID(sale: sale.id, number: 1), code: code, buyer: buyer, lines: lines,
            total: invented, orderedAt: sale.startedAt)
    }

    private func told(_ order: Order) -> Order {
        var (lines, total) = (order.lines, order.total)
        if carelessness == .leavesItemsOut, let last = lines.popLast() {
            lines.append(Order.Line(item: last.item, name: last.name, price: nil))
        }
        if carelessness == .misquotes { total = Price(minorUnits: total.minorUnits + 1, currency: total.currency) }
        return Order(
            id: order.id, code: order.code, buyer: order.buyer, lines: lines, total: total, refunded: order.refunded,
            orderedAt: order.orderedAt)
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

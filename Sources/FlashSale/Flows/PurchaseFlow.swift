// The path of a purchase: the code's lock, the ledger, and afterwards the facts for the gate.

public import Logging
public import Telemetry

/// Turns carts into orders, and finds orders.
///
///     gate.begin ──begun──► ledger.order ──ordered──► 200     gate.settle: hold → sold, unlock
///         │ in progress          ├ already ──► the order, as a replay or a 409
///         ▼                      └ expired, not found ──► the refusal
///     ledger.find ──an order──► already processed
///         └ none ──► purchase in progress
///
/// The gate is told after the ledger has committed. The buyer does not wait for it.
public final class PurchaseFlow: Sendable {
    private let board: SaleBoard
    private let gate: any SaleGate
    private let ledger: any SaleLedger
    private let afterwards: Afterwards
    private let instruments: SaleInstruments
    private let meter: AttemptMeter
    private let logger: Logger

    public init(
        board: SaleBoard, gate: any SaleGate, ledger: any SaleLedger, afterwards: Afterwards,
        instruments: SaleInstruments, logger: Logger
    ) {
        self.board = board
        self.gate = gate
        self.ledger = ledger
        self.afterwards = afterwards
        self.instruments = instruments
        meter = .purchases(instruments)
        self.logger = logger
    }

    /// Purchases what is held under the code.
    ///
    /// - Parameters:
    ///   - key: the key of the request that made the order gets the order again. Without it a second purchase is
    ///     refused as `alreadyProcessed`, with the order.
    ///   - buyer: the proven buyer, to whom another's cart does not exist; nil if nobody was proven.
    public func purchase(
        _ code: CheckoutCode, key: IdempotencyKey?, by buyer: BuyerID? = nil, deadline: Deadline
    ) async -> Outcome<PurchaseReceipt> {
        let outcome = await meter.measure(in: code.sale, by: deadline, describe: Self.describe) {
            () throws(LedgerFailure) in
            try await attempt(code, key: key, by: buyer, deadline: deadline)
        }
        if case .success(let receipt) = outcome { count(receipt) }
        CrashPoint.beforeReply.pass()
        return outcome
    }

    /// The order of a code, for a client that lost its answer.
    ///
    /// - Parameter buyer: the proven buyer, to whom another's order does not exist; nil if nobody was proven.
    public func order(
        _ code: CheckoutCode, by buyer: BuyerID? = nil, deadline: Deadline
    ) async -> Outcome<Order> {
        do throws(LedgerFailure) {
            guard try await board.sale(code.sale) != nil, let order = try await ledger.find(code, deadline: deadline),
                buyer == nil || buyer == order.buyer
            else { return .refused(Refusal(.checkoutNotFound)) }
            return .success(order)
        } catch {
            return .refused(error.refusal(by: deadline))
        }
    }

    /// Counts a request that was refused before it reached the stores, so that attempts stay equal to requests.
    public func refuse(_ reason: Reason) { meter.refuse(reason) }

    // MARK: - The steps

    private func attempt(
        _ code: CheckoutCode, key: IdempotencyKey?, by buyer: BuyerID?, deadline: Deadline
    ) async throws(LedgerFailure) -> Outcome<PurchaseReceipt> {
        // Each lane of a sale has batches of its own: invented ones must not make any.
        guard let sale = try await board.sale(code.sale), sale.mayHave(code) else {
            return .refused(Refusal(.checkoutNotFound))
        }
        let request = PurchaseRequest(code: code, key: key, by: buyer, in: sale.lane(of: code))
        let lock: CodeLock?
        switch await gate.begin(code) {
        case .begun(let begun): lock = begun
        case .unavailable: lock = nil
        case .inProgress:
            // A finished order wins over "in progress", and its own key over "already processed". The lock may be a
            // stranger's that found the code: a proven buyer does not wait for it.
            guard key == nil, buyer == nil else {
                return try await sell(request, lock: nil, deadline: deadline)
            }
            guard let order = try await ledger.find(code, deadline: deadline) else {
                return .refused(Refusal(.purchaseInProgress))
            }
            return .refused(Refusal(.alreadyProcessed, code: code, order: order))
        }
        do throws(LedgerFailure) {
            return try await sell(request, lock: lock, deadline: deadline)
        } catch {
            settle([], code: code, lock: lock)
            throw error
        }
    }

    private func sell(
        _ request: PurchaseRequest, lock: CodeLock?, deadline: Deadline
    ) async throws(LedgerFailure) -> Outcome<PurchaseReceipt> {
        let code = request.code
        switch try await ledger.order(request, deadline: deadline) {
        case .ordered(let order, let sold):
            instruments.count(sold, as: .purchased)
            settle(sold.map { .sold($0.hold) }, code: code, lock: lock)
            return .success(PurchaseReceipt(order: order, isReplay: false))
        case .alreadyProcessed(let order, let isReplay):
            settle([], code: code, lock: lock)
            return isReplay
                ? .success(PurchaseReceipt(order: order, isReplay: true))
                : .refused(Refusal(.alreadyProcessed, code: code, order: order))
        case .expired:
            settle([], code: code, lock: lock)
            return .refused(Refusal(.checkoutExpired))
        case .paused:
            settle([], code: code, lock: lock)
            return .refused(Refusal(.salePaused))
        case .notFound:
            settle([], code: code, lock: lock)
            return .refused(Refusal(.checkoutNotFound))
        }
    }

    /// Tells the gate what was sold and releases the lock. The buyer does not wait for it.
    private func settle(_ facts: [GateFact], code: CheckoutCode, lock: CodeLock?) {
        guard !facts.isEmpty || lock != nil else { return }
        let isRunning = afterwards.run(.gateSettle) { [board, gate] in
            // The code may name a sale that never existed, or one that cannot be read now. Releasing the lock needs no
            // sale; facts that the gate is not told are found by the drift check.
            if !facts.isEmpty, let sale = try? await board.sale(code.sale) {
                await gate.settle(facts, of: sale, unlocking: lock, for: .nobody)
            } else if let lock {
                await gate.unlock(lock)
            }
        }
        if !isRunning, let lock { gate.forget(lock) }
    }

    // MARK: - Counting

    private func count(_ receipt: PurchaseReceipt) {
        guard !receipt.isReplay else { return instruments.idempotentReplaysTotal.increment(.purchase) }
        let order = receipt.order
        let sold = UInt64(order.soldCount)
        instruments.saleItemsSoldTotal.increment(by: sold)
        instruments.purchaseItemsPerOrder.observe(sold)
        if order.failedCount > 0 {
            instruments.purchaseItemsFailedTotal.increment(.checkoutExpired, by: UInt64(order.failedCount))
        }
        if logger.logLevel <= .info { logger.info("purchase committed", metadata: order.auditMetadata) }
    }

    private static func describe(_ receipt: PurchaseReceipt, in span: inout SpanRecord) {
        span.set(.itemsRequested, Int64(receipt.order.soldCount + receipt.order.failedCount))
        span.set(.itemsSold, Int64(receipt.order.soldCount))
    }
}

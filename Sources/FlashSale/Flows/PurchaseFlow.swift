// The path of a purchase: the code's lock, the ledger, and what the gate is told afterwards.

public import Logging
public import Telemetry

/// Turns carts into orders, and looks orders up.
///
///     gate.begin ──begun──► ledger.order ──ordered──► 200     gate.settle: hold → sold, unlock
///         │ in progress          ├ already ──► the order, as a replay or a 409
///         ▼                      └ expired, not found ──► the refusal
///     ledger.find ──an order──► already processed
///         └ none ──► purchase in progress
///
/// The gate is told after the ledger has committed and without making the buyer wait for it.
public final class PurchaseFlow: Sendable {
    private let board: SaleBoard
    private let gate: any SaleGate
    private let ledger: any SaleLedger
    private let afterwards: Afterwards
    private let instruments: SaleInstruments
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
        self.logger = logger
    }

    /// Buys what is held under the code.
    ///
    /// - Parameter key: the key of the request that made the order gets the order again; without it a second purchase
    ///   is refused as `alreadyProcessed`, with the order.
    public func purchase(
        _ code: CheckoutCode, key: IdempotencyKey?, deadline: Deadline
    ) async -> PurchaseOutcome {
        let start = beginAttempt()
        let trace = Trace.current
        let span = trace?.begin(.purchaseExecute, at: start)
        let outcome: PurchaseOutcome
        do {
            outcome = try await attempt(code, key: key, deadline: deadline)
        } catch {
            error.countGuard(instruments)
            outcome = .refused(error.refusal(by: deadline))
        }
        let end = MonotonicTime.now
        var exemplar: Exemplar?
        if let trace, let span {
            exemplar = trace.end(span, at: end) { Self.describe(outcome, of: code, in: &$0) }
        }
        switch outcome {
        case .ordered(let order, let isReplay):
            if isReplay { instruments.idempotentReplaysTotal.increment(.purchase) } else { committed(order) }
            endAttempt(since: start, at: end, failure: nil, exemplar: exemplar)
        case .refused(let refusal):
            endAttempt(since: start, at: end, failure: refusal.reason, exemplar: exemplar)
        }
        CrashPoint.beforeReply.pass()
        return outcome
    }

    /// The order of a code, for a client that lost its answer.
    public func order(_ code: CheckoutCode, deadline: Deadline) async -> PurchaseOutcome {
        do {
            guard let order = try await ledger.find(code, deadline: deadline) else {
                return .refused(Refusal(.checkoutNotFound))
            }
            return .ordered(order, isReplay: false)
        } catch {
            return .refused(error.refusal(by: deadline))
        }
    }

    /// Counts a request that was refused before it could be put to the stores, so that attempts stay equal to requests.
    public func refuse(_ reason: Reason) {
        endAttempt(since: beginAttempt(), failure: reason)
    }

    // MARK: - The steps

    private func attempt(
        _ code: CheckoutCode, key: IdempotencyKey?, deadline: Deadline
    ) async throws(LedgerFailure) -> PurchaseOutcome {
        let lock: CodeLock?
        switch await gate.begin(code) {
        case .begun(let begun): lock = begun
        case .unavailable: lock = nil
        case .inProgress:
            // A finished order wins over "in progress", and its own key over "already".
            guard key == nil else { return try await sell(code, key: key, lock: nil, deadline: deadline) }
            guard let order = try await ledger.find(code, deadline: deadline) else {
                return .refused(Refusal(.purchaseInProgress))
            }
            return .refused(Refusal(.alreadyProcessed, code: code, order: order))
        }
        do {
            return try await sell(code, key: key, lock: lock, deadline: deadline)
        } catch {
            settle([], code: code, lock: lock)
            throw error
        }
    }

    private func sell(
        _ code: CheckoutCode, key: IdempotencyKey?, lock: CodeLock?, deadline: Deadline
    ) async throws(LedgerFailure) -> PurchaseOutcome {
        let answer = try await ledger.order(PurchaseRequest(code: code, key: key), deadline: deadline)
        switch answer {
        case .ordered(let order, let sold):
            instruments.count(sold, as: .purchased)
            settle(sold.map { .sold($0.hold) }, code: code, lock: lock)
            return .ordered(order, isReplay: false)
        case .alreadyProcessed(let order, let isReplay):
            settle([], code: code, lock: lock)
            return isReplay
                ? .ordered(order, isReplay: true)
                : .refused(Refusal(.alreadyProcessed, code: code, order: order))
        case .expired:
            settle([], code: code, lock: lock)
            return .refused(Refusal(.checkoutExpired))
        case .notFound:
            settle([], code: code, lock: lock)
            return .refused(Refusal(.checkoutNotFound))
        }
    }

    /// Tells the gate what was sold and gives the lock back, behind the buyer's back.
    private func settle(_ facts: [GateFact], code: CheckoutCode, lock: CodeLock?) {
        guard !facts.isEmpty || lock != nil else { return }
        let isRunning = afterwards.run(.gateSettle) { [board, gate] in
            // The code may name a sale that never was, and the sale may be one that cannot be read now: the lock needs
            // none. What the gate is not told then, the drift check finds.
            if !facts.isEmpty, let sale = try? await board.sale(code.sale) {
                await gate.settle(facts, of: sale, unlocking: lock)
            } else if let lock {
                await gate.unlock(lock)
            }
        }
        if !isRunning, let lock { gate.forget(lock) }
    }

    // MARK: - Counting

    private func committed(_ order: Order) {
        let sold = UInt64(order.soldCount)
        instruments.saleItemsSoldTotal.increment(by: sold)
        instruments.purchaseItemsPerOrder.observe(sold)
        if order.failedCount > 0 {
            instruments.purchaseItemsFailedTotal.increment(.checkoutExpired, by: UInt64(order.failedCount))
        }
        if logger.logLevel <= .info { logger.info("purchase committed", metadata: order.auditMetadata) }
    }

    private func beginAttempt() -> MonotonicTime {
        instruments.purchaseAttemptsTotal.increment()
        instruments.purchaseInProgress.increment()
        return .now
    }

    private func endAttempt(
        since start: MonotonicTime, at end: MonotonicTime = .now, failure: Reason?, exemplar: Exemplar? = nil
    ) {
        if let failure {
            instruments.purchaseFailureTotal.increment(failure, exemplar: exemplar)
        } else {
            instruments.purchaseSuccessTotal.increment()
        }
        instruments.purchaseInProgress.decrement()
        instruments.purchaseDurationSeconds.observe(
            end.nanoseconds(since: start), failure == nil ? .success : .failure, exemplar: exemplar)
    }

    private static func describe(_ outcome: PurchaseOutcome, of code: CheckoutCode, in span: inout SpanRecord) {
        span.set(.saleID, Int64(code.sale.number))
        switch outcome {
        case .ordered(let order, _):
            span.set(.itemsRequested, Int64(order.soldCount + order.failedCount))
            span.set(.itemsSold, Int64(order.soldCount))
            span.set(.outcome, AttributeKey.success)
        case .refused(let refusal):
            span.set(.outcome, refusal.reason)
        }
    }
}

// The path of a checkout: window, gate, ledger; and the confirmation of a no before a buyer hears it.

public import Telemetry

/// Holds items for buyers, and gives them back.
///
///     board ──► gate.reserve ──reserved──► ledger.record ──held──► 200
///                   │ refused                   │ none free, limit, already
///                   ▼                           ▼
///             ledger.confirm ◄──────────────────┘
///                   │ confirmed ──► the refusal
///                   └ contradicted ──► ledger.record for any unit, a few times, then 503
///
/// A confirmed no that lasts for good is said again without asking either store.
///
/// A reservation that the ledger refused is given back to the gate at once; one whose outcome is unknown never is.
public final class CheckoutFlow: Sendable {
    private let board: SaleBoard
    private let gate: any SaleGate
    private let ledger: any SaleLedger
    private let confirmations: Confirmations
    private let codes: CodeMint
    private let rebuild: @Sendable (Sale) -> Void
    private let instruments: SaleInstruments

    /// - Parameter rebuild: called where the gate turns out not to be loaded; must return at once.
    public init(
        board: SaleBoard, gate: any SaleGate, ledger: any SaleLedger, confirmations: Confirmations, codes: CodeMint,
        rebuild: @escaping @Sendable (Sale) -> Void, instruments: SaleInstruments
    ) {
        self.board = board
        self.gate = gate
        self.ledger = ledger
        self.confirmations = confirmations
        self.codes = codes
        self.rebuild = rebuild
        self.instruments = instruments
    }

    /// Holds a unit of the item for the buyer.
    ///
    /// - Parameter key: with the same key and item, the same answer; with another item, `idempotencyKeyReused`.
    public func checkout(
        _ item: ItemID, for buyer: BuyerID, key: IdempotencyKey?, deadline: Deadline
    ) async -> CheckoutOutcome {
        let start = beginAttempt()
        let trace = Trace.current
        let span = trace?.begin(.checkoutExecute, at: start)
        let outcome: CheckoutOutcome
        do {
            outcome = try await attempt(item, for: buyer, key: key, deadline: deadline)
        } catch {
            error.countGuard(instruments)
            outcome = .refused(error.refusal(by: deadline))
        }
        let end = MonotonicTime.now
        var exemplar: Exemplar?
        if let trace, let span {
            exemplar = trace.end(span, at: end) { Self.describe(outcome, of: item, in: &$0) }
        }
        switch outcome {
        case .held(_, _, let isReplay):
            if isReplay { instruments.idempotentReplaysTotal.increment(.checkout) }
            endAttempt(since: start, at: end, failure: nil, exemplar: exemplar)
        case .refused(let refusal):
            endAttempt(since: start, at: end, failure: refusal.reason, exemplar: exemplar)
        }
        CrashPoint.beforeReply.pass()
        return outcome
    }

    /// Gives back one item of an open cart, or all of it.
    public func cancel(_ code: CheckoutCode, item: ItemID?, deadline: Deadline) async -> CancelOutcome {
        do {
            switch try await ledger.release(code, item: item, deadline: deadline) {
            case .released(let holds, let left):
                instruments.count(holds, as: .cancelled)
                if let sale = try? await board.sale(code.sale) {
                    await gate.settle(holds.map { .released($0.hold) }, of: sale, unlocking: nil, for: .buyer)
                }
                return .released(holds.map { ItemID(sale: code.sale, number: $0.hold.unit.item) }, itemsLeft: left)
            case .alreadyProcessed(let order): return .refused(Refusal(.alreadyProcessed, order: order))
            case .expired: return .refused(Refusal(.checkoutExpired))
            case .notFound: return .refused(Refusal(.checkoutNotFound))
            case .itemNotFound: return .refused(Refusal(.itemNotFound))
            }
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
        _ item: ItemID, for buyer: BuyerID, key: IdempotencyKey?, deadline: Deadline
    ) async throws(LedgerFailure) -> CheckoutOutcome {
        let sale: Sale
        switch try await window(of: item) {
        case .found(let active): sale = active
        case .refused(let refusal):
            // A stored answer outlives its sale's window; without a key there is none.
            guard key != nil, let ended = try await board.sale(item.sale), ended.contains(item) else {
                return .refused(refusal)
            }
            sale = ended
        }
        // Nearly all who come to a flash sale are told that it is over: neither store is asked about them. One with a
        // key may repeat a request that has its answer.
        if key == nil, let reason = confirmations.lasting(for: item) {
            // What the gate once said, kept.
            instruments.saleOversellPreventedTotal.increment(.redisScript)
            return .refused(Refusal(reason))
        }
        let candidate = codes.mint(sale.id)
        var request = CheckoutRequest(item: item, buyer: buyer, unit: nil, candidate: candidate, key: key)
        switch await gate.reserve(item, for: buyer, of: sale, candidate: candidate) {
        case .reserved(let unit, let code):
            CrashPoint.afterReserve.pass()
            // The gate's code stays with the gate: the cart it belongs to may be closed without the gate knowing yet,
            // and a code never opens a second one. Where the ledger knows an open cart, it names that cart's code.
            request.unit = unit.number
            let reservation = Hold(unit: unit, code: code, buyer: buyer, expiresAt: sale.endedAt)
            return try await record(request, of: sale, reserved: reservation, deadline: deadline)
        case .refused(let reason):
            // A request with a key may be the repetition of one that has its answer: the ledger alone knows.
            if key == nil, let refusal = try await confirm(reason, request, deadline: deadline) {
                instruments.saleOversellPreventedTotal
                    .increment(reason == .userLimitExceeded ? .userLimit : .redisScript)
                return .refused(refusal)
            }
            return try await record(request, of: sale, reserved: nil, deadline: deadline)
        case .notLoaded:
            rebuild(sale)
            return try await record(request, of: sale, reserved: nil, deadline: deadline)
        case .unavailable:
            return try await record(request, of: sale, reserved: nil, deadline: deadline)
        }
    }

    /// The item's sale if it is on; else why not.
    private func window(of item: ItemID) async throws(LedgerFailure) -> SaleOutcome<Sale> {
        if let active = board.active(), active.id == item.sale {
            return active.contains(item) ? .found(active) : .refused(Refusal(.itemNotFound))
        }
        // The board may be behind: a no is only said from an agenda that is fresh.
        if board.age.map({ $0 > Limits.confirmationAge }) ?? true { try await board.refresh() }
        let active = board.active()
        if let active, active.id == item.sale {
            return active.contains(item) ? .found(active) : .refused(Refusal(.itemNotFound))
        }
        guard let sale = try await board.sale(item.sale), sale.contains(item) else {
            return .refused(Refusal(.itemNotFound))
        }
        // Another instance may have created it a moment ago.
        if board.mayBeOn(sale) { return .found(sale) }
        if active != nil, board.next()?.id != sale.id { return .refused(Refusal(.itemNotInSale)) }
        let isAhead = board.now().map { sale.startedAt > $0 } ?? false
        return .refused(Refusal(.saleNotActive, retryAt: isAhead ? sale.startedAt : nil))
    }

    /// Asks the ledger, which has the last word, and tells the gate where the two differ.
    private func record(
        _ request: CheckoutRequest, of sale: Sale, reserved: Hold?, deadline: Deadline,
        triesLeft: Int = Limits.recordsPerCheckout - 1
    ) async throws(LedgerFailure) -> CheckoutOutcome {
        let answer = try await ledger.record(request, deadline: deadline)
        if case .held(let cart, let number, let isReplay) = answer {
            let unit = Unit(item: request.item.number, number: number)
            if !isReplay { instruments.checkoutHoldsCreatedTotal.increment() }
            if reserved?.unit != unit || reserved?.code != cart.code {
                let hold = Hold(unit: unit, code: cart.code, buyer: request.buyer, expiresAt: cart.expiresAt)
                await correct(reserved, adding: isReplay ? nil : hold, of: sale)
            }
            return .held(cart, saleEndsAt: sale.endedAt, isReplay: isReplay)
        }
        await correct(reserved, adding: nil, of: sale)
        switch answer {
        case .held: preconditionFailure("answered above")
        case .saleNotActive: return .refused(Refusal(.saleNotActive))
        case .idempotencyKeyReused: return .refused(Refusal(.idempotencyKeyReused))
        case .alreadyCheckedOut(let code): return .refused(Refusal(.alreadyCheckedOut, code: code))
        case .userLimitExceeded:
            instruments.saleOversellPreventedTotal.increment(.userLimit)
            return .refused(Refusal(.userLimitExceeded))
        case .noneFree:
            // What the gate held to be free was not: unlike a plain no, worth a look at its trace.
            if reserved != nil { Trace.current?.noteInvariant() }
            if let refusal = try await confirm(.itemHeld, request, deadline: deadline) {
                instruments.saleOversellPreventedTotal.increment(.rowUpdate)
                return .refused(refusal)
            }
            // A unit has become free since: nobody is refused for stock while there is some.
            guard triesLeft > 0 else { return .refused(Refusal(.timeout)) }
            var again = request
            again.unit = nil
            return try await record(again, of: sale, reserved: nil, deadline: deadline, triesLeft: triesLeft - 1)
        }
    }

    /// Gives a reservation back that came to nothing, and tells of a hold that the gate does not know.
    private func correct(_ reserved: Hold?, adding hold: Hold?, of sale: Sale) async {
        var facts: [GateFact] = []
        if let reserved { facts.append(.released(reserved)) }
        if let hold { facts.append(.held(hold)) }
        if !facts.isEmpty { await gate.settle(facts, of: sale, unlocking: nil, for: .buyer) }
    }

    /// The refusal, if the ledger agrees with it; nil if it does not.
    private func confirm(
        _ reason: Reason, _ request: CheckoutRequest, deadline: Deadline
    ) async throws(LedgerFailure) -> Refusal? {
        switch reason {
        case .alreadyCheckedOut:
            let confirmation = try await confirmations.of(request.item, for: request.buyer, deadline: deadline)
            return confirmation.holding.map { Refusal(.alreadyCheckedOut, code: $0) }
        case .userLimitExceeded:
            let confirmation = try await confirmations.of(request.item, for: request.buyer, deadline: deadline)
            return confirmation.taken >= confirmation.limit ? Refusal(.userLimitExceeded) : nil
        default:
            switch try await confirmations.stock(of: request.item, for: request.buyer, deadline: deadline) {
            case .free: return nil
            case .held(let retryAt): return Refusal(.itemHeld, retryAt: retryAt)
            case .itemSold: return Refusal(.itemSold)
            case .allItemsSold: return Refusal(.allItemsSold)
            }
        }
    }

    // MARK: - Counting

    private func beginAttempt() -> MonotonicTime {
        instruments.checkoutAttemptsTotal.increment()
        instruments.checkoutInProgress.increment()
        return .now
    }

    private func endAttempt(
        since start: MonotonicTime, at end: MonotonicTime = .now, failure: Reason?, exemplar: Exemplar? = nil
    ) {
        if let failure {
            instruments.checkoutFailureTotal.increment(failure, exemplar: exemplar)
        } else {
            instruments.checkoutSuccessTotal.increment()
        }
        instruments.checkoutInProgress.decrement()
        instruments.checkoutDurationSeconds.observe(
            end.nanoseconds(since: start), failure == nil ? .success : .failure, exemplar: exemplar)
    }

    private static func describe(_ outcome: CheckoutOutcome, of item: ItemID, in span: inout SpanRecord) {
        span.set(.saleID, Int64(item.sale.number))
        switch outcome {
        case .held: span.set(.outcome, AttributeKey.success)
        case .refused(let refusal): span.set(.outcome, refusal.reason)
        }
    }
}

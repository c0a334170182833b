// The path of a checkout: window, gate, ledger. A no of the gate is confirmed before the buyer hears it.

public import Telemetry

/// Holds items for buyers, and cancels holds.
///
///     board ──► gate.reserve ──reserved──► ledger.record ──held──► 200
///                   │ refused                   │ none free, limit, already
///                   ▼                           ▼
///             ledger.confirm ◄──────────────────┘
///                   │ confirmed ──► the refusal
///                   └ contradicted ──► ledger.record for any unit, a few times, then 503
///
/// A confirmed no that is final is repeated without a call to either store.
///
/// If the ledger refuses a reservation, the flow releases it in the gate at once. If the outcome is unknown, the flow
/// leaves it.
public final class CheckoutFlow: Sendable {
    private let board: SaleBoard
    private let gate: any SaleGate
    private let ledger: any SaleLedger
    private let confirmations: Confirmations
    private let codes: CodeMint
    private let rebuild: @Sendable (Sale) -> Void
    private let instruments: SaleInstruments
    private let meter: AttemptMeter

    /// - Parameter rebuild: called if the sale is not loaded in the gate; must return at once.
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
        meter = .checkouts(instruments)
    }

    /// Holds a unit of the item for the buyer.
    ///
    /// - Parameters:
    ///   - shop: where the buyer is. What is another shop's is not in its sale.
    ///   - queueNumber: the number that let the buyer in; nil if it was asked for none.
    ///   - key: with the same key and item, the same receipt; with another item, `idempotencyKeyReused`.
    public func checkout(
        _ item: ItemID, in shop: ShopID = .main, for buyer: BuyerID, queueNumber: Int32? = nil, key: IdempotencyKey?,
        deadline: Deadline
    ) async -> Outcome<CheckoutReceipt> {
        let outcome = await meter.measure(in: item.sale, by: deadline) { () throws(LedgerFailure) in
            try await attempt(item, in: shop, for: buyer, queueNumber: queueNumber, key: key, deadline: deadline)
        }
        if case .success(let receipt) = outcome, receipt.isReplay {
            instruments.idempotentReplaysTotal.increment(.checkout)
        }
        CrashPoint.beforeReply.pass()
        return outcome
    }

    /// Cancels one hold of an open cart, or all of them.
    ///
    /// - Parameter buyer: the proven buyer, to whom another's cart does not exist; nil if nobody was proven.
    public func cancel(
        _ code: CheckoutCode, item: ItemID?, by buyer: BuyerID? = nil, deadline: Deadline
    ) async -> Outcome<CancelReceipt> {
        do throws(LedgerFailure) {
            guard let sale = try await board.sale(code.sale), sale.mayHave(code) else {
                return .refused(Refusal(.checkoutNotFound))
            }
            switch try await ledger.release(code, item: item, by: buyer, in: sale.lane(of: code), deadline: deadline) {
            case .released(let holds, let left):
                instruments.count(holds, as: .cancelled)
                await gate.settle(holds.map { .released($0.hold) }, of: sale, unlocking: nil, for: .buyer)
                let items = holds.map { ItemID(sale: code.sale, number: $0.hold.unit.item) }
                return .success(CancelReceipt(items: items, itemsLeft: left))
            case .alreadyProcessed(let order): return .refused(Refusal(.alreadyProcessed, order: order))
            case .expired: return .refused(Refusal(.checkoutExpired))
            case .notFound: return .refused(Refusal(.checkoutNotFound))
            case .itemNotFound: return .refused(Refusal(.itemNotFound))
            }
        } catch {
            return .refused(error.refusal(by: deadline))
        }
    }

    /// Counts a request that was refused before it reached the stores, so that attempts stay equal to requests.
    public func refuse(_ reason: Reason) { meter.refuse(reason) }

    // MARK: - The steps
    //
    // An async function keeps room for all its branches, and for those of what is inlined in it. So what few requests
    // need stands in functions of its own.

    private func attempt(
        _ item: ItemID, in shop: ShopID, for buyer: BuyerID, queueNumber: Int32?, key: IdempotencyKey?,
        deadline: Deadline
    ) async throws(LedgerFailure) -> Outcome<CheckoutReceipt> {
        if let active = activeSale(of: item, in: shop) {
            return try await attempt(
                item, of: active, for: buyer, queueNumber: queueNumber, key: key, deadline: deadline)
        }
        return try await attemptElsewhere(
            item, in: shop, for: buyer, queueNumber: queueNumber, key: key, deadline: deadline)
    }

    /// For an item that is not, or not yet, one of the shop's active sale.
    @inline(never)
    private func attemptElsewhere(
        _ item: ItemID, in shop: ShopID, for buyer: BuyerID, queueNumber: Int32?, key: IdempotencyKey?,
        deadline: Deadline
    ) async throws(LedgerFailure) -> Outcome<CheckoutReceipt> {
        let sale: Sale
        switch try await window(of: item, in: shop) {
        case .success(let active): sale = active
        case .refused(let refusal):
            // What a key got is kept for longer than the sale's window; without a key there is nothing to repeat.
            guard key != nil, let ended = try await board.sale(item.sale), ended.contains(item), ended.shop == shop
            else {
                return .refused(refusal)
            }
            sale = ended
        }
        return try await attempt(item, of: sale, for: buyer, queueNumber: queueNumber, key: key, deadline: deadline)
    }

    @inline(never)
    private func attempt(
        _ item: ItemID, of sale: Sale, for buyer: BuyerID, queueNumber: Int32?, key: IdempotencyKey?,
        deadline: Deadline
    ) async throws(LedgerFailure) -> Outcome<CheckoutReceipt> {
        // A room that this instance did not know of when the request came lets nobody in.
        guard sale.gather == nil || queueNumber != nil else {
            return .refused(Refusal(board.mayBeOn(sale) ? .waitingRoom : .saleNotActive))
        }
        // The ledger would say so too. What a key got is told in a pause as well.
        if key == nil, board.isPaused(sale) { return .refused(Refusal(.salePaused)) }
        // A request with a key may repeat one that succeeded, so the ledger decides it.
        let mayRepeat = confirmations.mayKnow(key, of: buyer, in: sale)
        // In a flash sale nearly every buyer comes too late: this no costs neither store a call.
        if !mayRepeat {
            let lasting = confirmations.lasting(for: item, in: sale)
            if case .stands(let reason) = lasting { return refuse(Refusal(reason), after: .redisScript) }
            if case .isDue = lasting,
                let refusal = try await confirm(.itemSold, item, for: buyer, of: sale, deadline: deadline)
            {
                return refuse(refusal, after: .redisScript)
            }
        }
        let lane = sale.lane(of: buyer)
        let candidate = codes.mint(sale.id, in: lane)
        var request = CheckoutRequest(
            item: item, buyer: buyer, reservation: nil, candidate: candidate, key: key, queueNumber: queueNumber,
            lane: lane)
        switch await gate.reserve(item, for: buyer, of: sale, candidate: candidate) {
        case .reserved(let unit, let code):
            CrashPoint.afterReserve.pass()
            // The gate's code is not the candidate: that cart may be closed without the gate knowing it yet, and a code
            // never opens a second cart. If the ledger knows an open cart, it returns the code of that one.
            request.reservation = Hold(unit: unit, code: code, buyer: buyer, expiresAt: sale.endedAt)
            return try await record(request, of: sale, deadline: deadline)
        case .refused(let reason):
            if !mayRepeat, let refusal = try await confirm(reason, item, for: buyer, of: sale, deadline: deadline) {
                return refuse(refusal, after: reason == .userLimitExceeded ? .userLimit : .redisScript)
            }
        case .notLoaded: rebuild(sale)
        case .unavailable: break
        }
        return try await record(request, of: sale, deadline: deadline)
    }

    /// - Parameter guardian: what said it first.
    private func refuse(_ refusal: Refusal, after guardian: OversellGuard) -> Outcome<CheckoutReceipt> {
        instruments.saleOversellPreventedTotal.increment(guardian)
        return .refused(refusal)
    }

    /// The active sale, as the board knows it, if the item is one of its.
    private func activeSale(of item: ItemID, in shop: ShopID) -> Sale? {
        guard let active = board.active(item.sale), active.contains(item), active.shop == shop else { return nil }
        return active
    }

    /// The item's sale if it is on, else why not.
    private func window(of item: ItemID, in shop: ShopID) async throws(LedgerFailure) -> Outcome<Sale> {
        if board.active(item.sale) == nil {
            // The board may be behind: only a fresh agenda may refuse.
            try await board.freshen()
        }
        guard let sale = try await board.sale(item.sale), sale.contains(item) else {
            return .refused(Refusal(.itemNotFound))
        }
        guard sale.shop == shop else { return .refused(Refusal(.itemNotInSale)) }
        if board.active(sale.id) != nil { return .success(sale) }
        // Another instance may have created it a moment ago.
        if board.mayBeOn(sale) { return .success(sale) }
        if board.active(in: shop) != nil, board.next(in: shop)?.id != sale.id {
            return .refused(Refusal(.itemNotInSale))
        }
        let isAhead = board.now().map { sale.startedAt > $0 } ?? false
        return .refused(Refusal(.saleNotActive, retryAt: isAhead ? sale.startedAt : nil))
    }

    /// Asks the ledger, which has the last word, and corrects the gate where the two differ.
    private func record(
        _ request: CheckoutRequest, of sale: Sale, deadline: Deadline, triesLeft: Int = Limits.recordsPerCheckout - 1
    ) async throws(LedgerFailure) -> Outcome<CheckoutReceipt> {
        let reserved = request.reservation
        let recorded = try await ledger.record(request, deadline: deadline)
        if case .held(let cart, let number, let isReplay) = recorded {
            let unit = Unit(item: request.item.number, number: number)
            if !isReplay { instruments.checkoutHoldsCreatedTotal.increment() }
            if reserved?.unit != unit || reserved?.code != cart.code {
                let hold = Hold(unit: unit, code: cart.code, buyer: request.buyer, expiresAt: cart.expiresAt)
                await correct(reserved, adding: isReplay ? nil : hold, of: sale)
            }
            return .success(CheckoutReceipt(cart: cart, saleEndsAt: sale.endedAt, isReplay: isReplay))
        }
        return try await refused(recorded, request, of: sale, deadline: deadline, triesLeft: triesLeft)
    }

    /// What a buyer hears for whom the ledger holds nothing.
    private func refused(
        _ recorded: RecordOutcome, _ request: CheckoutRequest, of sale: Sale, deadline: Deadline, triesLeft: Int
    ) async throws(LedgerFailure) -> Outcome<CheckoutReceipt> {
        let reserved = request.reservation
        await correct(reserved, adding: nil, of: sale)
        switch recorded {
        case .held: preconditionFailure("the caller returns what is held")
        case .saleNotActive: return .refused(Refusal(.saleNotActive))
        case .salePaused: return .refused(Refusal(.salePaused))
        case .idempotencyKeyReused: return .refused(Refusal(.idempotencyKeyReused))
        case .alreadyCheckedOut(let code): return .refused(Refusal(.alreadyCheckedOut, code: code))
        case .userLimitExceeded:
            instruments.saleOversellPreventedTotal.increment(.userLimit)
            return .refused(Refusal(.userLimitExceeded))
        case .holdLimitExceeded: return .refused(Refusal(.holdLimitExceeded))
        case .noneFree:
            // The gate's unit was not free. That is rarer than a plain no, so the trace is kept.
            if reserved != nil { Trace.current?.noteInvariant() }
            let (item, buyer) = (request.item, request.buyer)
            if let refusal = try await confirm(.itemHeld, item, for: buyer, of: sale, deadline: deadline) {
                instruments.saleOversellPreventedTotal.increment(.rowUpdate)
                return .refused(refusal)
            }
            // A unit has become free since: no buyer is refused for stock while there is some.
            guard triesLeft > 0 else { return .refused(Refusal(.timeout)) }
            var again = request
            again.reservation = nil
            return try await record(again, of: sale, deadline: deadline, triesLeft: triesLeft - 1)
        }
    }

    /// Releases a reservation that came to nothing, and tells the gate of a hold that it does not know.
    private func correct(_ reserved: Hold?, adding hold: Hold?, of sale: Sale) async {
        var facts: [GateFact] = []
        if let reserved { facts.append(.released(reserved)) }
        if let hold { facts.append(.held(hold)) }
        if !facts.isEmpty { await gate.settle(facts, of: sale, unlocking: nil, for: .buyer) }
    }

    /// The refusal if the ledger confirms it, else nil.
    private func confirm(
        _ reason: Reason, _ item: ItemID, for buyer: BuyerID, of sale: Sale, deadline: Deadline
    ) async throws(LedgerFailure) -> Refusal? {
        switch reason {
        case .alreadyCheckedOut:
            let confirmation = try await confirmations.of(item, in: sale, for: buyer, deadline: deadline)
            return confirmation.holding.map { Refusal(.alreadyCheckedOut, code: $0) }
        case .userLimitExceeded:
            let confirmation = try await confirmations.of(item, in: sale, for: buyer, deadline: deadline)
            return confirmation.taken >= confirmation.limit ? Refusal(.userLimitExceeded) : nil
        default:
            switch try await confirmations.stock(of: item, in: sale, for: buyer, deadline: deadline) {
            case .free: return nil
            case .held(let retryAt): return Refusal(.itemHeld, retryAt: retryAt)
            case .itemSold: return Refusal(.itemSold)
            case .allItemsSold: return Refusal(.allItemsSold)
            }
        }
    }
}

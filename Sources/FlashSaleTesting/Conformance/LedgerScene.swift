// What the checks of the ledger are written in: a ledger with a sale that is on, and one that follows it.

internal import FlashSale
internal import WaitingRoom

/// A sale of four items that is a minute old, and the sale after it.
struct LedgerScene: ConformanceScene, Sendable {
    static let length = Duration.seconds(3_600)
    static let hold = Duration.seconds(60)
    /// Both sales have a waiting room, which the ledger's other rules do not mind.
    static let gather = Duration.seconds(600)
    /// After this time a hold is past its end and the grace.
    static let holdIsOver = Duration.seconds(61)

    let bench: LedgerBench
    let sale: Sale
    /// Starts when `sale` ends.
    let next: Sale
    private let mint = CodeMint()

    /// Creates both sales.
    init(on bench: LedgerBench, stock: Int, limit: Int, lapses: Int?) async throws {
        let opened = try await bench.catalog.agenda().readAt + .seconds(-60)
        func create(from start: Timestamp) async throws -> Sale {
            let plan = SalePlan(
                startedAt: start, endedAt: start + Self.length, itemCount: 4, stockPerItem: stock,
                maxItemsPerBuyer: limit, hold: Self.hold, lapsesMax: lapses, gather: Self.gather,
                laneCount: bench.lanes)
            guard case .created(let sale) = try await bench.catalog.create(plan, fence: nil) else {
                throw ConformanceFailure(description: "the sale could not be created")
            }
            return sale
        }
        self.bench = bench
        sale = try await create(from: opened)
        next = try await create(from: opened + Self.length)
    }

    var ledger: any SaleLedger { bench.ledger }
    var upkeep: any LedgerUpkeep { bench.upkeep }
    var lines: any QueueLedger { bench.lines }

    func item(_ number: Int32) -> ItemID { ItemID(sale: sale.id, number: number) }

    func buyer(_ name: String) -> BuyerID {
        guard let buyer = BuyerID(name) else { preconditionFailure("a buyer's name is well formed") }
        return buyer
    }

    /// A code that the ledger does not know.
    func freshCode() -> CheckoutCode { mint.mint(sale.id, in: sale.lanes[0]) }

    /// - Parameter unit: the unit that the gate has reserved under the code for a new cart; nil for none.
    func record(
        _ item: Int32, _ buyer: String, unit: Int32? = nil, key: String? = nil, of sale: Sale? = nil
    ) async throws -> RecordOutcome {
        let sale = sale ?? self.sale
        let lane = sale.lane(of: self.buyer(buyer))
        let candidate = mint.mint(sale.id, in: lane)
        let reservation = unit.map { number in
            Hold(
                unit: Unit(item: item, number: number), code: candidate, buyer: self.buyer(buyer),
                expiresAt: sale.endedAt)
        }
        let request = CheckoutRequest(
            item: ItemID(sale: sale.id, number: item), buyer: self.buyer(buyer), reservation: reservation,
            candidate: candidate, key: key.flatMap(IdempotencyKey.init), lane: lane)
        return try await ledger.record(request, deadline: .patient)
    }

    /// A checkout that must succeed; its cart and unit.
    @discardableResult
    func hold(
        _ item: Int32, _ buyer: String, unit: Int32? = nil, key: String? = nil, of sale: Sale? = nil
    ) async throws -> (cart: Cart, unit: Int32) {
        let outcome = try await record(item, buyer, unit: unit, key: key, of: sale)
        guard case .held(let cart, let number, isReplay: false) = outcome else {
            throw ConformanceFailure(description: "\(buyer) should hold item \(item), got \(outcome)")
        }
        return (cart, number)
    }

    func order(_ code: CheckoutCode, key: String? = nil, by buyer: String? = nil) async throws -> OrderOutcome {
        let request = PurchaseRequest(
            code: code, key: key.flatMap(IdempotencyKey.init), by: buyer.flatMap(BuyerID.init),
            in: sale.lane(of: code))
        return try await ledger.order(request, deadline: .patient)
    }

    /// A purchase that must succeed; its order and the units that were sold.
    @discardableResult
    func buy(_ code: CheckoutCode, key: String? = nil) async throws -> (order: Order, sold: [EndedHold]) {
        let outcome = try await order(code, key: key)
        guard case .ordered(let order, let sold) = outcome else {
            throw ConformanceFailure(description: "the cart should be sold, got \(outcome)")
        }
        try expect(
            order.lines.reduce(0) { $0 + ($1.price?.minorUnits ?? 0) }, order.total.minorUnits, "its lines' prices")
        return (order, sold)
    }

    /// An item that a buyer checks out and purchases.
    func sell(_ item: Int32, to buyer: String) async throws {
        try await buy(try await hold(item, buyer).cart.code)
    }

    func release(
        _ code: CheckoutCode, _ item: Int32? = nil, by buyer: String? = nil
    ) async throws -> ReleaseOutcome {
        try await ledger.release(
            code, item: item.map { self.item($0) }, by: buyer.flatMap(BuyerID.init), in: sale.lane(of: code),
            deadline: .patient)
    }

    /// Ends what is due in every lane. Each lane looks at no more than the limit.
    func expire(
        _ sale: Sale? = nil, atMost limit: Int, fence: FencingNumber
    ) async throws -> ExpireOutcome {
        let sale = sale ?? self.sale
        var outcomes: [ExpireOutcome] = []
        for lane in sale.lanes {
            outcomes.append(try await upkeep.expire(sale.id, in: lane, atMost: limit, fence: fence))
        }
        if outcomes.contains(.stale) { return .stale }
        return .swept(outcomes.flatMap(\.ended), isBehind: outcomes.contains(where: \.isBehind))
    }

    /// A cancel that must succeed; the items of the ended holds, and how many units the cart still holds.
    func cancel(_ code: CheckoutCode, _ item: Int32? = nil) async throws -> [Int] {
        let outcome = try await release(code, item)
        guard case .released(let holds, let left) = outcome else {
            throw ConformanceFailure(description: "the holds should end, got \(outcome)")
        }
        return holds.map { Int($0.hold.unit.item) } + [left]
    }

    func confirm(_ item: Int32, _ buyer: String) async throws -> Confirmation {
        try await ledger.confirm(self.item(item), for: self.buyer(buyer), deadline: .patient)
    }

    func pass(_ duration: Duration) async throws { try await bench.pass(duration) }

    /// Expects the stock of the first item, as a buyer without holds would hear it.
    func expectStock(_ stock: Confirmation.Stock, _ what: String) async throws {
        try expect(try await confirm(1, "nobody").stock, stock, what)
    }

    func expectCount(free: Int, held: Int, sold: Int, _ what: String) async throws {
        try expect(try await bench.catalog.count(sale), StockCount(free: free, held: held, sold: sold), what)
    }
}

extension Deadline {
    /// Later than any check needs.
    static var patient: Deadline { .now + .seconds(30) }
}

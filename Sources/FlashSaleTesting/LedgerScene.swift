// What the checks of the ledger are written in: a ledger with a sale that is on, and one that follows it.

internal import FlashSale

/// A sale of four items, a minute old, and the hour of sale after it.
struct LedgerScene: Sendable {
    static let length = Duration.seconds(3_600)
    static let hold = Duration.seconds(60)
    /// After this much time a hold is past its end and grace.
    static let holdIsOver = Duration.seconds(61)

    let bench: LedgerBench
    let sale: Sale
    /// Starts when `sale` ends.
    let next: Sale
    private let mint = CodeMint()

    init(bench: LedgerBench, sale: Sale, next: Sale) {
        self.bench = bench
        self.sale = sale
        self.next = next
    }

    var ledger: any SaleLedger { bench.ledger }

    func item(_ number: Int32) -> ItemID { ItemID(sale: sale.id, number: number) }

    func buyer(_ name: String) -> BuyerID {
        guard let buyer = BuyerID(name) else { preconditionFailure("a buyer's name is well formed") }
        return buyer
    }

    /// A code that the ledger has not met.
    func freshCode() -> CheckoutCode { mint.mint(sale.id) }

    func record(
        _ item: Int32, _ buyer: String, unit: Int32? = nil, key: String? = nil, of sale: Sale? = nil
    ) async throws -> CheckoutAnswer {
        let sale = sale ?? self.sale
        let request = CheckoutRequest(
            item: ItemID(sale: sale.id, number: item), buyer: self.buyer(buyer), unit: unit,
            candidate: mint.mint(sale.id), key: key.flatMap(IdempotencyKey.init))
        return try await ledger.record(request, deadline: .patient)
    }

    /// A checkout that must succeed; its cart and unit.
    @discardableResult
    func hold(
        _ item: Int32, _ buyer: String, unit: Int32? = nil, key: String? = nil, of sale: Sale? = nil
    ) async throws -> (cart: Cart, unit: Int32) {
        let answer = try await record(item, buyer, unit: unit, key: key, of: sale)
        guard case .held(let cart, let number, isReplay: false) = answer else {
            throw ConformanceFailure(description: "\(buyer) should hold item \(item), got \(answer)")
        }
        return (cart, number)
    }

    func order(_ code: CheckoutCode, key: String? = nil) async throws -> PurchaseAnswer {
        let request = PurchaseRequest(code: code, key: key.flatMap(IdempotencyKey.init))
        return try await ledger.order(request, deadline: .patient)
    }

    /// A purchase that must succeed; its order and the units that were sold.
    @discardableResult
    func buy(_ code: CheckoutCode, key: String? = nil) async throws -> (order: Order, sold: [EndedHold]) {
        let answer = try await order(code, key: key)
        guard case .ordered(let order, let sold) = answer else {
            throw ConformanceFailure(description: "the cart should be sold, got \(answer)")
        }
        return (order, sold)
    }

    /// An item that a buyer takes and buys.
    func sell(_ item: Int32, to buyer: String) async throws {
        try await buy(try await hold(item, buyer).cart.code)
    }

    func release(_ code: CheckoutCode, _ item: Int32? = nil) async throws -> CancelAnswer {
        try await ledger.release(code, item: item.map { self.item($0) }, deadline: .patient)
    }

    /// A cancellation that must succeed; the items given back, and how many the cart still holds.
    func giveBack(_ code: CheckoutCode, _ item: Int32? = nil) async throws -> [Int] {
        let answer = try await release(code, item)
        guard case .released(let holds, let left) = answer else {
            throw ConformanceFailure(description: "the cart should give back, got \(answer)")
        }
        return holds.map { Int($0.hold.unit.item) } + [left]
    }

    func confirm(_ item: Int32, _ buyer: String) async throws -> Confirmation {
        try await ledger.confirm(self.item(item), for: self.buyer(buyer), deadline: .patient)
    }

    func pass(_ duration: Duration) async throws { try await bench.pass(duration) }

    /// How the first item stands, as a buyer without any would hear it.
    func expectStock(_ stock: Confirmation.Stock, _ what: String) async throws {
        try expect(try await confirm(1, "nobody").stock, stock, what)
    }

    func expectCount(free: Int, held: Int, sold: Int, _ what: String) async throws {
        try expect(try await bench.catalog.count(sale), StockCount(free: free, held: held, sold: sold), what)
    }

    func expect<Value: Equatable>(_ value: Value, _ expected: Value, _ what: String) throws {
        guard value != expected else { return }
        throw ConformanceFailure(description: "\(what): expected \(expected), got \(value)")
    }
}

extension Deadline {
    /// Later than any check should need.
    static var patient: Deadline { .now + .seconds(30) }
}

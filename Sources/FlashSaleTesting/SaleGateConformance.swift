// What every SaleGate must do, as checks that the in-memory gate and the one in Redis both pass.

public import FlashSale

/// One rule of the seam, with the check of it. Each check makes up a sale of its own, so all may run at once.
public struct SaleGateConformance: Sendable, CustomStringConvertible {
    /// The rule, as a sentence.
    public let description: String
    private let check: @Sendable (GateScene) async throws -> Void

    init(_ description: String, _ check: @escaping @Sendable (GateScene) async throws -> Void) {
        self.description = description
        self.check = check
    }

    /// Runs the check.
    ///
    /// - Throws: `ConformanceFailure` with what was expected and what came.
    public func run(on gate: any SaleGate) async throws {
        try await check(GateScene(gate: gate, sale: .conformance()))
    }

    /// All rules.
    public static let all: [SaleGateConformance] = reserving + settling + loading + locking
}

/// A rule that a gate broke.
public struct ConformanceFailure: Error, CustomStringConvertible {
    public let description: String
}

/// A gate and a sale to try it with: what the checks are written in.
struct GateScene: Sendable {
    let gate: any SaleGate
    var sale: Sale

    func buyer(_ number: Int) -> BuyerID {
        guard let buyer = BuyerID("buyer-\(number)") else { preconditionFailure("a buyer's name is well formed") }
        return buyer
    }

    func code(_ number: UInt64) -> CheckoutCode {
        CheckoutCode(sale: sale.id, high: 0x0123_4567_89AB_CDEF, low: number)
    }

    func hold(_ unit: Unit, buyer number: Int) -> Hold {
        Hold(unit: unit, code: code(UInt64(number)), buyer: buyer(number), expiresAt: sale.endedAt)
    }

    /// The same scene with a sale of another shape.
    func with(items: Int32? = nil, stock: Int32 = 1, limit: Int32 = 10, epoch: Int32 = 1) -> GateScene {
        var scene = self
        scene.sale = .conformance(
            id: sale.id, items: items ?? sale.itemCount, stock: stock, limit: limit, epoch: epoch)
        return scene
    }

    /// Loads the sale with every unit free.
    func load() async throws {
        let isLoaded = await gate.load(StockSnapshot(unitCount: sale.unitCount), of: sale)
        try expect(isLoaded, true, "a load with nothing in its way")
    }

    /// Reserves an item for a buyer, under the code of the buyer's number unless he has one.
    func reserve(_ item: Int32, buyer number: Int) async -> ReserveAnswer {
        await gate.reserve(
            ItemID(sale: sale.id, number: item), for: buyer(number), of: sale, candidate: code(UInt64(number)))
    }

    /// All that the gate knows of the sale.
    func snapshot() async -> StockSnapshot? { await gate.snapshot(of: sale, items: 1...sale.itemCount) }

    func settle(_ facts: GateFact...) async throws {
        let isTold = await gate.settle(facts, of: sale, unlocking: nil)
        try expect(isTold, true, "facts told to a loaded gate")
    }

    func expectCount(free: Int, held: Int, sold: Int, _ what: String) async throws {
        try expect(await gate.count(sale), StockCount(free: free, held: held, sold: sold), what)
    }

    func expect<Value: Equatable>(_ value: Value, _ expected: Value, _ what: String) throws {
        guard value != expected else { return }
        throw ConformanceFailure(description: "\(what): expected \(expected), got \(value)")
    }
}

extension Sale {
    /// A sale that no other check knows. It ends in the far future, so that a gate may keep its keys until then.
    fileprivate static func conformance(
        id: SaleID = SaleID(Int32.random(in: 1...Int32.max)), items: Int32 = 4, stock: Int32 = 1, limit: Int32 = 10,
        epoch: Int32 = 1
    ) -> Sale {
        Sale(
            id: id, startedAt: Timestamp(microseconds: 1_700_000_000_000_000),
            endedAt: Timestamp(microseconds: 4_000_000_000_000_000), itemCount: items, stockPerItem: stock,
            maxItemsPerBuyer: limit, hold: .seconds(60), epoch: epoch)
    }
}

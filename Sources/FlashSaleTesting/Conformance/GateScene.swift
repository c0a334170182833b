// What the checks of the gate are written in: a gate, and a sale to try it with.

internal import FlashSale

/// A gate and a sale that no other check knows.
struct GateScene: ConformanceScene, Sendable {
    let gate: any SaleGate
    let upkeep: any GateUpkeep
    var sale: Sale

    init(gate: any SaleGate, upkeep: any GateUpkeep) {
        self.gate = gate
        self.upkeep = upkeep
        sale = .conformance()
    }

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
        let isLoaded = await upkeep.load(StockSnapshot(unitCount: sale.unitCount), of: sale)
        try expect(isLoaded, true, "a load with nothing in its way")
    }

    /// Reserves an item for a buyer, under the code of the buyer's number unless the buyer has an open cart.
    func reserve(_ item: Int32, buyer number: Int) async -> ReserveOutcome {
        await gate.reserve(
            ItemID(sale: sale.id, number: item), for: buyer(number), of: sale, candidate: code(UInt64(number)))
    }

    /// Everything that the gate knows of the sale.
    func snapshot() async -> StockSnapshot? { await upkeep.snapshot(of: sale) }

    func tell(_ facts: GateFact...) async throws {
        let isTold = await upkeep.tell(facts, of: sale)
        try expect(isTold, true, "facts told to a loaded gate")
    }

    func expectCount(free: Int, held: Int, sold: Int, _ what: String) async throws {
        try expect(await upkeep.count(sale), StockCount(free: free, held: held, sold: sold), what)
    }
}

extension Sale {
    /// A sale with a random id. It ends in the far future, so that a gate keeps its keys.
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

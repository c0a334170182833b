// What every SaleLedger must do, as checks that the in-memory ledger and the one in Postgres both pass.

public import FlashSale

/// One rule of the seam, with the check of it. Each check is given a ledger of its own.
public struct SaleLedgerConformance: Sendable, CustomStringConvertible {
    /// The rule, as a sentence.
    public let description: String
    private let stock: Int
    private let limit: Int
    private let check: @Sendable (LedgerScene) async throws -> Void

    /// - Parameters:
    ///   - stock: the units of each of the sale's four items.
    ///   - limit: the most a buyer may take.
    init(
        _ description: String, stock: Int = 1, limit: Int = 10,
        _ check: @escaping @Sendable (LedgerScene) async throws -> Void
    ) {
        self.description = description
        self.stock = stock
        self.limit = limit
        self.check = check
    }

    /// Runs the check on a ledger without sales.
    ///
    /// - Throws: `ConformanceFailure` with what was expected and what came.
    public func run(on bench: LedgerBench) async throws {
        let now = try await bench.catalog.agenda().readAt
        let opened = now + .seconds(-60)
        func create(from start: Timestamp) async throws -> Sale {
            let plan = SalePlan(
                startedAt: start, endedAt: start + LedgerScene.length, itemCount: 4, stockPerItem: stock,
                maxItemsPerBuyer: limit, hold: LedgerScene.hold)
            guard case .created(let sale) = try await bench.catalog.create(plan, fence: nil) else {
                throw ConformanceFailure(description: "the sale could not be created")
            }
            return sale
        }
        let sale = try await create(from: opened)
        let next = try await create(from: opened + LedgerScene.length)
        try await check(LedgerScene(bench: bench, sale: sale, next: next))
    }

    /// All rules.
    public static let all: [SaleLedgerConformance] =
        recording + recordingUnderKeys + ordering + orderingLate + releasing + expiring + ages + reading
}

/// A ledger to be tried, and what a check may do besides asking it.
public struct LedgerBench: Sendable {
    public let ledger: any SaleLedger
    public let catalog: any SaleCatalog
    /// Lets time pass for all that the ledger keeps.
    public let pass: @Sendable (Duration) async throws -> Void
    /// Takes a duty: a fence newer than all before it.
    public let nextFence: @Sendable (Duty) async throws -> FencingNumber

    public init(
        ledger: any SaleLedger, catalog: any SaleCatalog, pass: @escaping @Sendable (Duration) async throws -> Void,
        nextFence: @escaping @Sendable (Duty) async throws -> FencingNumber
    ) {
        self.ledger = ledger
        self.catalog = catalog
        self.pass = pass
        self.nextFence = nextFence
    }

    /// The ledger in memory, with a clock of its own.
    public static func inMemory() -> LedgerBench {
        let ledger = InMemorySaleLedger()
        return LedgerBench(
            ledger: ledger, catalog: ledger, pass: { ledger.clock.advance(by: $0) },
            nextFence: { ledger.nextFence($0) })
    }
}

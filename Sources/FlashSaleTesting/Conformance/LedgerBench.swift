// What the conformance of the ledger runs on.

public import FlashSale
public import Telemetry
public import WaitingRoom

/// A ledger to try, and what a check may do besides calling it.
public struct LedgerBench: Sendable {
    public let ledger: any SaleLedger
    public let upkeep: any LedgerUpkeep
    public let catalog: any SaleCatalog
    public let lines: any QueueLedger
    /// How many lanes the sales have.
    public let lanes: Int
    /// Lets time pass for the ledger.
    public let pass: @Sendable (Duration) async throws -> Void
    /// Returns a fence newer than all before it.
    public let nextFence: @Sendable (Duty) async throws -> FencingNumber
    /// The same for the rebuild of a sale's gate.
    public let nextRebuildFence: @Sendable (SaleID) async throws -> FencingNumber

    public init(
        ledger: any SaleLedger & LedgerUpkeep, catalog: any SaleCatalog, lines: any QueueLedger, lanes: Int = 1,
        pass: @escaping @Sendable (Duration) async throws -> Void,
        nextFence: @escaping @Sendable (Duty) async throws -> FencingNumber,
        nextRebuildFence: @escaping @Sendable (SaleID) async throws -> FencingNumber
    ) {
        self.ledger = ledger
        upkeep = ledger
        self.catalog = catalog
        self.lines = lines
        self.lanes = lanes
        self.pass = pass
        self.nextFence = nextFence
        self.nextRebuildFence = nextRebuildFence
    }

    /// The ledger in memory, with a clock of its own.
    public static func inMemory() -> LedgerBench {
        let ledger = InMemorySaleLedger()
        return LedgerBench(
            ledger: ledger, catalog: ledger, lines: ledger, pass: { ledger.clock.advance(by: $0) },
            nextFence: { ledger.nextFence($0) }, nextRebuildFence: { ledger.nextRebuildFence(of: $0) })
    }
}

// Loads a sale into the gate, for the first time or again after the gate has lost it. Meanwhile checkouts go through
// the ledger.

public import Logging
import Synchronization
internal import Telemetry

/// The rebuild duty. One instance at a time rebuilds a sale.
///
///     not loaded ──► lease ──► epoch raised ──► facts are kept ──► snapshot ──► facts applied ──► marked ready
///
/// Trust rule: a raised epoch cuts off every writer of an older one. The gate says "not loaded" until the load is
/// complete, and a load completes only if no higher epoch has come.
public final class GateRebuild: Sendable {
    private let catalog: any SaleCatalog
    private let ledger: any LedgerUpkeep
    private let gate: any GateUpkeep
    private let lock: @Sendable (SaleID) -> any DutyLock
    private let afterwards: Afterwards
    private let logger: Logger
    private let underWay = Mutex<Set<SaleID>>([])

    /// - Parameter lock: the lock for a sale, best where its gate is: a gate that is out of reach need not be loaded.
    public init(
        catalog: any SaleCatalog, ledger: any LedgerUpkeep, gate: any GateUpkeep,
        lock: @escaping @Sendable (SaleID) -> any DutyLock, afterwards: Afterwards, logger: Logger
    ) {
        self.catalog = catalog
        self.ledger = ledger
        self.gate = gate
        self.lock = lock
        self.afterwards = afterwards
        self.logger = logger
    }

    /// Starts a rebuild, unless this instance is rebuilding the sale already, and returns at once.
    public func request(_ sale: Sale) {
        guard underWay.withLock({ $0.insert(sale.id).inserted }) else { return }
        let isStarted = afterwards.run(.gateRebuild) { [self] in
            await rebuild(sale)
            underWay.withLock { _ = $0.remove(sale.id) }
        }
        if !isStarted { underWay.withLock { _ = $0.remove(sale.id) } }
    }

    /// Rebuilds the sale. Returns false if another instance does it, if a store failed, or if the gate has lost nothing
    /// and the caller knew another stock.
    @discardableResult
    public func rebuild(_ known: Sale) async -> Bool {
        await lock(known.id).withLease(of: .rebuild) { [self] fence in await load(known, fence: fence) } ?? false
    }

    private func load(_ known: Sale, fence: FencingNumber) async -> Bool {
        let id = known.id
        do throws(LedgerFailure) {
            // The sale is read again: the caller's epoch may be older than another rebuild, and its stock than a
            // restock. To a caller with another stock the sale is not loaded, and to the others it may well be.
            guard let sale = try await catalog.sale(id) else { return false }
            if sale.stockPerItem != known.stockPerItem, await !gate.hasLost(sale) { return false }
            let raise = EpochRaise(seen: sale.epoch, fence: fence)
            guard let epoch = try await ledger.raiseEpoch(of: id, raise) else { return false }
            CrashPoint.afterEpochRaised.pass()
            let isLoaded = try await gate.load(sale, epoch: epoch) { () throws(LedgerFailure) in
                CrashPoint.midRebuild.pass()
                return try await ledger.snapshot(of: sale)
            }
            logger.notice(
                isLoaded ? "gate loaded" : "gate load given up",
                metadata: ["sale_id": "\(id)", "epoch": "\(epoch)", "units": "\(sale.unitCount)"])
            return isLoaded
        } catch {
            logger.warning("gate rebuild failed", error: error, metadata: ["sale_id": "\(id)"])
            return false
        }
    }
}

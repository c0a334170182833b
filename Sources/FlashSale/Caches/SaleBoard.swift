// What this instance knows of the sales: which are on, and what time it is by the ledger's clock. Everything here is
// a copy with a known age.

import Synchronization

/// The agenda as this instance read it last, and the ledger's clock.
///
/// Trust rule: the board may only spare the stores a question. If it lets a checkout through, the ledger decides it
/// under the sale's lock. It refuses a checkout only if the agenda is fresh and the sale is not younger than the
/// agenda.
public final class SaleBoard: Sendable {
    private struct State {
        var agenda = Agenda(sales: [], latest: nil, readAt: Timestamp(microseconds: 0))
        /// The ledger read its clock for the agenda between these two moments.
        var askedAt: ContinuousClock.Instant?
        var heardAt = ContinuousClock.now
        /// The latest sale of each shop that was on, for the figures that outlive it.
        var last: [ShopID: Sale] = [:]
        /// Sales outside the agenda that a request named, and when they were asked for.
        var others: [SaleID: (sale: Sale, askedAt: ContinuousClock.Instant)] = [:]
        /// The callers that wait for a fresh agenda; nil while none is being read for them.
        var waiters: [CheckedContinuation<Result<Void, LedgerFailure>, Never>]?
        var sharedAt: ContinuousClock.Instant?
    }

    private static let othersMax = 1_024
    private static let lastMax = 1_024
    /// The least time from one agenda that callers share to the next.
    private static let sharingInterval = Duration.milliseconds(20)

    private let state = Mutex(State())
    private let catalog: any SaleCatalog
    private let othersAge: Duration

    /// - Parameter othersAge: how long a sale outside the agenda stands as it was read. It may be changed, and come
    ///   back.
    public init(catalog: any SaleCatalog, othersAge: Duration = .seconds(1)) {
        self.catalog = catalog
        self.othersAge = othersAge
    }

    /// Reads the agenda again. A failure leaves the board as it was.
    @discardableResult
    public func refresh() async throws(LedgerFailure) -> Agenda {
        let askedAt = ContinuousClock.now
        let agenda = try await catalog.agenda()
        let heardAt = ContinuousClock.now
        state.withLock { state in
            guard state.askedAt.map({ $0 < askedAt }) ?? true else { return }
            state.agenda = agenda
            state.askedAt = askedAt
            state.heardAt = heardAt
            for sale in agenda.sales where sale.isActive(at: agenda.readAt) {
                if state.last.count >= Self.lastMax { state.last.removeAll() }
                state.last[sale.shop] = sale
            }
        }
        return agenda
    }

    /// The ledger's clock, at most fast by the time that the agenda took to arrive; nil before the first agenda.
    public func now() -> Timestamp? {
        state.withLock { state in state.askedAt.map { state.agenda.readAt + (ContinuousClock.now - $0) } }
    }

    /// The greatest possible age of the agenda; nil before the first one.
    public var age: Duration? {
        state.withLock { state in state.askedAt.map { ContinuousClock.now - $0 } }
    }

    /// Whether a sale, in the agenda or newer, may be on by the ledger's clock. This instance knows that clock only as
    /// exactly as the agenda was fast to arrive. False before the first agenda.
    public func mayBeOn(_ sale: Sale) -> Bool {
        let now = ContinuousClock.now
        return state.withLock { state in
            guard let askedAt = state.askedAt else { return false }
            let (latest, earliest) = (now - askedAt, now - state.heardAt)
            return sale.startedAt <= state.agenda.readAt + latest && state.agenda.readAt + earliest < sale.endedAt
        }
    }

    /// Whether a sale is paused, for all that a fresh agenda knows. An older one leaves that to the ledger.
    public func isPaused(_ sale: Sale) -> Bool {
        sale.pause != nil && isFresh
    }

    /// Whether an agenda of this age may refuse a checkout.
    public var isFresh: Bool { age.map { $0 <= Limits.agendaAge } ?? false }

    /// Waits for an agenda that may refuse a checkout. All that ask at the same time share its reading.
    public func freshen() async throws(LedgerFailure) {
        try await awaitAgenda(since: .now - Limits.agendaAge)
    }

    /// A sale, if it is on.
    public func active(_ id: SaleID) -> Sale? {
        guard let now = now() else { return nil }
        return state.withLock { state in state.agenda.sales.first { $0.id == id && $0.isActive(at: now) } }
    }

    /// The sale of a shop that is on.
    public func active(in shop: ShopID) -> Sale? {
        guard let now = now() else { return nil }
        return state.withLock { state in state.agenda.sales.first { $0.shop == shop && $0.isActive(at: now) } }
    }

    /// The sales that are on, one of a shop at most.
    public func active() -> [Sale] {
        guard let now = now() else { return [] }
        return state.withLock { state in state.agenda.sales.filter { $0.isActive(at: now) } }
    }

    /// The sale of a shop that is on, or the latest that was.
    public func activeOrLast(in shop: ShopID) -> Sale? {
        active(in: shop) ?? state.withLock { $0.last[shop] }
    }

    /// The sales that figures are of: those that are on, or else the latest that was.
    public func counted() -> [Sale] {
        let active = active()
        guard active.isEmpty else { return active }
        return state.withLock { state in state.last.values.max { $0.endedAt < $1.endedAt } }.map { [$0] } ?? []
    }

    /// The sales that may have holds to end: those that are on, and those that ended within a day.
    public func toSweep() -> [Sale] {
        let active = active()
        let ended = state.withLock { $0.agenda.unswept }
        return ended.filter { sale in !active.contains { $0.id == sale.id } } + active
    }

    /// The sales that are on or to come.
    public func current() -> [Sale] { state.withLock { $0.agenda.sales } }

    /// The next sale of a shop to start.
    public func next(in shop: ShopID) -> Sale? {
        guard let now = now() else { return nil }
        return state.withLock { state in state.agenda.sales.first { $0.shop == shop && $0.startedAt > now } }
    }

    /// The next sale to start of each shop.
    public func next() -> [Sale] {
        guard let now = now() else { return [] }
        let sales = current().filter { $0.startedAt > now }
        return sales.enumerated().filter { place, sale in !sales[..<place].contains { $0.shop == sale.shop } }
            .map(\.element)
    }

    /// A sale by its id, from the agenda, else from the catalog. While the catalog cannot be read, a sale outside the
    /// agenda stands as it was read last.
    ///
    /// An id beyond the latest sale names none, whatever number a client invents. All who ask for such ids share one
    /// agenda that is read after they have asked, so that a sale of a moment ago is found.
    public func sale(_ id: SaleID) async throws(LedgerFailure) -> Sale? {
        let now = ContinuousClock.now
        let oldest = now - othersAge
        if let known = known(id, since: oldest) { return known }
        if isBeyondLatest(id) {
            try await awaitAgenda(since: now)
            if let known = known(id, since: oldest) { return known }
            if isBeyondLatest(id) { return nil }
        }
        let found: Sale?
        do throws(LedgerFailure) {
            found = try await catalog.sale(id)
        } catch {
            guard let former = state.withLock({ $0.others[id]?.sale }) else { throw error }
            return former
        }
        state.withLock { state in
            if state.others.count >= Self.othersMax { state.others.removeAll() }
            state.others[id] = found.map { ($0, now) }
        }
        return found
    }

    private func known(_ id: SaleID, since oldest: ContinuousClock.Instant) -> Sale? {
        state.withLock { state in
            if let sale = state.agenda.sales.first(where: { $0.id == id }) { return sale }
            guard let other = state.others[id], other.askedAt >= oldest else { return nil }
            return other.sale
        }
    }

    private func isBeyondLatest(_ id: SaleID) -> Bool {
        state.withLock { state in state.agenda.latest.map { id > $0 } ?? true }
    }

    /// Waits for an agenda that was asked for after a moment.
    private func awaitAgenda(since moment: ContinuousClock.Instant) async throws(LedgerFailure) {
        while state.withLock({ $0.askedAt.map { $0 <= moment } ?? true }) {
            let result: Result<Void, LedgerFailure> = await withCheckedContinuation { continuation in
                let mustRead = state.withLock { state -> Bool in
                    defer { state.waiters = (state.waiters ?? []) + [continuation] }
                    return state.waiters == nil
                }
                // Not in the caller's task: others wait for the agenda after the caller has left.
                if mustRead { Task.detached { await self.readForWaiters() } }
            }
            try result.get()
        }
    }

    private func readForWaiters() async {
        if let sharedAt = state.withLock({ $0.sharedAt }) {
            try? await Task.sleep(until: sharedAt + Self.sharingInterval, clock: .continuous)
        }
        state.withLock { $0.sharedAt = .now }
        let result: Result<Void, LedgerFailure>
        do throws(LedgerFailure) {
            try await refresh()
            result = .success(())
        } catch {
            result = .failure(error)
        }
        let waiters = state.withLock { state in
            defer { state.waiters = nil }
            return state.waiters ?? []
        }
        for waiter in waiters { waiter.resume(returning: result) }
    }
}

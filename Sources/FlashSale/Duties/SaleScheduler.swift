// Keeps one sale of each shop on or to come: the next one is created before the latest has ended.

public import Logging

/// Decides which sale to create next. Pure: the agenda in, a window out.
public struct SaleSchedule: Hashable, Sendable {
    /// Sales end on multiples of this since 1970, so that sales of an hour end on the hour.
    public let length: Duration
    /// How long before its start the next sale must exist.
    public let lead: Duration

    public init(length: Duration, lead: Duration = Limits.saleLead) {
        precondition(length >= .seconds(1), "a sale lasts at least a second")
        self.length = length
        self.lead = lead
    }

    /// The window of the sale to create now, or nil if the sales of the agenda reach far enough ahead.
    ///
    /// The window starts at their end, and lasts until the next boundary or the next sale that an operator has planned.
    /// A remainder that is too short for a sale of its own is added to the next slot.
    ///
    /// - Parameters:
    ///   - agenda: the sales of one shop.
    ///   - earliest: no sale starts before.
    public func next(
        after agenda: Agenda, from earliest: Timestamp = Timestamp(microseconds: 0)
    ) -> (start: Timestamp, end: Timestamp)? {
        let now = agenda.readAt
        var covered = max(now, earliest)
        var following: Sale?
        for sale in agenda.sales.sorted(by: { $0.startedAt < $1.startedAt }) where sale.endedAt > now {
            guard sale.startedAt <= covered else {
                following = sale
                break
            }
            covered = max(covered, sale.endedAt)
        }
        guard covered - now <= lead else { return nil }
        var end = boundary(after: covered)
        if end - covered < min(lead, length / 2) { end = boundary(after: end) }
        if let following { end = min(end, following.startedAt) }
        return (covered, end)
    }

    private func boundary(after time: Timestamp) -> Timestamp {
        let step = length.microseconds
        return Timestamp(microseconds: (time.microseconds / step + 1) * step)
    }
}

/// The scheduler's duty: creates what the schedule asks for, and asks for a rebuild of it.
public struct SaleScheduler: Sendable {
    /// How often the scheduler looks.
    public static let interval = Duration.seconds(1)

    private let schedule: SaleSchedule
    private let defaults: SaleDefaults
    private let catalog: any SaleCatalog
    private let placements: any ShopPlacements
    private let board: SaleBoard
    private let rebuild: @Sendable (Sale) -> Void
    private let logger: Logger

    public init(
        defaults: SaleDefaults, catalog: any SaleCatalog, placements: any ShopPlacements, board: SaleBoard,
        rebuild: @escaping @Sendable (Sale) -> Void, logger: Logger
    ) {
        schedule = SaleSchedule(length: defaults.length)
        self.defaults = defaults
        self.catalog = catalog
        self.placements = placements
        self.board = board
        self.rebuild = rebuild
        self.logger = logger
    }

    /// One run of the duty, for the shops that are in this pod. A failure for one shop keeps no other shop waiting.
    public func tick(_ fence: FencingNumber) async throws(LedgerFailure) -> DutyOutcome {
        var failure: LedgerFailure?
        let known = try await placements.known()
        for placement in defaults.shops.compactMap(known.own) {
            do throws(LedgerFailure) {
                if try await schedule(placement, fence) == .stale { return .stale }
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return .done
    }

    private func schedule(
        _ placement: ShopPlacement, _ fence: FencingNumber
    ) async throws(LedgerFailure) -> DutyOutcome {
        let shop = placement.shop
        // A sale that is shorter than the lead leaves more than one window to fill. Usually there are two rounds at
        // most.
        for _ in 0..<8 {
            let agenda = try await board.refresh()
            let window = schedule.next(after: agenda.sales(of: shop), from: placement.beginsAt)
            guard let window else { return .done }
            let plan = defaults.plan(from: window.start, until: window.end, in: shop)
            switch try await catalog.create(plan, fence: fence) {
            case .created(let sale):
                logger.notice("sale created", metadata: sale.auditMetadata)
                rebuild(sale)
            case .overlaps: continue  // An operator has planned a sale in between: look again.
            case .staleFence: return .stale
            case .moved: return .done
            }
        }
        return .done
    }
}

// The seam to the sales themselves: creating, changing, finding and listing them.

/// The sales that the ledger keeps.
public protocol SaleCatalog: Sendable {
    /// Creates a sale with its items and units. With a fence, only while that lease of the scheduler stands.
    func create(_ plan: SalePlan, fence: FencingNumber?) async throws(LedgerFailure) -> CreateOutcome

    /// Changes a sale, and writes the change into the sale's log.
    func change(_ id: SaleID, _ change: SaleChange) async throws(LedgerFailure) -> ChangeOutcome

    /// The log of a sale: the changes after a version (0 for the first), oldest first.
    func log(of id: SaleID, after version: Int32, limit: Int) async throws(LedgerFailure) -> [SaleEvent]

    /// A sale by its id.
    func sale(_ id: SaleID) async throws(LedgerFailure) -> Sale?

    /// The sales that are on, to come, or over with holds still to end, and the ledger's clock.
    func agenda() async throws(LedgerFailure) -> Agenda

    /// Items by their number, those after `cursor` (0 for the first page).
    func items(of sale: Sale, after cursor: Int32, limit: Int) async throws(LedgerFailure) -> [Item]

    /// The stock as the ledger counts it.
    func count(_ sale: Sale) async throws(LedgerFailure) -> StockCount
}

extension SaleCatalog {
    /// The latest sales, the newest first, and the ledger's clock.
    ///
    /// - Parameter shop: whose sales; nil for all. The thousand latest of all shops are looked through for them.
    public func latest(
        _ limit: Int, of shop: ShopID? = nil
    ) async throws(LedgerFailure) -> (sales: [Sale], readAt: Timestamp) {
        // Ids below so many without a sale are of forgotten sales: a refused creation leaves out single ids.
        let (missesMax, othersMax) = (100, 1_000)
        let agenda = try await agenda()
        var (sales, misses, others) = ([Sale](), 0, 0)
        var number = agenda.latest?.number ?? 0
        while number > 0, sales.count < limit, misses < missesMax, others < othersMax {
            let found = try await sale(SaleID(number))
            misses = found == nil ? misses + 1 : 0
            if let found, shop == nil || found.shop == shop {
                sales.append(found)
            } else if found != nil {
                others += 1
            }
            number -= 1
        }
        return (sales, agenda.readAt)
    }
}

/// What `create` returns.
public enum CreateOutcome: Hashable, Sendable {
    case created(Sale)
    case overlaps
    case staleFence
    /// The shop's sales are in another pod.
    case moved
}

/// The sales that matter now, and when the ledger read them.
public struct Agenda: Hashable, Sendable {
    /// The sales that are on or to come, soonest first.
    public let sales: [Sale]
    /// Sales that ended less than a day ago and still have holds to end.
    public let unswept: [Sale]
    /// The latest sale that there is or ever was: a greater id has no sale. Nil if there was none.
    public let latest: SaleID?
    public let readAt: Timestamp

    public init(sales: [Sale], unswept: [Sale] = [], latest: SaleID?, readAt: Timestamp) {
        self.sales = sales
        self.unswept = unswept
        self.latest = latest
        self.readAt = readAt
    }

    /// The part that is of one shop.
    public func sales(of shop: ShopID) -> Agenda {
        Agenda(
            sales: sales.filter { $0.shop == shop }, unswept: unswept.filter { $0.shop == shop }, latest: latest,
            readAt: readAt)
    }
}

// The limits of the domain, by name. Relations between them are asserted where the parts are put together.

/// The bounds that the service keeps, whatever a client or an operator asks for.
public enum Limits {
    /// The longest identifier or idempotency key, in bytes.
    public static let identifierLength = 64
    /// The most items a sale may have.
    public static let itemsPerSale = 1_000_000
    /// The most units a sale may have over all of its items.
    public static let unitsPerSale = 10_000_000
    /// How many lanes a sale may have.
    public static let lanes = 1...64
    /// The most items a buyer may be allowed to take in one sale.
    public static let itemsPerBuyer = 100
    /// The highest price of an item, in the minor unit of its currency.
    public static let priceMinorUnits: Int64 = 1_000_000_000_000
    /// The most rows in one call of a batch function.
    public static let rowsPerBatch = 512
    /// The most entries a page of items may have.
    public static let itemsPerPage = 1_000
    /// The longest time of a request, even if the stores hang.
    public static let requestDeadline = Duration.seconds(2)
    /// The grace: how long a hold outlives its `expires_at`, for a purchase in progress.
    public static let holdGrace = Duration.milliseconds(500)
    /// The greatest age of a read that confirms a refusal.
    public static let confirmationAge = Duration.milliseconds(500)
    /// The greatest age of an agenda by which a checkout is refused: an operator may have changed the sale since.
    public static let agendaAge = Duration.milliseconds(250)
    /// The greatest age of a read that an item or a sale is sold, which only an operator can undo. Nobody hears it for
    /// longer than twice that, nor once the agenda is older than ``agendaAge``.
    public static let lastingAge = Duration.seconds(2)
    /// How often one checkout is recorded while the ledger finds no free unit and then confirms that there is one.
    public static let recordsPerCheckout = 8
    /// The longest time that a waiting room gathers buyers before its sale starts.
    public static let gather = Duration.seconds(86_400)
    /// The pace that an operator may fix for a waiting room, in buyers a second.
    public static let roomPace = 1...100_000
    /// The longest time from the start of a sale to its end.
    public static let saleLength = Duration.seconds(31 * 86_400)
    /// The largest sale of which those who watch it are told each item that changes.
    public static let followedUnits = 100_000
    /// How far ahead the next sale is created, at the least.
    public static let saleLead = Duration.seconds(30)
}

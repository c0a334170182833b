// The seam to Postgres: the draw, the number that is called, and what instances have counted.
//
// Trust rule: what is called is what the ledger says. An instance that cannot ask goes on giving tickets, and tells
// nobody that its turn has not come: it cannot know. Nothing of the waiting room is in Redis.

public import FlashSale

/// The lines of waiting rooms that the ledger keeps.
public protocol QueueLedger: Sendable {
    /// How the line of a sale stands; nil if the sale has no waiting room.
    func state(of sale: SaleID) async throws(LedgerFailure) -> QueueState?

    /// Replaces what the ledger has of this instance's counts.
    func report(_ report: QueueReport, of sale: SaleID) async throws(LedgerFailure)

    /// The keys that are live, the one that signs first.
    func ticketKeys() async throws(LedgerFailure) -> TicketKeys

    /// Fixes the count of tickets and publishes the seed, half a second after the start or later.
    ///
    /// - Returns: false if the fence is stale.
    func publishDraw(of sale: SaleID, fence: FencingNumber) async throws(LedgerFailure) -> Bool

    /// Calls the next numbers. Nothing happens if others are called than the view says.
    ///
    /// - Returns: false if nothing happened.
    func call(_ step: UsherStep, from view: UsherView, of sale: SaleID, fence: FencingNumber)
        async throws(LedgerFailure)
        -> Bool
}

/// How a line stood when the ledger read it.
public struct QueueState: Hashable, Sendable {
    /// The SHA-256 of the seed.
    public var commit: String
    /// The seed, and the count of tickets; nil until both are published.
    public var draw: Draw?
    public var called: Int32
    /// What all instances have counted: tickets of the draw, late tickets, called buyers that came, refusals of an
    /// overloaded instance.
    public var counts: QueueCounts
    public var stock: StockCount
    /// The cohorts of the last minutes, oldest first.
    public var cohorts: [Cohort]
    /// What the usher went by in its last step.
    public var usher: UsherMemory
    public var readAt: Timestamp

    public struct Draw: Hashable, Sendable {
        public let seed: DrawSeed
        public let ticketCount: Int32

        public init(seed: DrawSeed, ticketCount: Int32) {
            self.seed = seed
            self.ticketCount = ticketCount
        }
    }

    public init(
        commit: String, draw: Draw?, called: Int32, counts: QueueCounts, stock: StockCount, cohorts: [Cohort],
        usher: UsherMemory, readAt: Timestamp
    ) {
        self.commit = commit
        self.draw = draw
        self.called = called
        self.counts = counts
        self.stock = stock
        self.cohorts = cohorts
        self.usher = usher
        self.readAt = readAt
    }

    /// The highest number that there is.
    public var lastNumber: Int32 { (draw?.ticketCount ?? counts.gathered) + counts.late }

    /// How many numbers are not called yet; how many tickets there are, while the room gathers.
    public var waiting: Int { Int(max(0, lastNumber - called)) }

    func isCalled(_ number: Int32) -> Bool { number <= called }

    /// How many numbers are still to be called before this one.
    func countAhead(of number: Int32) -> Int { Int(max(0, number - called - 1)) }

    /// How many units fill a cart.
    public var unitsPerCart: Double {
        counts.came > 0 ? max(1, Double(stock.held + stock.sold) / Double(counts.came)) : 1
    }
}

/// What one instance has counted in a sale, or all of them.
public struct QueueCounts: Hashable, Sendable {
    public var gathered: Int32 = 0
    public var late: Int32 = 0
    public var came: Int32 = 0
    public var sheds: Int64 = 0

    public init(gathered: Int32 = 0, late: Int32 = 0, came: Int32 = 0, sheds: Int64 = 0) {
        self.gathered = gathered
        self.late = late
        self.came = came
        self.sheds = sheds
    }
}

/// What an instance tells of itself: everything since its start, so that a lost report costs nothing.
public struct QueueReport: Hashable, Sendable {
    /// The instance, by a number of its own.
    public let instance: UInt64
    public let counts: QueueCounts
    /// How many of each cohort came to this instance.
    public let shown: [Int32: Int32]

    public init(instance: UInt64, counts: QueueCounts, shown: [Int32: Int32]) {
        self.instance = instance
        self.counts = counts
        self.shown = shown
    }
}

/// What the usher keeps from step to step. It stands in the ledger, so that another usher goes on with it.
public struct UsherMemory: Hashable, Sendable {
    /// Buyers a second that the last step would call.
    public var pace: Double
    /// The share of those who are called that come, from 0 to 1.
    public var share: Double
    /// How many checkouts had been shed until then.
    public var sheds: Int64
    /// Nil before the first step, and before the first call.
    public var steppedAt: Timestamp?
    public var calledAt: Timestamp?

    public init(
        pace: Double = Usher.firstPace, share: Double = 1, sheds: Int64 = 0, steppedAt: Timestamp? = nil,
        calledAt: Timestamp? = nil
    ) {
        self.pace = pace
        self.share = share
        self.sheds = sheds
        self.steppedAt = steppedAt
        self.calledAt = calledAt
    }
}

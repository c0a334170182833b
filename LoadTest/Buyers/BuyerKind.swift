// The kinds of buyers and their habits. The first three and their numbers are those of the usual load test of
// flash-sale services; that test leaves out the others.

/// A kind of buyer.
enum BuyerKind: UInt8, CaseIterable, Sendable {
    case aggressive, normal, browser
    /// Presses "buy" twice; both requests carry the same key.
    case doubleClicker
    /// Fills a cart and leaves; its holds expire.
    case abandoner
    /// Comes back to buy when its holds may have expired.
    case late
    /// Cancels its holds.
    case canceller
    /// Waits as long as `Retry-After` says, and tries again with the same key.
    case patientRetrier
    /// Tries again at once, whatever the answer.
    case impatientRetrier
    /// Takes items until it is refused for the limit.
    case atLimit
    /// Does not look and does not think, and tries item after item.
    case bot
    /// Takes all that it may, lets it expire and takes again, until it is refused for that.
    case hoarder
    /// Purchases with codes that it has made up.
    case junkCodes
    /// Joins the waiting room, asks as often as it is told to, comes when it is called, and buys.
    case waiter
    /// Joins, and is gone or comes long after its call.
    case leaver
    /// Comes in with no ticket, a forged one, another's, or before its turn.
    case jumper
    /// Joins from two devices at once, and asks with both tickets.
    case twoDevices
    /// Connects and says nothing.
    case silent
    /// Asks for large pages, one after the other, and reads no answer.
    case unread
    /// Takes one item at once, and pays for it some seconds later.
    case holder
    /// Sends a new `Idempotency-Key` with everything.
    case keySprayer
    /// Listens to the events of the sale until all is sold, and asks for nothing.
    case listener

    /// The name in scenarios: `double_clicker`.
    var name: String {
        "\(self)".reduce(into: "") { $0 += $1.isUppercase ? "_" + $1.lowercased() : String($1) }
    }

    /// The habits of this kind.
    var habits: Habits {
        switch self {
        case .aggressive: Habits(checkout: 0.9, purchase: 0.8, items: 3, think: 0.1, hot: 0.7)
        case .normal: Habits(checkout: 0.6, purchase: 0.4, items: 2, think: 0.3, hot: 0.3)
        case .browser: Habits(checkout: 0.3, purchase: 0.1, items: 1, think: 0.8, hot: 0.1)
        case .doubleClicker: Habits(checkout: 1, purchase: 1, items: 1, think: 0.1, hot: 0.5, clicks: 2, isKeyed: true)
        case .abandoner: Habits(checkout: 1, purchase: 0, items: 3, think: 0.3, hot: 0.5)
        case .late: Habits(checkout: 1, purchase: 1, items: 1, think: 0.3, hot: 0.3, comesLate: true)
        case .canceller: Habits(checkout: 1, purchase: 0, items: 2, think: 0.3, hot: 0.3, cancels: true)
        case .patientRetrier:
            Habits(
                checkout: 1, purchase: 1, items: 1, think: 0.3, hot: 0.5, retries: 3, heedsRetryAfter: true,
                isKeyed: true)
        case .impatientRetrier:
            Habits(checkout: 1, purchase: 1, items: 1, think: 0.05, hot: 0.5, retries: 5, isKeyed: true)
        case .atLimit: Habits(checkout: 1, purchase: 1, items: 100, think: 0.02, hot: 0.1)
        case .bot: Habits(checkout: 1, purchase: 1, items: 10, think: 0, hot: 0.9, looks: false, retries: 5)
        case .hoarder: Habits(checkout: 1, purchase: 0, items: 100, think: 0.02, hot: 0.1, looks: false, hoards: true)
        case .junkCodes: Habits(checkout: 0, purchase: 1, items: 20, think: 0.01, hot: 0, makesCodesUp: true)
        case .listener: Habits(checkout: 0, purchase: 0, items: 1, think: 0.2, hot: 0)
        case .waiter, .leaver, .jumper, .twoDevices:
            Habits(
                checkout: 1, purchase: 1, items: 12, think: 0.2, hot: 0.2, retries: 20, heedsRetryAfter: true,
                isKeyed: true, queues: true)
        case .silent: Habits(checkout: 0, purchase: 0, items: 1, think: 0, hot: 0, attack: .silent)
        case .unread: Habits(checkout: 0, purchase: 0, items: 1, think: 0, hot: 0, attack: .unread)
        case .holder: Habits(checkout: 1, purchase: 1, items: 1, think: 10, hot: 0.1, looks: false, isKeyed: true)
        case .keySprayer: Habits(checkout: 1, purchase: 1, items: 10, think: 0.01, hot: 0.9, spraysKeys: true)
        }
    }
}

/// The numbers of a kind.
struct Habits: Hashable, Sendable {
    /// The probability that the buyer takes anything, and that it buys what it took.
    var checkout: Double
    var purchase: Double
    /// The most items that it tries for.
    var items: Int
    /// The mean of the seconds between an answer and its next request.
    var think: Double
    /// The probability that it wants one of the hot items.
    var hot: Double
    var looks = true
    /// How often it sends one purchase.
    var clicks = 1
    /// How often it tries again a request that was shed or not answered.
    var retries = 0
    var heedsRetryAfter = false
    /// Whether its purchases carry an `Idempotency-Key`.
    var isKeyed = false
    var comesLate = false
    var cancels = false
    var hoards = false
    var makesCodesUp = false
    /// Whether it stands in the line of a waiting room.
    var queues = false
    var spraysKeys = false
    /// What it does instead of all that; nil for buyers.
    var attack: Attack?
}

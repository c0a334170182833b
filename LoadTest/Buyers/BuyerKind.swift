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
        case .aggressive: Habits(begins: .look(0.9), items: 3, think: 0.1, hot: 0.7, ends: .buy(0.8))
        case .normal: Habits(begins: .look(0.6), items: 2, think: 0.3, hot: 0.3, ends: .buy(0.4))
        case .browser: Habits(begins: .look(0.3), items: 1, think: 0.8, hot: 0.1, ends: .buy(0.1))
        case .doubleClicker: Habits(begins: .look(1), think: 0.1, hot: 0.5, clicks: 2, keys: .ofPurchases)
        case .abandoner: Habits(begins: .look(1), items: 3, think: 0.3, hot: 0.5, ends: .leave)
        case .late: Habits(begins: .look(1), think: 0.3, hot: 0.3, ends: .buyLate)
        case .canceller: Habits(begins: .look(1), items: 2, think: 0.3, hot: 0.3, ends: .cancel)
        case .patientRetrier:
            Habits(begins: .look(1), think: 0.3, hot: 0.5, retries: 3, heedsRetryAfter: true, keys: .ofPurchases)
        case .impatientRetrier: Habits(begins: .look(1), think: 0.05, hot: 0.5, retries: 5, keys: .ofPurchases)
        case .atLimit: Habits(begins: .look(1), items: 100, think: 0.02, hot: 0.1)
        case .bot: Habits(begins: .take, items: 10, hot: 0.9, retries: 5)
        case .hoarder: Habits(begins: .take, items: 100, think: 0.02, hot: 0.1, ends: .hoard)
        case .junkCodes: Habits(begins: .makeUpCodes, items: 20, think: 0.01)
        case .waiter, .leaver, .jumper, .twoDevices:
            Habits(
                begins: .join, items: 12, think: 0.2, hot: 0.2, retries: 20, heedsRetryAfter: true, keys: .ofPurchases)
        case .silent: Habits(begins: .occupy(.silent))
        case .unread: Habits(begins: .occupy(.unread))
        case .holder: Habits(begins: .take, think: 10, hot: 0.1, keys: .ofPurchases)
        case .keySprayer: Habits(begins: .look(1), items: 10, think: 0.01, hot: 0.9, keys: .sprayed)
        case .listener: Habits(begins: .listen)
        }
    }
}

// The people of a sale, and what each kind of them is like. The first three and their numbers are those of the load
// test that flash-sale services of this kind are measured by; the others are who it leaves out.

/// A kind of buyer.
enum BuyerKind: UInt8, CaseIterable, Sendable {
    case aggressive, normal, browser
    /// Presses "buy" twice; both requests carry the same key.
    case doubleClicker
    /// Fills a cart and goes; his holds lapse.
    case abandoner
    /// Comes back to buy when his holds may have lapsed.
    case late
    /// Gives back what he holds.
    case canceller
    /// Waits as long as `Retry-After` says, and tries again with the same key.
    case patientRetrier
    /// Tries again at once, whatever he is told.
    case impatientRetrier
    /// Takes items until he is told that it is enough.
    case atLimit
    /// Does not look, does not think, and tries item after item.
    case bot

    /// As scenarios write it: `double_clicker`.
    var name: String {
        "\(self)".reduce(into: "") { $0 += $1.isUppercase ? "_" + $1.lowercased() : String($1) }
    }

    /// What buyers of this kind do, and how often.
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
        }
    }
}

/// The numbers of a kind.
struct Habits: Hashable, Sendable {
    /// How likely he is to take anything, and to buy what he took.
    var checkout: Double
    var purchase: Double
    /// The most items he tries for.
    var items: Int
    /// Seconds between an answer and what he does next, on average.
    var think: Double
    /// How likely he is to want one of the hot items rather than any.
    var hot: Double
    var looks = true
    /// How often he sends one purchase.
    var clicks = 1
    /// How often he tries again what was shed or not answered.
    var retries = 0
    var heedsRetryAfter = false
    /// Whether his purchases carry an `Idempotency-Key`.
    var isKeyed = false
    var comesLate = false
    var cancels = false
}

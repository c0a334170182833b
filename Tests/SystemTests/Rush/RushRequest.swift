// A request of a buyer in a rush.

struct RushRequest: Sendable {
    /// The names in journals.
    enum Kind: String, Sendable {
        case checkout, purchase, cancel
    }

    let kind: Kind
    let buyer: Int
    let item: Int
    /// The item's number, or the cart's code.
    let subject: String
    let target: String
    /// Nil for a buyer that does not ask again, and for requests that take no key.
    var key: String?
    /// The end of its hold, in milliseconds since 1970.
    var holdEnds: Int?

    var method: String { kind == .cancel ? "DELETE" : "POST" }
}

/// A buyer's hold, from the answer.
struct RushCart: Sendable {
    let buyer: RushBuyer
    let code: String
    /// In milliseconds since 1970.
    let expires: Int
}

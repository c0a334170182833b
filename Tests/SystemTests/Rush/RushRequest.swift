// A request of a buyer in a rush.

struct RushRequest: Sendable {
    /// As journals name them.
    enum Kind: String, Sendable {
        case checkout, purchase, cancel
    }

    let kind: Kind
    let buyer: Int
    let item: Int
    /// The item's number, or the cart's code.
    let subject: String
    let target: String
    /// Nil for whoever does not ask again, and where the service takes none.
    var key: String?
    /// When the hold that it is about ends, in milliseconds since 1970.
    var holdEnds: Int?

    var method: String { kind == .cancel ? "DELETE" : "POST" }
}

/// What a buyer holds, as he was told.
struct RushCart: Sendable {
    let buyer: RushBuyer
    let code: String
    /// In milliseconds since 1970.
    let expires: Int
}

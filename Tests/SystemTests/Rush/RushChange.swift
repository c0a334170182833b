// A change that the operator of a rush makes.

struct RushChange: Sendable {
    enum Kind: CaseIterable, Sendable {
        /// Of the item of the newest hold, which keeps its price.
        case price
        /// Up or down.
        case restock
        /// Of an order that its buyer knows of.
        case refund
    }

    let kind: Kind
    let key: String
    let method: String
    let target: String
    let body: String
    /// The new stock.
    var stock: Int?
    /// The buyer whose order is refunded.
    var refunded: Int?

    /// Whether this is an answer that an operator may get. A stock can be lowered only to what is taken.
    func mayGet(_ answer: HTTPAnswer) -> Bool {
        answer.status == 200 || kind == .restock && answer.reason == "stock_in_use"
    }
}

// The lies of the tiny service. Some are told where it decides; those here change its words alone.

/// The promise that the stub breaks.
enum Lie: String, CaseIterable, Sendable {
    /// Sells a unit to every buyer that asks for it.
    case oversells
    /// Acknowledges a purchase and forgets it.
    case losesAcknowledgement
    /// Says that an item is sold while it is free.
    case refusesStock
    /// Lets a buyer have more than the limit.
    case ignoresLimit
    /// Sells a code twice if it is sent twice.
    case sellsTwice
    /// Forgets some of the holds that it acknowledged.
    case losesHolds
    /// Lets buyers in whatever ticket they show. It has a waiting room.
    case letsJumpersIn
    /// Gives a ticket another number each time. It has a waiting room.
    case movesPlaces
    /// Denies some holders their purchase, for a limit that has nothing to do with it.
    case deniesHolders
    /// Says of some carts that they were bought, and nobody did.
    case callsCartsBought
    /// Leaves an item out of a purchase although its hold lives.
    case leavesItemsOut
    /// Acknowledges purchases without saying what was sold.
    case namesNothing
    /// Says of what it has sold that it is no success.
    case deniesSuccess
    /// Tells another price each time that it is asked.
    case changesPrice
    /// Tells buyers another price than the order has.
    case misquotes
    /// Gives all buyers the same code.
    case sharesCodes
    /// Says to buyers that have nothing that they have reached the limit, or that they hold the item, or that they have
    /// to wait in a line that there is not.
    case inventsLimits, inventsHolds, inventsLine
    /// Shows a seed that is not that of the commit, or another commit each time, or gives numbers that the draw does
    /// not give. It has a waiting room, as have the next two.
    case forgesSeed, changesCommit, misdraws
    /// Calls everybody at once, lets them in, and never says to a buyer that it is called.
    case hidesCalls
    /// Says in between that nobody is called yet.
    case callsBack

    /// The check of the audit that finds it.
    var check: String {
        switch self {
        case .oversells: "units_are_sold_once"
        case .losesAcknowledgement, .namesNothing, .deniesSuccess, .misquotes: "acknowledged_orders_exist"
        case .refusesStock: "no_false_sold_out"
        case .ignoresLimit: "buyers_stay_within_limits"
        case .sellsTwice, .changesPrice: "purchases_have_one_answer"
        case .losesHolds, .deniesHolders, .callsCartsBought, .leavesItemsOut: "acknowledged_holds_stand"
        case .letsJumpersIn: "nobody_jumps_the_line"
        case .movesPlaces: "places_stay"
        case .sharesCodes: "acknowledged_checkouts_are_holds"
        case .inventsLimits, .inventsHolds, .inventsLine: "refusals_have_a_cause"
        case .forgesSeed, .changesCommit, .misdraws: "numbers_follow_from_the_draw"
        case .hidesCalls: "called_buyers_are_let_in"
        case .callsBack: "called_never_falls"
        }
    }

    /// Whether it is about a waiting room.
    var isOfRoom: Bool {
        switch self {
        case .letsJumpersIn, .movesPlaces, .forgesSeed, .changesCommit, .misdraws, .hidesCalls, .callsBack: true
        default: false
        }
    }
}

extension StubService {
    /// A refusal without a cause; nil for the truth.
    func falseRefusal(_ path: Substring, _ state: State) -> (Int, String)? {
        guard state.requests.isMultiple(of: 3) else { return nil }
        switch (lie, path) {
        case (.deniesHolders, "/purchase"), (.inventsLimits, "/checkout"): return refusal(400, "user_limit_exceeded")
        case (.callsCartsBought, "/purchase"): return refusal(409, "already_processed")
        case (.inventsHolds, "/checkout"): return refusal(400, "already_checked_out")
        case (.inventsLine, "/checkout"): return refusal(429, "waiting_room")
        default: return nil
        }
    }

    /// - Parameter isLookedUp: whether it is not the answer to a purchase.
    func order(_ code: String, _ items: [Int], _ state: State, isLookedUp: Bool = false) -> (Int, String) {
        let unsold = lie == .leavesItemsOut && items.count > 1 ? items.last : nil
        let lines = (lie == .namesNothing ? [] : items).map {
            #"{"id":"ITM-1-\#($0)","name":"a thing","sold":\#($0 != unsold)}"#
        }
        let price = lie == .changesPrice ? state.requests : lie == .misquotes && !isLookedUp ? 1 : 4_200
        return (
            200,
            """
            {"success":\(lie != .deniesSuccess),"purchased_items":[\(lines.joined(separator: ","))],\
            "total_purchased":\(items.count),"failed_count":0,"order_id":"1","code":"\(code)",\
            "total_price":{"amount":\(price),"currency":"EUR"}}
            """
        )
    }
}

// The promises about holds: each is its buyer's alone, and can be bought until it ends.

extension PromiseAudit {
    func acknowledgedCheckoutsAreHolds() -> Finding {
        let breaches = carts.sorted { $0.key < $1.key }.flatMap { code, cart -> [String] in
            let others = cart.checkouts.filter { $0.buyer != cart.checkouts[0].buyer }.prefix(1)
            return others.map { "\(code) was given to two buyers:\n\(timeline([cart.checkouts[0], $0]))" }
                + cart.checkouts.compactMap { whyNoHold($0, code) }
        }
        return Finding(
            "acknowledged_checkouts_are_holds", "I3", "every acknowledged checkout is a hold of its buyer",
            breaches: breaches)
    }

    /// Why an acknowledged checkout is not the hold that the answer told of, by the database; nil if it is.
    private func whyNoHold(_ checkout: History.Exchange, _ code: String) -> String? {
        guard let holds = evidence.holds else { return nil }
        let item = "ITM-\(history.sale.id)-\(checkout.item)"
        guard let hold = holds[Evidence.HoldKey(code: code, item: checkout.item)] else {
            return "\(code) was told that it holds \(item), and there is no such hold:\n\(timeline([checkout]))"
        }
        let buyer = history.user(checkout.buyer)
        if hold.user != buyer {
            return "\(code) was given to \(buyer), and is of \(hold.user):\n\(timeline([checkout]))"
        }
        // Answers have whole milliseconds.
        guard let told = checkout.expires, told > hold.expires + 1 else { return nil }
        return "\(code) was told that it holds \(item) for \(told - hold.expires) ms longer than it does:\n"
            + timeline([checkout])
    }

    func acknowledgedHoldsStand() -> Finding {
        let breaches = carts.sorted { $0.key < $1.key }.compactMap { code, cart -> String? in
            guard !cart.checkouts.isEmpty, cart.cancellations.isEmpty else { return nil }
            if let lost = cart.purchases.first(where: { isDenied($0, code, cart) }) {
                let until = cart.expires == .min ? "" : " until \(Self.moment(cart.expires))"
                return "\(code) was held\(until), and could not be bought:\n\(timeline(cart.checkouts + [lost]))"
            }
            for purchase in cart.purchases where purchase.outcome == .won && !purchase.soldItems.isEmpty {
                guard let unsold = cart.checkouts.first(where: { isUnsold($0, purchase) }) else { continue }
                return "\(code) was bought without ITM-\(history.sale.id)-\(unsold.item), which it held:\n"
                    + timeline([unsold, purchase])
            }
            return nil
        }
        return Finding(
            "acknowledged_holds_stand", "I3", "a buyer can buy what it holds until the hold ends", breaches: breaches)
    }

    /// Whether a cart that nobody cancelled was refused its purchase without a cause.
    private func isDenied(_ purchase: History.Exchange, _ code: String, _ cart: Cart) -> Bool {
        guard purchase.outcome.isDecision, purchase.outcome != .won else { return false }
        switch purchase.reason {
        case .checkoutNotFound: return true
        // Who asked on the buyer's behalf, such as a proxy, is not in the journal.
        case .alreadyProcessed: return evidence.hasOrder(code) == false
        // The sale's log judges a pause, and who is in progress is asked to come again.
        case nil, .salePaused, .purchaseInProgress: return false
        default:
            return lived(until: cart.expires, purchase)
                && !cart.purchases.contains { $0.id != purchase.id && $0.sent < purchase.answered }
        }
    }

    /// Whether a purchase left out an item whose hold was there before it was sent, and lived when it was answered.
    private func isUnsold(_ checkout: History.Exchange, _ purchase: History.Exchange) -> Bool {
        guard let expires = checkout.expires, checkout.answered < purchase.sent else { return false }
        return lived(until: expires * 1_000_000 - history.wall, purchase)
            && !purchase.soldItems.contains(checkout.item)
    }

    /// Whether a hold cannot have ended before an answer: it may end only after the moment that its buyer was told.
    private func lived(until expires: Int64, _ exchange: History.Exchange) -> Bool {
        expires != .min && exchange.answered < expires - Self.clockSlack
    }
}

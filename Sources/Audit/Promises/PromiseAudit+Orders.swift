// The promises about sold units: sold once, to the acknowledged buyer, within the limit.

extension PromiseAudit {
    /// Acknowledged purchases by code; one of several answers stands for all.
    var acknowledged: [(code: String, purchase: History.Exchange)] {
        carts.compactMap { code, cart in
            cart.purchases.first { $0.outcome == .won && !$0.soldItems.isEmpty }.map { (code, $0) }
        }.sorted { $0.purchase.sent < $1.purchase.sent }
    }

    /// What an acknowledged purchase has sold, without what was refunded since.
    private func itemsKept(_ code: String, _ purchase: History.Exchange) -> Set<Int32> {
        Set(purchase.soldItems).subtracting(evidence.orders[code]?.refunded ?? [])
    }

    func unitsAreSoldOnce() -> Finding {
        var purchases: [Int32: [History.Exchange]] = [:]
        for (code, purchase) in acknowledged {
            for item in itemsKept(code, purchase) { purchases[item, default: []].append(purchase) }
        }
        let breaches = purchases.sorted { $0.key < $1.key }.compactMap { item, purchases -> String? in
            let units = unitsNow(of: item)
            guard purchases.count > units else { return nil }
            return """
                ITM-\(history.sale.id)-\(item) had \(units) units and was sold \(purchases.count) times:
                \(timeline(purchases))
                """
        }
        return Finding("units_are_sold_once", "I1", "no item is sold more often than it has units", breaches: breaches)
    }

    /// The most units of an item that the run's buyers can have together: those that were free at the start, and those
    /// that an operator has added since.
    private func unitsNow(of item: Int32) -> Int {
        let sale = history.sale
        return sale.availableAtMost(item) + (evidence.log?.stockNow ?? sale.stock) - sale.stock
    }

    func acknowledgedOrdersExist() -> Finding {
        let empty = history.exchanges.filter {
            $0.endpoint == .purchase && $0.outcome == .won && $0.soldItems.isEmpty
        }
        let breaches =
            empty.map { "a purchase was acknowledged, and sold nothing:\n\(timeline([$0]))" }
            + acknowledged.compactMap { code, purchase in
                whyNoOrder(code, purchase).map { "\($0):\n\(timeline([purchase]))" }
            }
        return Finding(
            "acknowledged_orders_exist", "I2", "every acknowledged purchase is an order of its buyer",
            breaches: breaches)
    }

    /// Why a code's order is not what its buyer was told, as a sentence; nil if it is, or if that is not known.
    private func whyNoOrder(_ code: String, _ purchase: History.Exchange) -> String? {
        guard let order = evidence.orders[code] else {
            return evidence.hasOrder(code) == false ? "\(code) was bought and has no order" : nil
        }
        let told = Set(purchase.soldItems)
        if let item = told.subtracting(order.items).min() {
            return "the answer for \(code) named ITM-\(history.sale.id)-\(item), and its order lacks it"
        }
        if let item = order.items.subtracting(told).min() {
            return "the order of \(code) has ITM-\(history.sale.id)-\(item), which the answer did not name"
        }
        let buyer = history.user(purchase.buyer)
        if let user = order.user, user != buyer {
            return "\(code) was bought by \(buyer), and its order is of \(user)"
        }
        if let told = purchase.receipt, let receipt = order.receipt, receipt != told {
            return "the answer for \(code) told of \(told), and its order is \(receipt)"
        }
        return nil
    }

    func ordersWereAskedFor() -> Finding {
        let prefix = "load-\(history.run)-"
        let breaches = evidence.orders.filter { $0.value.user?.hasPrefix(prefix) == true }
            .filter { carts[$0.key]?.purchases.isEmpty ?? true }
            .map { "\($0.key) of \($0.value.user ?? "nobody") has an order, and no purchase of it was sent" }.sorted()
        return Finding("orders_were_asked_for", "I2", "every order of our buyers was asked for", breaches: breaches)
    }

    func buyersStayWithinLimits() -> Finding {
        guard let limit = evidence.log?.limitMax ?? history.sale.limit else {
            return Finding("buyers_stay_within_limits", "I4", "no buyer is over the limit", breaches: [])
        }
        var purchases: [UInt32: [(code: String, purchase: History.Exchange)]] = [:]
        for bought in acknowledged { purchases[bought.purchase.buyer, default: []].append(bought) }
        let breaches = purchases.sorted { $0.key < $1.key }.compactMap { buyer, purchases -> String? in
            let bought = purchases.reduce(0) { $0 + itemsKept($1.code, $1.purchase).count }
            guard bought > limit else { return nil }
            return "buyer \(history.user(buyer)) has a limit of \(limit) and bought \(bought):\n"
                + timeline(purchases.map(\.purchase))
        }
        return Finding("buyers_stay_within_limits", "I4", "no buyer is over the limit", breaches: breaches)
    }

    func purchasesHaveOneAnswer() -> Finding {
        let breaches = carts.sorted { $0.key < $1.key }.compactMap { code, cart -> String? in
            let won = cart.purchases.filter { $0.outcome == .won }
            guard Set(won.map(\.soldItems)).count > 1 || Set(won.compactMap(\.receipt)).count > 1 else { return nil }
            return "\(code) was bought with different answers:\n\(timeline(won))"
        }
        return Finding(
            "purchases_have_one_answer", "I8", "a purchase that is sent twice has one effect", breaches: breaches)
    }
}

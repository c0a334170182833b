// What operators do to a sale of the ledger in memory.

internal import FlashSale

extension SaleBook {
    /// - Parameter others: the windows of the other sales.
    mutating func change(_ change: SaleChange, beside others: [Sale], at now: Timestamp) -> ChangeOutcome {
        if let key = change.key, let known = changesByKey[key] {
            guard known.change == change.act, let event = events.first(where: { $0.after.version == known.version })
            else { return .keyReused }
            return .changed(event.after, isReplay: true)
        }
        if let version = change.version, version != sale.version { return .stale }
        var next = sale
        var priced: PriceChange?
        var refund: Refund?
        switch change.act {
        case .refund(let code, let items):
            guard orders[code] != nil else { return .orderNotFound }
            refund = self.refund(code, items: items, at: now)
            guard refund != nil else { return .nothingToRefund }
            if now < sale.endedAt { next.epoch += 1 }
        case _ where isArchived: return .inactive
        case .pause(let scope):
            guard now < sale.endedAt else { return .inactive }
            next.pause = scope
        case .resume: next.pause = nil
        case .end:
            guard sale.startedAt < now, now < sale.endedAt else { return .inactive }
            next.endedAt = now
        case .setEnd(let end):
            guard now < end, sale.startedAt < end, end - sale.startedAt <= Limits.saleLength else { return .badEnd }
            guard !others.contains(where: { $0.startedAt < end && sale.startedAt < $0.endedAt }) else {
                return .overlaps
            }
            if sale.endedAt < end { next.epoch += 1 }
            next.endedAt = end
        case .restock(let count):
            guard now < sale.endedAt else { return .inactive }
            guard Int(count) * Int(sale.itemCount) <= Limits.unitsPerSale else { return .stockTooLarge }
            let taken = entries.filter { $0.end == nil || $0.end == .purchased }
            guard taken.allSatisfy({ $0.hold.unit.number <= count }) else { return .stockInUse }
            if count != sale.stockPerItem { next.epoch += 1 }
            next.stockPerItem = count
        case .limit(let count):
            guard now < sale.endedAt else { return .inactive }
            next.maxItemsPerBuyer = count
            lapsesMax = lapsesMax.map { max($0, Int(count)) }
        case .pace(let pace):
            guard now < sale.endedAt else { return .inactive }
            guard sale.gather != nil else { return .noWaitingRoom }
            next.roomPace = pace
        case .price(let item, let minorUnits):
            guard now < sale.endedAt else { return .inactive }
            guard item <= sale.itemCount else { return .itemNotFound }
            let before = price(of: item)
            prices[item] = minorUnits
            if price(of: item) != before {
                priced = PriceChange(
                    item: ItemID(sale: sale.id, number: item), before: before, after: price(of: item))
            }
        }
        if next != sale || priced != nil || refund != nil { become(next, by: change, priced, refund, at: now) }
        return .changed(sale, isReplay: false)
    }

    private mutating func become(
        _ next: Sale, by change: SaleChange, _ priced: PriceChange?, _ refund: Refund?, at now: Timestamp
    ) {
        var next = next
        next.version += 1
        if next.pause == .all {
            purchasesPausedAt = purchasesPausedAt ?? now
        } else if let since = purchasesPausedAt {
            moveEnds(by: now - since)
            purchasesPausedAt = nil
        }
        events.append(
            SaleEvent(
                act: change.act.name, actor: change.actor, reason: change.reason, changedAt: now, before: sale,
                after: next, price: priced, refund: refund))
        if let key = change.key { changesByKey[key] = (change.act, next.version) }
        sale = next
    }
}

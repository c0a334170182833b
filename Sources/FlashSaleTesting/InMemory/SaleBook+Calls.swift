// How the ledger in memory decides: each method is one call of the seam, for one sale at one moment.

internal import FlashSale
internal import Telemetry

extension SaleBook {
    mutating func record(_ request: CheckoutRequest, at now: Timestamp) throws(LedgerFailure) -> RecordOutcome {
        let outcome = try decide(request, at: now)
        doubt(request, outcome)
        return outcome
    }

    private mutating func decide(
        _ request: CheckoutRequest, at now: Timestamp
    ) throws(LedgerFailure) -> RecordOutcome {
        _ = expire(atMost: .max, at: now)
        if let key = request.key, let stored = checkouts[KeyOfBuyer(key: key, buyer: request.buyer)] {
            guard stored.item == request.item else { return .idempotencyKeyReused }
            return .held(stored.cart, unit: stored.unit, isReplay: true)
        }
        guard sale.isActive(at: now) else { return .saleNotActive }
        guard sale.pause == nil else { return .salePaused }
        let open = live(of: request.buyer)
        if let same = open.first(where: { $0.hold.unit.item == request.item.number }) {
            return .alreadyCheckedOut(same.hold.code)
        }
        guard taken(by: request.buyer) < Int(sale.maxItemsPerBuyer) else { return .userLimitExceeded }
        if isBeyondLapses(request.buyer) { return .holdLimitExceeded }
        let free = freeUnits(of: request.item.number)
        let reserved = request.reservation?.unit.number
        guard let number = free.first(where: { $0 == reserved }) ?? free.first else { return .noneFree }
        let code = open.first?.hold.code ?? request.candidate
        // A code is unique in the ledger, so a second cart under it fails, as it would in Postgres.
        if open.isEmpty && hasMet(code) { throw LedgerFailure(.database, underlying: CodeUsedTwice()) }
        let cart = hold(Unit(item: request.item.number, number: number), under: code, for: request, at: now)
        return .held(cart, unit: number, isReplay: false)
    }

    /// Notes the units of which the gate may show another holder after a checkout.
    private mutating func doubt(_ request: CheckoutRequest, _ outcome: RecordOutcome) {
        let reserved = request.reservation
        var doubted = reserved.map { [$0.unit] } ?? []
        if case .held(let cart, let number, isReplay: false) = outcome {
            let unit = Unit(item: request.item.number, number: number)
            if reserved?.unit == unit, reserved?.code == cart.code { return }
            if reserved?.unit != unit { doubted.append(unit) }
        }
        if !doubted.isEmpty { note(.doubted, doubted) }
    }

    mutating func order(_ request: PurchaseRequest, id: OrderID, at now: Timestamp) -> OrderOutcome {
        _ = expire(atMost: .max, at: now)
        if let stored = orders[request.code], request.buyer == nil || request.buyer == stored.order.buyer {
            return .alreadyProcessed(stored.bought, isReplay: request.key != nil && request.key == stored.key)
        }
        guard let buyer = entries.first(where: { $0.hold.code == request.code })?.hold.buyer,
            request.buyer == nil || request.buyer == buyer
        else { return .notFound }
        guard sale.pause != .all else { return .paused }
        var items: [Int32] = []
        for entry in entries where entry.hold.code == request.code && !entry.isGivenUp {
            if !items.contains(entry.hold.unit.item) { items.append(entry.hold.unit.item) }
        }
        var sold = end(as: .purchased, at: now) { $0.code == request.code }
        // An expired item may be bought late while the sale is on: a free unit within the limit.
        for item in items where now < sale.endedAt && !sold.contains(where: { $0.hold.unit.item == item }) {
            guard let number = freeUnits(of: item).first, taken(by: buyer) < Int(sale.maxItemsPerBuyer) else {
                continue
            }
            sold.append(sellLate(Unit(item: item, number: number), under: request.code, to: buyer, at: now))
        }
        guard !sold.isEmpty else { return .expired }
        let bought = entries.filter { $0.hold.code == request.code && $0.end == .purchased }
        let designs = items.map { ItemDesign(ItemID(sale: sale.id, number: $0)) }
        let lines = zip(items, designs).map { item, design in
            Order.Line(
                item: ItemID(sale: sale.id, number: item), name: design.name,
                price: bought.first { $0.hold.unit.item == item }.map {
                    Price(minorUnits: $0.price, currency: design.price.currency)
                })
        }
        let total = bought.reduce(0) { $0 + $1.price }
        let order = Order(
            id: id, code: request.code, buyer: buyer, lines: lines,
            total: Price(minorUnits: total, currency: designs[0].price.currency), orderedAt: now)
        keep(order, key: request.key)
        return .ordered(order, sold: items.compactMap { item in sold.first { $0.hold.unit.item == item } })
    }

    mutating func release(
        _ code: CheckoutCode, item: ItemID?, by proven: BuyerID?, at now: Timestamp
    ) -> ReleaseOutcome {
        guard let buyer = entries.first(where: { $0.hold.code == code })?.hold.buyer, proven == nil || proven == buyer
        else { return .notFound }
        if let stored = orders[code] { return .alreadyProcessed(stored.order) }
        guard live.contains(where: { $0.hold.code == code }) else { return .expired }
        let released = end(as: .cancelled, at: now) { hold in
            hold.code == code && (item == nil || hold.unit.item == item?.number)
        }
        giveUp(item?.number, under: code)
        guard !released.isEmpty else { return .itemNotFound }
        return .released(released.sorted { $0.hold.unit.item < $1.hold.unit.item }, itemsLeft: live(of: buyer).count)
    }

    mutating func expire(atMost limit: Int, at now: Timestamp) -> ExpireOutcome {
        // While purchases are paused, the time of holds stands still.
        let now = min(now, purchasesPausedAt ?? now)
        return sweep(atMost: limit, at: now) { $0.expiresAt + Limits.holdGrace <= now }
    }

    func confirm(_ item: ItemID, for buyer: BuyerID, at now: Timestamp) -> Confirmation {
        // A plain read changes nothing: a due hold only counts as ended.
        var past = self
        _ = past.expire(atMost: .max, at: now)
        return Confirmation(
            stock: past.stock(of: item.number), taken: past.taken(by: buyer), limit: Int(sale.maxItemsPerBuyer),
            holding: past.live(of: buyer).first { $0.hold.unit.item == item.number }?.hold.code, readAt: now)
    }

    private func stock(of item: Int32) -> Confirmation.Stock {
        if !freeUnits(of: item).isEmpty { return .free }
        let ends = live.filter { $0.hold.unit.item == item }.map { $0.hold.expiresAt + Limits.holdGrace }
        if let first = ends.min() { return .held(retryAt: first) }
        let soldCount = entries.count { $0.end == .purchased }
        return soldCount == sale.unitCount ? .allItemsSold : .itemSold
    }

    /// Raises the epoch from the seen one, at most every 500 ms, unless the clock was set back.
    mutating func raiseEpoch(from seen: Int32, at now: Timestamp) -> Int32? {
        let isEarly = epochRaisedAt.map { (Duration.zero..<Duration.milliseconds(500)).contains(now - $0) } ?? false
        guard sale.epoch == seen, !isEarly else { return nil }
        sale.epoch += 1
        epochRaisedAt = now
        return sale.epoch
    }

    var snapshot: StockSnapshot {
        var snapshot = StockSnapshot(unitCount: sale.unitCount)
        for entry in entries {
            let ordinal = sale.ordinal(of: entry.hold.unit)
            if entry.end == .purchased { snapshot.markSold(ordinal) }
            if entry.end == nil { snapshot.markHeld(ordinal, by: entry.hold) }
        }
        return snapshot
    }

    func stock(of units: Range<Int>) -> StockBits {
        var stock = StockBits(unitCount: units.count)
        for entry in entries where units.contains(sale.ordinal(of: entry.hold.unit)) {
            let ordinal = sale.ordinal(of: entry.hold.unit) - units.lowerBound
            if entry.end == .purchased { stock.markSold(ordinal) }
            if entry.end == nil { stock.markHeld(ordinal) }
        }
        return stock
    }
}

/// Why a checkout failed: its code belongs to an earlier cart.
private struct CodeUsedTwice: Error {}

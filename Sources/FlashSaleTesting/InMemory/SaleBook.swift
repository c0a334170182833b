// What the ledger in memory keeps of one sale: the history of its holds. Everything else is derived from that.
//
// It keeps no totals, so none can go wrong. A unit is free if no entry holds it or sold it. A buyer's open cart is the
// code of the buyer's live holds.

internal import FlashSale

/// The holds, orders and stored results of one sale.
struct SaleBook {
    /// A hold and how it ended.
    struct Entry {
        enum End {
            case purchased
            case expired
            case cancelled
            case refunded
        }

        var hold: Hold
        let heldAt: Timestamp
        /// What the item cost then, in minor units.
        let price: Int64
        var end: End?
        var endedAt: Timestamp?
        /// Whether its buyer has cancelled it, be it after its end.
        var isGivenUp = false

        /// Whether the hold was cancelled, or cancelled so late that it is a lapse.
        func wasGivenBack(asLapse isLapse: Bool) -> Bool {
            guard end == .cancelled, let endedAt else { return false }
            return (endedAt - heldAt >= SaleBook.lapseAge) == isLapse
        }
    }

    private static let lapseAge = Duration.seconds(10)

    /// The scope of a checkout's idempotency key.
    struct KeyOfBuyer: Hashable {
        let key: IdempotencyKey
        let buyer: BuyerID
    }

    struct StoredCheckout {
        let item: ItemID
        let unit: Int32
        let cart: Cart
    }

    struct StoredOrder {
        let order: Order
        /// The order as its purchase told it.
        let bought: Order
        let key: IdempotencyKey?
    }

    var sale: Sale
    /// The most lapses of one buyer; nil for no bound.
    var lapsesMax: Int?
    var epochRaisedAt: Timestamp?
    var isArchived = false
    /// The sale's log, and the keys of its changes with the version that each made.
    var events: [SaleEvent] = []
    var changesByKey: [IdempotencyKey: (change: SaleAct, version: Int32)] = [:]
    /// The prices that operators have set, by item.
    var prices: [Int32: Int64] = [:]
    /// Since when nobody can purchase.
    var purchasesPausedAt: Timestamp?
    /// In the order in which the holds were made.
    private(set) var entries: [Entry] = []
    /// How many of the first entries the sweeper has found to have ended.
    private var swept = 0
    private(set) var checkouts: [KeyOfBuyer: StoredCheckout] = [:]
    private(set) var orders: [CheckoutCode: StoredOrder] = [:]
    /// What has happened to units, with the number of the first change.
    private var changes: [UnitChange] = []
    private var firstChange: Int64 = 1

    init(_ sale: Sale, lapsesMax: Int? = nil) {
        self.sale = sale
        self.lapsesMax = lapsesMax
    }

    // MARK: - State

    var live: [Entry] { entries.filter { $0.end == nil } }

    func live(of buyer: BuyerID) -> [Entry] { live.filter { $0.hold.buyer == buyer } }

    func isSold(_ unit: Unit) -> Bool { entries.contains { $0.hold.unit == unit && $0.end == .purchased } }

    func isFree(_ unit: Unit) -> Bool { taking(unit) == nil }

    /// The entry that holds the unit, or that has sold it.
    func taking(_ unit: Unit) -> Entry? {
        entries.first { $0.hold.unit == unit && ($0.end == nil || $0.end == .purchased) }
    }

    /// The numbers of an item's free units, lowest first; none for an item that is not in the sale.
    func freeUnits(of item: Int32) -> [Int32] {
        guard item <= sale.itemCount else { return [] }
        return (1...sale.stockPerItem).filter { isFree(Unit(item: item, number: $0)) }
    }

    func price(of item: Int32) -> Price {
        let price = ItemDesign(ItemID(sale: sale.id, number: item)).price
        return Price(minorUnits: prices[item] ?? price.minorUnits, currency: price.currency)
    }

    func bought(by buyer: BuyerID) -> Int { entries.count { $0.hold.buyer == buyer && $0.end == .purchased } }

    /// The buyer's units, held and bought, that count against the limit.
    func taken(by buyer: BuyerID) -> Int { live(of: buyer).count + bought(by: buyer) }

    /// Whether the buyer has let so many holds end unpaid, or given back ten times as many sooner, that no other may
    /// follow. A late purchase takes the lapse of its hold back.
    func isBeyondLapses(_ buyer: BuyerID) -> Bool {
        guard let lapsesMax else { return false }
        let own = entries.filter { $0.hold.buyer == buyer }
        let held = own.count { $0.end == nil }
        let expired = own.count { $0.end == .expired && $0.hold.expiresAt < sale.endedAt }
        let late = own.count { [.purchased, .refunded].contains($0.end) && $0.hold.expiresAt == $0.heldAt }
        return max(expired + own.count { $0.wasGivenBack(asLapse: true) } - late, 0) + held >= lapsesMax
            || own.count { $0.wasGivenBack(asLapse: false) } + held >= 10 * lapsesMax
    }

    func hasMet(_ code: CheckoutCode) -> Bool { entries.contains { $0.hold.code == code } }

    // MARK: - Changes

    /// Lets every live hold end later.
    mutating func moveEnds(by pause: Duration) {
        for place in entries.indices where entries[place].end == nil {
            let hold = entries[place].hold
            entries[place].hold = Hold(
                unit: hold.unit, code: hold.code, buyer: hold.buyer, expiresAt: hold.expiresAt + pause)
        }
    }

    /// The keys under which checkouts have results; nil if there are more than the limit.
    func usedKeys(atMost limit: Int) -> UsedKeys? {
        guard checkouts.count <= limit else { return nil }
        return checkouts.keys.reduce(into: UsedKeys()) { $0.insert($1.key, of: $1.buyer) }
    }

    /// A purchase of the cart takes nothing of the item any more, or nothing at all.
    mutating func giveUp(_ item: Int32?, under code: CheckoutCode) {
        for place in entries.indices
        where entries[place].hold.code == code && item ?? entries[place].hold.unit.item == entries[place].hold.unit.item
        {
            entries[place].isGivenUp = true
        }
    }

    mutating func forgetKeys() { checkouts = [:] }

    /// Holds a unit under a code, and stores the result under the request's key.
    mutating func hold(_ unit: Unit, under code: CheckoutCode, for request: CheckoutRequest, at now: Timestamp) -> Cart
    {
        // Holds end in the order in which they were made, whatever the clock does.
        let last = live.map(\.hold.expiresAt).max()
        let end = max(min(now + sale.hold, sale.endedAt), last ?? now)
        entries.append(
            Entry(
                hold: Hold(unit: unit, code: code, buyer: request.buyer, expiresAt: end), heldAt: now,
                price: price(of: unit.item).minorUnits))
        note(.held, [unit])
        let cart = Cart(code: code, itemsCount: live(of: request.buyer).count, expiresAt: end)
        if let key = request.key {
            checkouts[KeyOfBuyer(key: key, buyer: request.buyer)] = StoredCheckout(
                item: request.item, unit: unit.number, cart: cart)
        }
        return cart
    }

    /// Ends the live holds that match, the oldest first.
    mutating func end(as end: Entry.End, at now: Timestamp, where matches: (Hold) -> Bool) -> [EndedHold] {
        var ended: [EndedHold] = []
        for place in entries.indices where entries[place].end == nil && matches(entries[place].hold) {
            entries[place].end = end
            entries[place].endedAt = now
            ended.append(EndedHold(entries[place].hold, age: now - entries[place].heldAt))
        }
        if !ended.isEmpty { note(end == .purchased ? .sold : .free, ended.map(\.hold.unit)) }
        return ended
    }

    /// Ends due holds, the oldest first. Looks at no more entries than the limit. Holds are due in the order in which
    /// they were made, so it stops at the first live one that is not.
    mutating func sweep(atMost limit: Int, at now: Timestamp, isDue: (Hold) -> Bool) -> ExpireOutcome {
        var ended: [EndedHold] = []
        defer { if !ended.isEmpty { note(.free, ended.map(\.hold.unit)) } }
        var looked = 0
        while swept < entries.count, entries[swept].end != nil || isDue(entries[swept].hold) {
            guard looked < limit else { return .swept(ended, isBehind: true) }
            if entries[swept].end == nil {
                entries[swept].end = .expired
                ended.append(EndedHold(entries[swept].hold, age: now - entries[swept].heldAt))
            }
            swept += 1
            looked += 1
        }
        return .swept(ended, isBehind: false)
    }

    /// Sells a free unit that the cart does not hold: its hold ends as it is made.
    mutating func sellLate(
        _ unit: Unit, under code: CheckoutCode, to buyer: BuyerID, at now: Timestamp
    ) -> EndedHold {
        let hold = Hold(unit: unit, code: code, buyer: buyer, expiresAt: now)
        entries.append(
            Entry(hold: hold, heldAt: now, price: price(of: unit.item).minorUnits, end: .purchased))
        note(.sold, [unit])
        return EndedHold(hold, age: .zero)
    }

    /// Refunds what was sold under a code: some of its items, or all. Nil, and nothing is changed, if one was not sold,
    /// or is refunded already.
    mutating func refund(_ code: CheckoutCode, items: Set<Int32>?, at now: Timestamp) -> Refund? {
        let places = entries.indices.filter { place in
            let hold = entries[place].hold
            return entries[place].end == .purchased && hold.code == code && items?.contains(hold.unit.item) ?? true
        }.sorted { entries[$0].hold.unit.item < entries[$1].hold.unit.item }
        guard let stored = orders[code], !places.isEmpty, places.count == items?.count ?? places.count else {
            return nil
        }
        for place in places {
            entries[place].end = .refunded
            entries[place].endedAt = now
        }
        let units = places.map { entries[$0].hold.unit }
        note(.free, units)
        let order = stored.order
        func price(_ minorUnits: Int64) -> Price { Price(minorUnits: minorUnits, currency: order.total.currency) }
        let total = places.reduce(0) { $0 + entries[$1].price }
        let refunded = Set(units.map { ItemID(sale: sale.id, number: $0.item) })
        let lines = order.lines.map { line in
            Order.Line(
                item: line.item, name: line.name, price: line.price,
                refundedAt: refunded.contains(line.item) ? now : line.refundedAt)
        }
        let next = Order(
            id: order.id, code: code, buyer: order.buyer, lines: lines, total: order.total,
            refunded: price(total + (order.refunded?.minorUnits ?? 0)), orderedAt: order.orderedAt)
        orders[code] = StoredOrder(order: next, bought: stored.bought, key: stored.key)
        return Refund(
            order: order.id, items: units.map { ItemID(sale: sale.id, number: $0.item) }, total: price(total))
    }

    mutating func keep(_ order: Order, key: IdempotencyKey?) {
        orders[order.code] = StoredOrder(order: order, bought: order, key: key)
    }

    // MARK: - What has changed

    mutating func note(_ kind: UnitChange.Kind, _ units: [Unit]) { changes.append(UnitChange(kind, units)) }

    mutating func forgetChanges(through number: Int64) {
        let count = Int(min(Int64(changes.count), max(0, number - firstChange + 1)))
        changes.removeFirst(count)
        firstChange += Int64(count)
    }

    /// All changes that follow a page, which have to be kept still.
    func changes(after page: ChangePage) -> ChangePage {
        let end = changes.isEmpty ? page.end : firstChange + Int64(changes.count) - 1
        return ChangePage(changes, end: end, isFull: false)
    }
}

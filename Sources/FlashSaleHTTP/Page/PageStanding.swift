// How the sale stands for a visitor: from what everybody may know, and from the visitor's place in the line.

internal import BuyerPage
internal import FlashSale
internal import Textbook
internal import WaitingRoom

/// What everybody may know of the sale.
struct PageStanding: Sendable {
    let shown: ShownSale
    /// How its line stands; nil if it has none.
    let queue: QueueView?

    var sale: SaleID { shown.view.sale.id }

    /// The visitor's page, without what its cookies say.
    func view(at place: QueueStanding?, now: Timestamp, key: String) -> PageView {
        let (live, sale) = (shown.view, shown.view.sale)
        var view = PageView(stage(of: place), now: UTCTime(now), key: key)
        var shownSale = PageSale(
            id: sale.id.description, phase: live.phase.rawValue, startsAt: UTCTime(sale.startedAt),
            endsAt: UTCTime(sale.endedAt),
            opensAt: sale.gather.map { _ in UTCTime(sale.opensAt) }, free: live.stock.free,
            held: live.stock.held, sold: live.stock.sold, limit: Int(sale.maxItemsPerBuyer),
            holdSeconds: Int(sale.hold.components.seconds))
        shownSale.isStill = sale.pause == .all
        view.sale = shownSale
        view.nextStart = shown.nextStart.map { UTCTime($0) }
        if let place, let queue {
            view.line = PageLine(
                number: place.number.map(Int.init), called: Int(queue.state.called), wait: place.wait,
                isUnlikely: place.isLikelySoldOut ?? false, pollSeconds: Int(place.pollAfter.components.seconds))
        }
        return view
    }

    private func stage(of place: QueueStanding?) -> PageStage {
        switch shown.view.phase {
        case .over: return .over
        case .paused: return .paused
        case .soldOut: return .soldOut
        case .closed: return .soon
        case .gathering: return place == nil ? .room : .drawn
        case .open, .holding:
            let stage = shown.view.phase == .open ? PageStage.open : .holding
            guard queue != nil else { return stage }
            guard let place else { return .room }
            return place.isCalled ? stage : place.number == nil ? .drawn : .waiting
        }
    }
}

extension PageItem {
    init(_ item: Item) {
        self.init(
            id: item.id.description, sale: item.id.sale.description, number: Int(item.id.number), name: item.name,
            minorUnits: item.price.minorUnits, currency: item.price.currency)
    }

    /// An item that is held, at the price at which it was taken. Its name follows from its identifier.
    init(_ held: PageCookies.Held) { self.init(held.item, minorUnits: held.price) }

    /// - Parameters:
    ///   - name: its name; nil for that of its design.
    ///   - minorUnits: its price; nil for that of its design.
    init(_ id: ItemID, name: String? = nil, minorUnits: Int64? = nil) {
        let design = ItemDesign(id)
        self.init(
            id: id.description, sale: id.sale.description, number: Int(id.number), name: name ?? design.name,
            minorUnits: minorUnits ?? design.price.minorUnits, currency: design.price.currency)
    }
}

extension PageCart {
    /// What is held, by code.
    static func carts(of held: [PageCookies.Held]) -> [PageCart] {
        var carts: [PageCart] = []
        for hold in held {
            let (code, line) = (hold.code.description, (item: PageItem(hold), until: UTCTime(hold.until)))
            if let place = carts.firstIndex(where: { $0.code == code }) {
                carts[place].lines.append(line)
            } else {
                carts.append(PageCart(code: code, lines: [line]))
            }
        }
        return carts
    }
}

extension PageOrder {
    init(_ order: Order) {
        self.init(
            id: order.id.description, orderedAt: UTCTime(order.orderedAt),
            lines: order.lines.map { (PageItem($0.item, name: $0.name), $0.price?.minorUnits, $0.refundedAt != nil) },
            minorUnits: order.total.minorUnits, minorUnitsRefunded: order.refunded?.minorUnits ?? 0,
            currency: order.total.currency)
    }
}

// Writes the domain's values as JSON.

public import FlashSale
public import Textbook

extension JSONWriter {
    mutating func field(_ name: StaticString, _ value: Timestamp) {
        key(name)
        time(UTCTime(microseconds: value.microseconds), fractionDigits: 3)
    }

    /// An order. The answers to its purchase, to a replay and to a look-up have the same bytes, until a refund.
    mutating func order(_ order: Order) {
        beginObject()
        field("success", true)
        key("purchased_items")
        beginArray()
        for line in order.lines {
            beginObject()
            field("id", line.item.description)
            field("name", line.name)
            field("sold", line.isSold)
            if let paid = line.price {
                key("price")
                price(paid)
            }
            if let time = line.refundedAt { field("refunded_at", time) }
            endObject()
        }
        endArray()
        field("total_purchased", order.soldCount)
        field("failed_count", order.failedCount)
        field("order_id", order.id.description)
        field("code", order.code.description)
        key("total_price")
        price(order.total)
        if let refunded = order.refunded {
            key("total_refunded")
            price(refunded)
        }
        field("ordered_at", order.orderedAt)
        endObject()
    }

    /// Money: `amount` in the minor unit of `currency`.
    mutating func price(_ price: Price) {
        beginObject()
        field("amount", price.minorUnits)
        field("currency", price.currency)
        endObject()
    }

    mutating func item(_ item: Item) {
        beginObject()
        field("id", item.id.description)
        field("name", item.name)
        field("image_url", "/images/\(item.id.sale)/\(item.id.number).svg")
        field("sold", item.isSold)
        key("price")
        price(item.price)
        field("stock", item.stock)
        field("available", item.available)
        endObject()
    }

    mutating func sale(_ view: SaleView) {
        beginObject()
        saleFields(view.sale)
        field("items_sold", view.itemsSold)
        field("active", view.isActive)
        pause(view.sale.pause)
        endObject()
    }

    /// How a sale stands.
    mutating func live(_ view: LiveView) {
        beginObject()
        field("phase", view.phase.rawValue)
        field("now", view.now)
        field("started_at", view.sale.startedAt)
        field("ended_at", view.sale.endedAt)
        pause(view.sale.pause)
        field("free", view.stock.free)
        field("held", view.stock.held)
        field("sold", view.stock.sold)
        if let line = view.line {
            field("called", line.called)
            field("waiting", line.waiting)
        }
        endObject()
    }

    /// A sale as operators see it.
    public mutating func managed(_ sale: Sale) {
        beginObject()
        saleFields(sale)
        field("hold_seconds", sale.hold.components.seconds)
        if let pace = sale.roomPace { field("room_pace", pace) }
        pause(sale.pause)
        field("version", sale.version)
        endObject()
    }

    /// A line of a sale's log.
    public mutating func event(_ event: SaleEvent) {
        beginObject()
        field("version", event.after.version)
        field("act", event.act)
        field("actor", event.actor)
        field("reason", event.reason)
        field("changed_at", event.changedAt)
        key("before")
        managed(event.before)
        key("after")
        managed(event.after)
        if let change = event.price {
            field("item", change.item.description)
            key("price_before")
            price(change.before)
            key("price_after")
            price(change.after)
        }
        if let refund = event.refund {
            field("order_id", refund.order.description)
            key("items")
            beginArray()
            for item in refund.items { string(item.description) }
            endArray()
            key("total_refunded")
            price(refund.total)
        }
        endObject()
    }

    private mutating func pause(_ pause: Pause?) {
        key("paused")
        if let pause { string(pause.rawValue) } else { literal("null") }
    }

    /// A new sale, under `data`.
    mutating func created(_ sale: Sale) {
        beginObject()
        key("data")
        beginObject()
        saleFields(sale)
        endObject()
        endObject()
    }

    private mutating func saleFields(_ sale: Sale) {
        field("id", sale.id.description)
        field("started_at", sale.startedAt)
        field("ended_at", sale.endedAt)
        field("total_items", sale.itemCount)
        field("stock_per_item", sale.stockPerItem)
        field("max_items_per_user", sale.maxItemsPerBuyer)
        field("waiting_room", (sale.gather == nil ? WaitingRoomMode.none : .on).rawValue)
        if sale.shop != .main { field("shop", sale.shop.description) }
    }
}

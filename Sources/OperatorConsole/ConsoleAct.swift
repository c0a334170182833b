// The acts of the console, one row each: who may do it, when it is offered, what it asks for, and what it will do. A
// new act of the domain needs a row here and nothing else.

internal import BuyerPage
public import FlashSale
internal import Textbook
public import Tokens

/// What an operator can do to a sale.
public struct ConsoleAct: Sendable {
    /// In paths and in notices.
    public let name: String
    /// On the button.
    public let title: String
    /// What has been done, as a sentence.
    let done: String
    public let scope: TokenScope
    /// Whether it cannot be undone: it then asks for the number of the sale.
    public let isGrave: Bool
    let fields: [ConsoleField]
    private let isOffered: @Sendable (LiveView) -> Bool
    private let read: @Sendable (inout ConsoleForm, LiveView) -> SaleAct?
    private let foretell: @Sendable (SaleAct, LiveView, _ former: Price?) -> [String]

    /// The row of a name.
    public static func named(_ name: some StringProtocol) -> ConsoleAct? { all.first { $0.name == name } }

    /// Whether it asks for something before it can say what it will do.
    public var asksFirst: Bool { !fields.isEmpty }

    public func isOffered(to session: ConsoleSession, for view: LiveView) -> Bool {
        session.may(scope) && isOffered(view)
    }

    /// The act that the form describes; nil with errors in the form.
    public func act(_ form: inout ConsoleForm, on view: LiveView) -> SaleAct? { read(&form, view) }

    /// What it will do, as sentences.
    ///
    /// - Parameter former: the price that it changes; nil if it changes none, or if that cannot be read.
    func effects(of act: SaleAct, on view: LiveView, _ former: Price?) -> [String] { foretell(act, view, former) }
}

/// What an act asks for.
struct ConsoleField: Sendable {
    let name: String
    let label: String
    let hint: String
    /// The kind of a field of HTML.
    let kind: String
    /// What stands there at first.
    let standard: @Sendable (LiveView) -> String
}

extension ConsoleAct {
    public static let all = [pause, pauseAll, resume, pace, extend, restock, limit, price, refund, end]

    private static let pause = ConsoleAct(
        name: "pause", title: "Pause checkouts", done: "Checkouts are paused.", scope: .operate, isGrave: false,
        fields: [], isOffered: { $0.phase != .over && $0.sale.pause != .holds },
        read: { _, _ in .pause(.holds) },
        foretell: { _, view, _ in
            [
                view.sale.pause == .all
                    ? "Purchases go on again, and each live hold ends later by the pause."
                    : "Nobody can check out any more, on any instance, within a quarter of a second.",
                carts(view.stock.held, "can still be bought or given back"),
                "A waiting room calls nobody, and keeps its order.",
            ]
        })

    private static let pauseAll = ConsoleAct(
        name: "pause-all", title: "Pause everything", done: "Checkouts and purchases are paused.", scope: .operate,
        isGrave: false, fields: [], isOffered: { $0.phase != .over && $0.sale.pause != .all },
        read: { _, _ in .pause(.all) },
        foretell: { _, view, _ in
            [
                "Nobody can check out or purchase, on any instance, within a quarter of a second.",
                "The time of the holds of \(count(view.stock.held, "unit")) stands still until you resume.",
            ]
        })

    private static let resume = ConsoleAct(
        name: "resume", title: "Resume", done: "The sale goes on.", scope: .operate, isGrave: false, fields: [],
        isOffered: { $0.sale.pause != nil }, read: { _, _ in .resume },
        foretell: { _, view, _ in
            let holds =
                view.sale.pause == .all
                ? ["Each live hold ends later by the pause: \(count(view.stock.held, "unit")) in carts."] : []
            return ["Checkouts go on at once: \(count(view.stock.free, "unit")) are free."] + holds
        })

    private static let pace = ConsoleAct(
        name: "pace", title: "Set the pace", done: "The line has its new pace.", scope: .operate, isGrave: false,
        fields: [
            ConsoleField(
                name: "room_pace", label: "Buyers called a second",
                hint: "Empty: as many as the waiting room finds.", kind: "number",
                standard: { $0.sale.roomPace.map { "\($0)" } ?? "" })
        ],
        isOffered: { $0.phase != .over && $0.sale.gather != nil },
        read: { form, _ in
            if form["room_pace"]?.isEmpty ?? true { return .pace(nil) }
            return form.integer("room_pace", in: Limits.roomPace).map { .pace(Int32($0)) }
        },
        foretell: { act, view, _ in
            guard case .pace(let pace) = act else { return [] }
            let old = view.sale.roomPace.map { ", and not \(Language.english.number(Int($0)))" } ?? ""
            let new = pace.map { "calls \(count(Int($0), "buyer")) a second at most\(old), from its next step on." }
            return [
                "The waiting room \(new ?? "finds its pace, unless the settings fix one.")",
                "It calls fewer where there is not the stock for more. Nobody's number changes.",
            ]
        })

    private static let extend = ConsoleAct(
        name: "extend", title: "Move the end", done: "The sale has its new end.", scope: .admin, isGrave: false,
        fields: [
            ConsoleField(
                name: "ended_at", label: "New end, in UTC", hint: "Later or earlier than now planned, but to come.",
                kind: "datetime-local", standard: { second(atOrAfter: $0.sale.endedAt) })
        ],
        isOffered: { $0.phase != .over },
        read: { form, view in
            guard let end = form.time("ended_at") else { return nil }
            if end <= max(view.now, view.sale.startedAt) {
                form.fail("ended_at", "must be to come, and after the sale's start")
            } else if end - view.sale.startedAt > Limits.saleLength {
                form.fail("ended_at", "must be within 31 days of the sale's start")
            }
            return form.errors.isEmpty ? .setEnd(end) : nil
        },
        foretell: { act, view, _ in
            guard case .setEnd(let end) = act else { return [] }
            let (old, isLater) = (view.sale.endedAt, end > view.sale.endedAt)
            let difference = Int((isLater ? end - old : old - end).components.seconds)
            let length = Language.english.length(seconds: difference)
            return [
                "The sale ends at \(exact(end)), and not at \(exact(old)): \(length) "
                    + (isLater ? "later." : "earlier."),
                "Live holds keep their ends.",
            ] + (isLater ? ["The gate is loaded anew; meanwhile checkouts go through the ledger."] : [])
        })

    private static let restock = ConsoleAct(
        name: "restock", title: "Restock", done: "Each item has its new stock.", scope: .admin, isGrave: false,
        fields: [
            ConsoleField(
                name: "stock_per_item", label: "Units of each item", hint: "More or fewer than now.", kind: "number",
                standard: { String($0.sale.stockPerItem) })
        ],
        isOffered: { $0.phase != .over },
        read: { form, view in
            let most = Limits.unitsPerSale / Int(view.sale.itemCount)
            return form.integer("stock_per_item", in: 1...most).map { .restock(unitsPerItem: Int32($0)) }
        },
        foretell: { act, view, _ in
            guard case .restock(let units) = act else { return [] }
            let (old, items) = (view.sale.stockPerItem, Int(view.sale.itemCount))
            let difference = count(abs(Int(units) - Int(old)) * items, "unit")
            return [
                "Each item has \(count(Int(units), "unit")), and not \(old): \(difference) "
                    + (units < old ? "fewer." : "more."),
                units < old
                    ? "If one of the units that would go is in a cart or sold, nothing is done."
                    : "The new units are for sale within a second, on every instance.",
                "The gate is loaded anew; meanwhile checkouts go through the ledger.",
            ]
        })

    private static let limit = ConsoleAct(
        name: "limit", title: "Change the limit", done: "Buyers have their new limit.", scope: .admin, isGrave: false,
        fields: [
            ConsoleField(
                name: "max_items_per_user", label: "Items a buyer", hint: "Held and bought together.", kind: "number",
                standard: { String($0.sale.maxItemsPerBuyer) })
        ],
        isOffered: { $0.phase != .over },
        read: { form, _ in
            form.integer("max_items_per_user", in: 1...Limits.itemsPerBuyer).map { .limit(Int32($0)) }
        },
        foretell: { act, view, _ in
            guard case .limit(let items) = act else { return [] }
            return [
                "A buyer may take \(count(Int(items), "item")), and not \(view.sale.maxItemsPerBuyer).",
                "Nobody loses what it has.",
            ]
        })

    private static let price = ConsoleAct(
        name: "price", title: "Change a price", done: "The item has its new price.", scope: .admin, isGrave: false,
        fields: [
            ConsoleField(
                name: "item", label: "Number of the item", hint: "12 for the item that ends in -12.", kind: "number",
                standard: { _ in "" }),
            ConsoleField(
                name: "price", label: "New price, in minor units", hint: "1999 for 19.99.", kind: "number",
                standard: { _ in "" }),
        ],
        isOffered: { $0.phase != .over },
        read: { form, view in
            let item = form.integer("item", in: 1...Int(view.sale.itemCount))
            let price = form.integer("price", in: 0...Int(Limits.priceMinorUnits))
            guard let item, let price else { return nil }
            return .price(item: Int32(item), minorUnits: Int64(price))
        },
        foretell: { act, view, former in
            guard case .price(let item, let minorUnits) = act else { return [] }
            let id = ItemID(sale: view.sale.id, number: item)
            let change = former.map { former in
                let prices = [minorUnits, former.minorUnits].map { Language.english.price($0, former.currency) }
                return "\(id) costs \(prices[0]) from now on, and not \(prices[1])."
            }
            return [
                change ?? "\(id) has another price from now on.", "What is in a cart keeps the price that it had.",
            ]
        })

    private static let refund = ConsoleAct(
        name: "refund", title: "Refund an order", done: "The order is refunded.", scope: .admin, isGrave: true,
        fields: [
            ConsoleField(
                name: "code", label: "Code of the order", hint: "CHK- and so on.", kind: "text", standard: { _ in "" }),
            ConsoleField(
                name: "items", label: "Numbers of items",
                hint: "3, 12 for two of its items. Empty: all that are sold.", kind: "text", standard: { _ in "" }),
        ],
        isOffered: { $0.stock.sold > 0 },
        read: { form, view in
            let items = form.itemNumbers("items")
            guard let code = form.code(of: view.sale.id), form.errors.isEmpty else { return nil }
            return .refund(code, items: items.isEmpty ? nil : items)
        },
        foretell: { act, view, _ in
            guard case .refund(let code, let items) = act else { return [] }
            let some = items?.sorted().map { "\(ItemID(sale: view.sale.id, number: $0))" }.joined(separator: ", ")
            return [
                "It is the order of the cart \(code).",
                some.map { "Refunded of the order: \($0)." } ?? "All that the order still has is refunded.",
                view.phase == .over
                    ? "The sale is over, so the units are not sold again."
                    : "The units are for sale again, and the buyer may take as many more.",
                "Pay the money back where it was taken: the ledger moves none.",
            ]
        })

    private static let end = ConsoleAct(
        name: "end", title: "End now", done: "The sale is over.", scope: .admin, isGrave: true, fields: [],
        isOffered: { $0.sale.isActive(at: $0.now) }, read: { _, _ in .end },
        foretell: { _, view, _ in
            [
                "The sale is over at once, and cannot be begun again.",
                carts(view.stock.held, "can be bought"),
                "\(count(view.stock.free, "free unit")) will not be sold.",
            ]
        })

    private static func count(_ number: Int, _ noun: String) -> String {
        "\(Language.english.number(number)) \(noun)\(number == 1 ? "" : "s")"
    }

    private static func carts(_ held: Int, _ fate: String) -> String {
        "\(count(held, "unit")) in carts \(fate) until \(held == 1 ? "its hold ends" : "their holds end")."
    }

    /// A time to its minute, or to its second if it is within a minute.
    private static func exact(_ time: Timestamp) -> String {
        let text = UTCTime(time).rfc3339(fractionDigits: 0)
        return text.hasSuffix(":00Z") ? UTCTime(time).minute : text.dropLast().replacing("T", with: " ") + " UTC"
    }

    /// `2026-11-28T18:00:05`: a field that is sent back as it stands makes nothing end earlier.
    private static func second(atOrAfter time: Timestamp) -> String {
        let whole = Timestamp(microseconds: (time.microseconds + 999_999) / 1_000_000 * 1_000_000)
        return String(UTCTime(whole).rfc3339(fractionDigits: 0).dropLast())
    }
}

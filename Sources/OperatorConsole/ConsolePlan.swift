// A new sale, as an operator describes it in a form.

internal import BuyerPage
public import FlashSale
internal import Textbook

/// The form for a sale, and what is made of it.
public enum ConsolePlan {
    /// The plan of a form, with defaults for what was left empty; nil with errors in the form.
    public static func plan(_ form: inout ConsoleForm, at now: Timestamp, _ defaults: SaleDefaults) -> SalePlan? {
        let second = Timestamp(microseconds: now.microseconds / 1_000_000 * 1_000_000)
        let start = form["started_at"] == nil ? second : form.time("started_at")
        let end = form["ended_at"] == nil ? start.map { $0 + defaults.length } : form.time("ended_at")
        let items = form.integer("total_items")
        func number(_ name: String, else standard: Int) -> Int? {
            form[name] == nil ? standard : form.integer(name)
        }
        let stock = number("stock_per_item", else: defaults.stockPerItem)
        let limit = number("max_items_per_user", else: defaults.maxItemsPerBuyer)
        let gather = number("gather_seconds", else: Int(defaults.gather.components.seconds))
        let shop = ShopID(form["shop"] ?? ShopID.main.description).flatMap { defaults.shops.contains($0) ? $0 : nil }
        if shop == nil { form.fail("shop", "must be one of \(names(of: defaults.shops))") }
        guard let start, let end, let items, let stock, let limit, let gather, let shop else { return nil }
        let plan = SalePlan(
            startedAt: start, endedAt: end, itemCount: items, stockPerItem: stock, maxItemsPerBuyer: limit,
            hold: defaults.hold, lapsesMax: defaults.lapsesMax(limit: limit),
            gather: form["waiting_room"] == "on" ? .seconds(gather) : nil, laneCount: defaults.laneCount,
            shop: shop)
        if end <= now { form.fail("ended_at", "must be in the future") }
        for (field, why) in plan.problems() { form.fail(field, why) }
        return form.errors.isEmpty ? plan : nil
    }

    static func names(of shops: [ShopID]) -> String { shops.map(\.description).joined(separator: ", ") }

    /// What such a sale is, as sentences.
    static func effects(of plan: SalePlan, at now: Timestamp) -> [String] {
        let language = Language.english
        let (start, end) = (UTCTime(plan.startedAt), UTCTime(plan.endedAt))
        let length = language.length(seconds: Int((plan.endedAt - plan.startedAt).components.seconds))
        let shop = plan.shop == .main ? "" : "It is of the shop \(plan.shop). "
        let begins = plan.startedAt <= now ? "The sale is on at once" : "The sale begins at \(start.minute)"
        let units = language.number(plan.itemCount * plan.stockPerItem)
        let hold = language.length(seconds: Int(plan.hold.components.seconds))
        let room = plan.gather.map { gather in
            gather == .zero
                ? "Buyers come in by number, from the start on."
                : "Its waiting room opens \(language.length(seconds: Int(gather.components.seconds))) before the start."
        }
        return [
            "\(shop)\(begins), and ends at \(end.minute): \(length).",
            "\(language.number(plan.itemCount)) items, \(language.number(plan.stockPerItem)) of each: \(units) units.",
            "A buyer may take \(language.number(plan.maxItemsPerBuyer)), and each hold lasts \(hold).",
            room ?? "It has no waiting room: whoever asks first checks out first.",
        ]
    }

    /// Whether a sale is what a plan was for: the same form was sent before.
    public static func isMade(_ plan: SalePlan, by sale: Sale) -> Bool {
        sale.startedAt == plan.startedAt && sale.endedAt == plan.endedAt && sale.itemCount == Int32(plan.itemCount)
            && sale.stockPerItem == Int32(plan.stockPerItem) && sale.maxItemsPerBuyer == Int32(plan.maxItemsPerBuyer)
            && sale.gather == plan.gather && sale.shop == plan.shop
    }
}

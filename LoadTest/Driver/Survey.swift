// Asks the service about its sale before a run, every second of it, and at its end.

import NIOCore
import Textbook

/// Reads the sale and its items over HTTP.
struct Survey: Sendable {
    let prober: Prober
    let target: Target
    /// How long it asks again where the service is overloaded: it recovers within 20 s.
    var patience = Duration.zero

    /// The sale as `GET /sales/…` shows it.
    struct Sale: Hashable, Sendable {
        var id: Int32
        var itemCount: Int
        var stock: Int
        var limit: Int?
        var itemsSold: Int

        init?(_ tree: JSONValue) {
            guard let id = tree["id"], let items = tree["total_items"]?.number,
                let number = id.string.flatMap({ Int32($0) }) ?? id.number.flatMap({ Int32(exactly: $0) }),
                let itemCount = Int(exactly: items), (1...Survey.itemsMax).contains(itemCount)
            else { return nil }
            self.id = number
            self.itemCount = itemCount
            stock = tree["stock_per_item"]?.number.flatMap { Int(exactly: $0) } ?? 1
            guard (1...Survey.stockMax).contains(stock) else { return nil }
            limit = tree["max_items_per_user"]?.number.flatMap { Int(exactly: $0) }
            itemsSold = tree["items_sold"]?.number.flatMap { Int(exactly: $0) } ?? 0
        }
    }

    /// An item as `GET /sales/{id}/items` shows it.
    struct Item: Hashable, Sendable {
        var number: Int32
        var isSold: Bool
        var available: Int
    }

    /// The largest sale that is supported, in items and in units of each.
    static let itemsMax = 100_000_000
    static let stockMax = 1_000_000_000
    /// How deep the service's answers nest at most.
    private static let depthMax = 8
    private static let pageItems = 1_000
    /// More pages than any sale of that size needs; the limit for a service whose pages never end.
    private static let pagesMax = 10_000

    /// - Parameter id: nil for the one that is active.
    func sale(_ id: Int32?) async throws(Prober.Failure) -> Sale {
        let path = id.map { "/sales/\($0)" } ?? "/sales/active"
        let answer = try await get(path)
        let tree = try? JSONValue(parsing: answer.body.readableBytesView, depth: Self.depthMax)
        if answer.status == 200, let tree, let sale = Sale(tree) { return sale }
        if answer.status == 503 {
            let when = answer.retryAfter.map { ", and says to come again in \($0) s" } ?? ""
            throw Prober.Failure(description: "\(target) is overloaded: \(path) answered 503\(when).")
        }
        let says = tree?["message"]?.string?.withoutControls
        if let says, tree?["code"] != nil {
            throw Prober.Failure(
                description: "\(target) has no sale to buy from: \(says) Start one, or name another with --sale.")
        }
        throw Prober.Failure(
            description: "\(target) is no flash sale service: \(path) answered \(answer.status) and not with a sale.")
    }

    /// When a sale with a waiting room starts, in milliseconds of the wall clock; nil if it has no room.
    func roomStarts(of sale: Int32) async throws(Prober.Failure) -> Int64? {
        let path = "/sales/\(sale)/queue"
        let answer = try await get(path)
        let tree = try? JSONValue(parsing: answer.body.readableBytesView, depth: Self.depthMax)
        if answer.status == 404 { return nil }
        guard answer.status == 200, let starts = tree?["starts_at"]?.string.flatMap(WallClock.milliseconds) else {
            throw Prober.Failure(description: "\(target)\(path) answered \(answer.status) and not with a line.")
        }
        return starts
    }

    private func get(_ path: String) async throws(Prober.Failure) -> WireAnswer {
        let deadline = ContinuousClock.now + patience
        while true {
            let answer = try await prober.get(path)
            guard answer.status == 503 else { return answer }
            // Whoever says to come again after more than our patience has answered.
            let next = ContinuousClock.now + .seconds(answer.retryAfter ?? 1)
            guard next <= deadline else { return answer }
            try? await Task.sleep(until: next)
        }
    }

    /// Which items are read, and how long that may take.
    struct Wish: Sendable {
        /// The last item that is wanted.
        var last = Int32.max
        /// When to stop, although items are missing.
        var deadline: ContinuousClock.Instant?
    }

    /// Items in the order of their numbers, from the first.
    ///
    /// - Parameter each: gets the number of items so far, after each page.
    /// - Returns: the items, and whether the wish's deadline cut them off.
    func items(
        of sale: Int32, _ wish: Wish = Wish(), each: (Int) -> Void = { _ in }
    ) async throws(Prober.Failure) -> (items: [Item], isCutOff: Bool) {
        var items: [Item] = []
        var path: String? = "/sales/\(sale)/items?limit=\(Self.pageItems)"
        var pages = 0
        while let page = path, items.last.map({ $0.number < wish.last }) ?? true {
            if let deadline = wish.deadline, deadline <= .now { break }
            pages += 1
            let answer = try await get(page)
            guard answer.status == 200, pages <= Self.pagesMax,
                let tree = try? JSONValue(parsing: answer.body.readableBytesView, depth: Self.depthMax),
                let list = tree.array
            else {
                throw Prober.Failure(description: "\(target)\(page) answered \(answer.status) and not with items.")
            }
            items += list.compactMap(Self.item)
            each(items.count)
            path = answer.nextPage.map(Self.path)
        }
        let isCutOff = path != nil && wish.deadline.map { $0 <= .now } ?? false
        return (items.sorted { $0.number < $1.number }, isCutOff)
    }

    private static func item(_ tree: JSONValue) -> Item? {
        guard let id = tree["id"]?.string, let number = id.split(separator: "-").last.flatMap({ Int32($0) }) else {
            return nil
        }
        let isSold = tree["sold"]?.bool ?? false
        let available = tree["available"]?.number.flatMap { Int(exactly: $0) } ?? (isSold ? 0 : 1)
        return Item(number: number, isSold: isSold, available: available)
    }

    /// A link may be a path or a whole address.
    private static func path(_ link: String) -> String {
        guard let scheme = link.firstRange(of: "://"),
            let slash = link[scheme.upperBound...].firstIndex(of: "/")
        else { return link }
        return String(link[slash...])
    }
}

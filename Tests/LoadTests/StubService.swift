// A tiny flash-sale service in memory for the tests. It keeps all its promises but the one that a test names.

import Glibc
import NIOCore
import NIOPosix
import Synchronization
import Textbook
import Tokens

/// How the stub treats its connections.
enum Manner: Sendable {
    case ordinary
    /// Every answer is these bytes.
    case garbage(String)
    /// Every answer in another form, made of its status and body; the connection may end with it.
    case framed(@Sendable (Int, String) -> String, closes: Bool)
    /// Ends the connection in the middle of purchases' answers.
    case closesMidBody
    /// Sheds the first few requests.
    case overloaded(first: Int)
    /// Never answers a purchase.
    case silent
    /// Answers nothing in this time after the first request, in nanoseconds; then everything at once.
    case stalls(from: Int64, until: Int64)
    /// Ends connections that say nothing, or take nothing, for some milliseconds.
    case impatient(Int64)
    /// Answers listeners with this text, and may end the connection with it.
    case tells(String, closes: Bool)
}

final class StubService: Sendable {
    struct State {
        var holder: [Int: String] = [:]
        var sold: [Int: [String]] = [:]
        var carts: [String: (user: String, items: [Int])] = [:]
        var codes: [String: String] = [:]
        var orders: [String: [Int]] = [:]
        var bought: [String: Int] = [:]
        var requests = 0
        var pages = 0
        var firstRequest: Int64?
        /// The buyers of the tickets, and their numbers.
        var tickets: [String: (user: String, number: Int)] = [:]
        var refusedInLine = 0
        /// Purchases over another connection than their codes came over.
        var straysBought = 0

        /// The line moves as the service is asked.
        var called: Int { requests / 4 }
    }

    let state = Mutex(State())
    let itemCount: Int
    let limit: Int
    let lie: Lie?
    let manner: Manner
    /// Items of a page; nil for all of them.
    let pageItems: Int?
    /// Whether the sale has a waiting room.
    let hasRoom: Bool
    /// When a sale with a waiting room starts.
    let startsAt: String
    /// Checks who asks; nil if buyers need not prove who they are.
    let verifier: TokenVerifier?
    private let channel = Mutex<(any Channel)?>(nil)

    init(
        itemCount: Int = 50, limit: Int = 3, lie: Lie? = nil, manner: Manner = .ordinary, pageItems: Int? = nil,
        hasRoom: Bool = false, startsAt: String = "2026-01-01T00:00:00Z", verifier: TokenVerifier? = nil
    ) {
        self.hasRoom = hasRoom
        self.startsAt = startsAt
        self.verifier = verifier
        self.pageItems = pageItems
        self.itemCount = itemCount
        self.limit = limit
        self.lie = lie
        self.manner = manner
    }

    var port: Int { channel.withLock { $0?.localAddress?.port ?? 0 } }

    func start(host: String = "127.0.0.1") async throws {
        let bound = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(StubHandler(service: self))
                }
            }
            .bind(host: host, port: 0).get()
        channel.withLock { $0 = bound }
    }

    func stop() async {
        try? await channel.withLock { $0 }?.close()
    }

    // MARK: Answers

    /// The status and the body.
    func answer(
        _ method: Substring, _ path: Substring, _ query: [Substring: Substring], token: Substring? = nil
    ) -> (Int, String) {
        state.withLock { state in
            state.requests += 1
            if case .overloaded(let first) = manner, state.requests <= first { return refusal(503, "overloaded") }
            if let verifier, !path.hasPrefix("/sales/") {
                guard
                    case .bearer(let bearer)? = token.map({
                        verifier.verify($0, at: time(nil))
                    })
                else { return refusal(401, "unauthorized") }
                let code = query["code"] ?? path.dropFirst("/orders/".count)
                let user = query["user_id"].map(String.init) ?? state.carts[String(code)]?.user
                guard user == bearer.name else { return refusal(403, "forbidden") }
            }
            if let refusal = falseRefusal(path, state) { return refusal }
            switch (method, path) {
            case ("GET", "/sales/active"), ("GET", "/sales/1"):
                return (
                    200,
                    """
                    {"id":"1","total_items":\(itemCount),"stock_per_item":1,"max_items_per_user":\(limit),\
                    "items_sold":\(state.sold.count),"active":true}
                    """
                )
            case ("GET", "/sales/1/items"):
                state.pages += 1
                return (200, items(state, after: query["cursor"].flatMap { Int($0) } ?? 0))
            case ("GET", "/sales/1/queue") where hasRoom: return line(state)
            case ("POST", "/sales/1/queue") where hasRoom: return knock(String(query["user_id"] ?? ""), query, &state)
            case ("POST", "/checkout"):
                if hasRoom, let refusal = refuseInLine(String(query["user_id"] ?? ""), query, &state) { return refusal }
                let item = query["id"]?.split(separator: "-").last.flatMap { Int($0) } ?? 0
                return checkout(String(query["user_id"] ?? ""), item, &state)
            case ("POST", "/purchase"): return purchase(String(query["code"] ?? ""), &state)
            case ("DELETE", "/checkout"):
                let code = String(query["code"] ?? "")
                for item in state.carts[code]?.items ?? [] { state.holder[item] = nil }
                state.carts[code] = nil
                return (200, #"{"code":"\#(code)","released_items":[],"items_count":0}"#)
            case ("GET", _) where path.hasPrefix("/orders/"):
                let code = String(path.dropFirst(8))
                guard let items = state.orders[code] else { return refusal(404, "checkout_not_found") }
                return order(code, items, state, isLookedUp: true)
            default: return refusal(404, "not_found")
            }
        }
    }

    private func checkout(_ user: String, _ item: Int, _ state: inout State) -> (Int, String) {
        if lie == .refusesStock, item % 7 == 0 { return refusal(409, "item_sold") }
        if lie != .oversells {
            if state.sold.count == itemCount { return refusal(409, "all_items_sold") }
            if state.sold[item] != nil { return refusal(409, "item_sold") }
            if state.holder[item] != nil { return refusal(409, "item_held") }
        }
        let cart = state.codes[user].flatMap { state.carts[$0] }
        if lie != .ignoresLimit, (cart?.items.count ?? 0) + state.bought[user, default: 0] >= limit {
            return refusal(400, "user_limit_exceeded")
        }
        let new = lie == .sharesCodes ? "CHK-1-x" : "CHK-1-\(state.requests)"
        let code = cart == nil ? new : state.codes[user] ?? ""
        state.codes[user] = code
        state.holder[item] = code
        state.carts[code, default: (user, [])].items.append(item)
        if lie == .losesHolds, state.requests % 5 == 0 { state.carts[code] = nil }
        return (
            200,
            """
            {"code":"\(code)","items_count":1,"sale_ends_at":"2099-01-01T00:00:00Z","expires_at":"2090-01-01T00:00:00Z"}
            """
        )
    }

    private func purchase(_ code: String, _ state: inout State) -> (Int, String) {
        if let items = state.orders[code] {
            return order(code, lie == .sellsTwice ? [(items.first ?? 0) % itemCount + 1] : items, state)
        }
        guard let cart = state.carts[code] else { return refusal(404, "checkout_not_found") }
        for item in cart.items { state.sold[item, default: []].append(code) }
        state.bought[cart.user, default: 0] += cart.items.count
        state.codes[cart.user] = nil
        if lie != .losesAcknowledgement || state.requests % 3 != 0 { state.orders[code] = cart.items }
        return order(code, cart.items, state)
    }

    private func items(_ state: State, after cursor: Int) -> String {
        let items = (cursor + 1...last(after: cursor)).map { item in
            let isSold = state.sold[item] != nil
            let available = isSold || state.holder[item] != nil ? 0 : 1
            return #"{"id":"ITM-1-\#(item)","sold":\#(isSold),"stock":1,"available":\#(available)}"#
        }
        return "[" + items.joined(separator: ",") + "]"
    }

    /// The last item of a page.
    private func last(after cursor: Int) -> Int { min(itemCount, cursor + (pageItems ?? itemCount)) }

    /// The field that leads to the page after this one; empty for the last page.
    func link(_ path: Substring, _ query: [Substring: Substring]) -> String {
        let last = last(after: query["cursor"].flatMap { Int($0) } ?? 0)
        return path != "/sales/1/items" || last == itemCount ? "" : "Link: <\(path)?cursor=\(last)>; rel=\"next\"\r\n"
    }

    func refusal(_ status: Int, _ code: String) -> (Int, String) {
        (status, #"{"message":"No.","code":"\#(code)","retryable":false}"#)
    }
}

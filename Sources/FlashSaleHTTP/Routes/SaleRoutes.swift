// GET /sales/active, /sales/{id}, and its items and events.

internal import FlashSale
internal import Telemetry
internal import Textbook

struct SaleRoutes: Sendable {
    let flow: SaleRouter
    let limits: HTTPLimits
    let live: LiveEvents
    let shops: ShopDirectory

    static let itemsPerPage = 100

    /// The pages that the crowd asks for. A full one of 1,000 items has some 220 KB.
    private let pages = SharedAnswers<ItemPage>(entriesMax: 64)

    func active(_ request: Request) async throws(Problem) -> Reply {
        let reply = reply(try await flow.active(in: shops.shop(of: request)))
        guard case .answer(var answer) = reply, shops.isChoice else { return reply }
        // A cache before the service must not give one shop's sale to another's buyers.
        answer.fields.append(("Vary", "X-Shop-ID"))
        return .answer(answer)
    }

    func sale(_ segment: Substring) async throws(Problem) -> Reply {
        reply(try await flow.sale(saleID(segment)))
    }

    /// A page of items that is there already.
    func readyItems(_ segment: Substring, _ request: Request) -> Reply? {
        guard let page = try? page(segment, request) else { return nil }
        return pages.ready(for: page)?.validated(against: request)
    }

    func items(_ segment: Substring, _ request: Request) async throws(Problem) -> Reply {
        let page = try page(segment, request)
        return await pages.reply(for: page) { await render(page) }.validated(against: request)
    }

    /// The page that a request asks for.
    private func page(_ segment: Substring, _ request: Request) throws(Problem) -> ItemPage {
        let id = try saleID(segment)
        var parameters = Parameters(query: request.query, body: nil, accepting: [.limit, .cursor])
        let limit = parameters.integer(.limit, in: 1...Limits.itemsPerPage, default: Self.itemsPerPage)
        var cursor = ItemCursor.start
        if let text = parameters.text(.cursor) {
            if let given = ItemCursor(text) {
                cursor = given
            } else {
                parameters.fail(.cursor, "is not one that we gave")
            }
        }
        guard let limit, parameters.isValid else { throw parameters.problem }
        return ItemPage(sale: id, cursor: cursor, limit: limit)
    }

    func events(_ segment: Substring, _ request: Request) async throws(Problem) -> Reply {
        .stream(try await live.enter(saleID(segment), of: request))
    }

    private func reply(_ outcome: Outcome<SaleView>) -> Reply {
        switch outcome {
        case .refused(let refusal): return .refused(refusal)
        case .success(let view):
            var json = JSONWriter()
            json.sale(view)
            return .answer(Answer.briefly(json))
        }
    }

    /// A page of items. A full page has a link to the next.
    private func render(_ page: ItemPage) async -> Reply {
        let items: [Item]
        switch await flow.items(of: page.sale, after: page.cursor.number, limit: page.limit) {
        case .refused(let refusal): return .refused(refusal)
        case .success(let found): items = found
        }
        var json = JSONWriter(capacity: 64 + items.count * 224)
        json.beginArray()
        for item in items { json.item(item) }
        json.endArray()
        var answer = Answer.briefly(json)
        if items.count == page.limit, let last = items.last {
            let next = "limit=\(page.limit)&cursor=\(ItemCursor(number: last.id.number))"
            answer.fields.append(("Link", "</sales/\(page.sale)/items?\(next)>; rel=\"next\""))
        }
        return .answer(answer.tagged())
    }
}

/// Which page of which sale's items.
struct ItemPage: Hashable {
    let sale: SaleID
    let cursor: ItemCursor
    let limit: Int
}

/// The start of a page of items. It is opaque to clients; they send it back unchanged.
struct ItemCursor: Hashable, CustomStringConvertible {
    let number: Int32

    static let start = ItemCursor(number: 0)

    init(number: Int32) {
        self.number = number
    }

    init?(_ text: String) {
        guard text.hasPrefix("i"), let number = Int32(text.dropFirst(), radix: 36), number > 0 else { return nil }
        self.init(number: number)
        guard description == text else { return nil }
    }

    var description: String { "i" + String(number, radix: 36) }
}

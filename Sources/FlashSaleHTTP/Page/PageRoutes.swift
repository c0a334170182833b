// GET / and /receipt/{code}: the buyer's page. It reads what the JSON routes read; what is the same for
// everybody is made four times a second at most.

internal import BuyerPage
internal import FlashSale
internal import NIOCore
internal import NIOHTTP1
internal import Telemetry
internal import Textbook
internal import WaitingRoom

final class PageRoutes: Sendable {
    static let itemsPerPage = 20

    let sales: SaleRouter
    let checkouts: CheckoutRoutes
    let purchases: PurchaseRoutes
    let queues: QueueRoutes
    /// Nil where a visitor is given a name.
    let identity: BearerTokens?
    let cookies: PageCookies
    let shops: ShopDirectory
    let files = PageFiles(PageAsset.all)

    private let standings: SharedValues<ShopID, Outcome<PageStanding?>>
    private let grids = SharedAnswers<PageGridKey>(entriesMax: 256)
    private let prices = SharedValues<ItemID, Int64?>(entriesMax: 256) { $0 != nil }
    private let pages = SharedValues<PageKey, SharedPage>(entriesMax: 256) { _ in true }

    /// - Parameter isEncrypted: whether the API speaks TLS itself.
    init(
        sales: SaleRouter, checkouts: CheckoutRoutes, purchases: PurchaseRoutes, queues: QueueRoutes,
        identity: BearerTokens?, isEncrypted: Bool, shops: ShopDirectory
    ) {
        self.sales = sales
        self.checkouts = checkouts
        self.purchases = purchases
        self.queues = queues
        self.identity = identity
        self.shops = shops
        cookies = PageCookies(isSecure: isEncrypted || identity != nil)
        standings = SharedValues(entriesMax: shops.all.count) { if case .success = $0 { true } else { false } }
    }

    func reply(to request: Request) async throws(Problem) -> Reply {
        switch request.route {
        case .page: await page(request)
        case .receipt(let code): await receipt(code, request)
        case .pageAct(let act): await self.act(act, request)
        case .session where request.method == .DELETE: signOut(request)
        case .session: try signIn(request)
        default: .problem(.unknownPath)
        }
    }

    // MARK: - The page

    private func page(_ request: Request) async -> Reply {
        let language = request.language
        let shop: ShopID
        do throws(Problem) { shop = try shops.shop(of: request) } catch { return trouble(error, language) }
        let cookies = request.cookies
        let buyer = visitor(request, cookies)
        let given = identity == nil && buyer == nil ? PageCookies.newBuyer() : nil
        let parameters = Parameters(query: request.query, body: nil, accepting: [.cursor, .notice])
        let cursor = parameters.text(.cursor).flatMap { ItemCursor($0) } ?? .start
        let notice = parameters.text(.notice).flatMap { PageNotice($0) }
        let standing: PageStanding?
        switch await standings.value(for: shop, { await self.standing(in: shop) }) {
        case .refused(let refusal): return trouble(refusal.reason, language)
        case .success(let value): standing = value
        }
        guard let standing else {
            let view = PageView(.none, now: UTCTime(sales.now()), key: "")
            return .answer(.html(SharedPage(view, in: language).bytes(view, grid: [])))
        }
        let place = await place(of: buyer, cookies, standing)
        var view = standing.view(at: place, now: sales.now(), key: String(identifier: .random(in: 0...UInt64.max)))
        view.isSignedIn = identity == nil || buyer != nil
        view.hasSignInBox = identity?.signsAnybodyIn ?? false
        view.notice = notice
        view.order = PageCookies.order(in: cookies)?.description
        view.carts = PageCart.carts(of: PageCookies.held(in: cookies))
        if cursor != .start { view.cursor = cursor.description }
        let items = PageGridKey(
            sale: standing.sale, itemCount: standing.shown.view.sale.itemCount, cursor: cursor, language: language,
            isBuying: view.isBuying)
        guard let grid = await self.grid(items) else { return trouble(.database, language) }
        let visitors = PageKey(
            sale: standing.sale, language: language, stage: view.stage, isSignedIn: view.isSignedIn)
        let page = await pages.value(for: visitors) { [view] in SharedPage(view, in: language) }
        return .answer(.html(page.bytes(view, grid: grid), cookies: given.map { [self.cookies.set($0)] } ?? []))
    }

    /// How the sale stands that people are shown in a shop.
    private func standing(in shop: ShopID) async -> Outcome<PageStanding?> {
        var shown: ShownSale
        switch await sales.shown(in: shop) {
        case .refused(let refusal): return .refused(refusal)
        case .success(nil): return .success(nil)
        case .success(let value?): shown = value
        }
        guard shown.view.sale.gather != nil, shown.view.phase != .over else {
            return .success(PageStanding(shown: shown, queue: nil))
        }
        switch await queues.flow.view(of: shown.view.sale.id) {
        case .refused(let refusal): return .refused(refusal)
        case .success(let queue):
            shown.view.line = queue.state.count
            return .success(PageStanding(shown: shown, queue: queue))
        }
    }

    /// Where a visitor with a ticket stands in the line. A ticket of somebody else is none.
    private func place(of buyer: BuyerID?, _ cookies: Cookies, _ standing: PageStanding) async -> QueueStanding? {
        let sale = standing.sale
        guard standing.queue != nil, let buyer, let ticket = PageCookies.ticket(in: cookies, for: sale) else {
            return nil
        }
        guard case .success(let place) = await queues.flow.knock(buyer, at: sale, ticket: ticket) else { return nil }
        return place
    }

    /// The items as text; nil if they cannot be read now.
    private func grid(_ key: PageGridKey) async -> ByteBufferView? {
        guard case .answer(let grid) = await grids.reply(for: key, { await self.drawn(key) }) else { return nil }
        return grid.body.readableBytesView
    }

    /// What an item costs at the moment, in minor units: its price by design if that cannot be read now.
    func price(of item: ItemID) async -> Int64 {
        let price = await prices.value(for: item) { [sales] in
            guard case .success(let items) = await sales.items(of: item.sale, after: item.number - 1, limit: 1) else {
                return nil
            }
            return items.first?.price.minorUnits
        }
        return price ?? ItemDesign(item).price.minorUnits
    }

    private func drawn(_ key: PageGridKey) async -> Reply {
        let items: [Item]
        switch await sales.items(of: key.sale, after: key.cursor.number, limit: Self.itemsPerPage) {
        case .refused(let refusal): return .refused(refusal)
        case .success(let found): items = found
        }
        let grid = PageGrid(
            items: items.map { (PageItem($0), Int($0.available), $0.isSold) }, isBuying: key.isBuying,
            next: items.count == Self.itemsPerPage
                ? items.last.map { ItemCursor(number: $0.id.number).description } : nil,
            other: Self.otherCursor(among: key.itemCount), isFirst: key.cursor == .start)
        return .answer(Answer(.ok, body: ByteBuffer(bytes: PageTemplates.of(key.language).grid(grid))))
    }

    /// A page anywhere in a large sale, another one each time: where all begin to look, all is sold first.
    private static func otherCursor(among itemCount: Int32) -> String? {
        guard itemCount > 3 * itemsPerPage else { return nil }
        return ItemCursor(number: .random(in: 1...itemCount - Int32(itemsPerPage))).description
    }

    // MARK: - Orders

    private func receipt(_ segment: Substring, _ request: Request) async -> Reply {
        let language = request.language
        let proven: BuyerID?
        do throws(Problem) { proven = try identity.buyer(of: request) } catch { return trouble(error, language) }
        guard let code = try? checkoutCode(segment) else { return trouble(.checkoutNotFound, language) }
        switch await purchases.flow.order(code, by: proven, deadline: request.deadline) {
        case .refused(let refusal): return trouble(refusal.reason, language)
        case .success(let order):
            return .answer(.html(PageTemplates.of(language).receipt(PageOrder(order), now: UTCTime(sales.now()))))
        }
    }

    // MARK: - Answers

    /// The buyer that a visitor is; nil if it has no name yet, or does not prove it.
    func visitor(_ request: Request, _ cookies: Cookies) -> BuyerID? {
        guard identity != nil else { return PageCookies.buyer(in: cookies) }
        return try? identity.buyer(of: request)
    }

    private func trouble(_ problem: Problem, _ language: Language) -> Reply {
        trouble(problem.reason ?? .internal, language, fields: problem.fields)
    }

    /// A refusal as a page. What may succeed later is tried again by the page itself.
    ///
    /// - Parameter fields: what the status needs, such as `WWW-Authenticate`.
    func trouble(_ reason: Reason, _ language: Language, fields: [(String, String)] = []) -> Reply {
        let wording = reason.wording
        let refresh = wording.isRetryable ? 5 : nil
        let now = UTCTime(sales.now())
        let bytes = PageTemplates.of(language).trouble(.refused(reason), now: now, refresh: refresh)
        var answer = Answer.html(bytes, wording.status)
        answer.fields += fields
        if let refresh { answer.fields.append(("Retry-After", "\(refresh)")) }
        return .answer(answer)
    }
}

/// Which visitors share a page.
private struct PageKey: Hashable {
    let sale: SaleID
    let language: Language
    let stage: PageStage
    let isSignedIn: Bool
}

/// Which items in which form.
struct PageGridKey: Hashable {
    let sale: SaleID
    let itemCount: Int32
    let cursor: ItemCursor
    let language: Language
    let isBuying: Bool
}

extension Request {
    /// The language that its browser wants.
    var language: Language { Language(accepting: values(of: "accept-language").first ?? "") }
}

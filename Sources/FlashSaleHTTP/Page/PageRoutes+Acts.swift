// POST /act/{name} and POST and DELETE /session: what forms of the page do, and who a visitor is. Each act uses the
// flow of its JSON route, and answers with the way back to a page, so that a reload repeats nothing.

internal import BuyerPage
internal import FlashSale
internal import NIOCore
internal import NIOHTTP1
internal import Telemetry
internal import WaitingRoom

extension PageRoutes {
    /// What an act leads to: a page, and what the browser keeps.
    private struct Way {
        var notice: PageNotice?
        var cookies: [String] = []
        var receipt: CheckoutCode?

        static func refused(_ reason: Reason) -> Way { Way(notice: .refused(reason)) }
    }

    func act(_ act: Route.PageAct, _ request: Request) async -> Reply {
        guard request.isOfThisSite else { return trouble(.forbidden, request.language) }
        guard var form = request.form([.id, .code, .key, .cursor]) else { return back(.refused(.validation)) }
        let cursor = form.text(.cursor).flatMap { ItemCursor($0) }
        guard let buyer = visitor(request, request.cookies) else {
            return back(identity == nil ? Way(notice: .cookies) : .refused(.unauthorized), cursor)
        }
        switch act {
        case .join: return back(await join(&form, buyer, request), cursor)
        case .checkout: return back(await checkout(&form, buyer, request), cursor)
        case .cancel: return back(await cancel(&form, buyer, request), cursor)
        case .purchase: return back(await purchase(&form, buyer, request), cursor)
        }
    }

    private func join(_ form: inout Parameters, _ buyer: BuyerID, _ request: Request) async -> Way {
        guard let sale = form.identifier(.id).flatMap({ SaleID($0) }) else { return .refused(.validation) }
        let ticket = PageCookies.ticket(in: request.cookies, for: sale)
        guard queues.mayJoin(request, ticket: ticket) else { return .refused(.rateLimited) }
        var outcome = await queues.join(sale, buyer, ticket: ticket)
        // The browser has somebody else's ticket.
        if ticket != nil, case .refused(let refusal) = outcome, refusal.reason == .validation {
            guard queues.mayJoin(request, ticket: nil) else { return .refused(.rateLimited) }
            outcome = await queues.join(sale, buyer, ticket: nil)
        }
        switch outcome {
        case .success(let place):
            return Way(cookies: cookies.set(ticket: place.ticket, for: sale, besides: request.cookies))
        case .refused(let refusal): return .refused(refusal.reason)
        }
    }

    private func checkout(_ form: inout Parameters, _ buyer: BuyerID, _ request: Request) async -> Way {
        guard let item = form.identifier(.id).flatMap({ ItemID($0) }), let text = form.identifier(.key),
            // All items of a page share its form, and a key is for one.
            let key = IdempotencyKey("\(text).\(item.number)")
        else { return .refused(.validation) }
        let shop: ShopID
        do throws(Problem) {
            shop = try shops.shop(of: request)
        } catch {
            return .refused(error.reason ?? .validation)
        }
        switch await checkouts.hold(
            item, in: shop, for: buyer, ticket: PageCookies.ticket(in: request.cookies, for: item.sale), key: key,
            deadline: request.deadline)
        {
        case .success(let receipt):
            // The same form again finds the hold that it has made, at the price of then.
            let known = PageCookies.held(in: request.cookies)
                .first { $0.item == item && $0.code == receipt.cart.code }?.price
            let price = if let known { known } else { await price(of: item) }
            let held = PageCookies.Held(
                item: item, code: receipt.cart.code, until: receipt.cart.expiresAt, price: price)
            return Way(notice: .added, cookies: [cookies.set(held, at: sales.now())])
        case .refused(let refusal): return .refused(refusal.reason)
        }
    }

    private func cancel(_ form: inout Parameters, _ buyer: BuyerID, _ request: Request) async -> Way {
        guard let text = form.identifier(.id), let item = ItemID(text),
            let code = form.identifier(.code).flatMap({ CheckoutCode($0) })
        else { return .refused(.validation) }
        let proven = identity == nil ? nil : buyer
        switch await checkouts.release(code, item: text, by: proven, deadline: request.deadline) {
        case .success: return Way(notice: .removed, cookies: [cookies.forget(item)])
        case .refused(let refusal):
            switch refusal.reason {
            // It is not held, which is what was wanted.
            case .checkoutExpired, .checkoutNotFound, .itemNotFound:
                return Way(notice: .removed, cookies: [cookies.forget(item)])
            case .alreadyProcessed: return bought(code, request)
            default: return .refused(refusal.reason)
            }
        }
    }

    private func purchase(_ form: inout Parameters, _ buyer: BuyerID, _ request: Request) async -> Way {
        guard let code = form.identifier(.code).flatMap({ CheckoutCode($0) }),
            let key = form.identifier(.key).flatMap({ IdempotencyKey($0) })
        else { return .refused(.validation) }
        switch await purchases.buy(code, key: key, by: identity == nil ? nil : buyer, deadline: request.deadline) {
        case .success: return bought(code, request)
        case .refused(let refusal):
            switch refusal.reason {
            case .alreadyProcessed: return bought(code, request)
            case .checkoutExpired, .checkoutNotFound:
                return Way(notice: .refused(refusal.reason), cookies: forget(code, request))
            default: return .refused(refusal.reason)
            }
        }
    }

    /// To the order of a cart that was bought, now or before.
    private func bought(_ code: CheckoutCode, _ request: Request) -> Way {
        Way(cookies: forget(code, request) + [cookies.set(order: code)], receipt: code)
    }

    private func forget(_ code: CheckoutCode, _ request: Request) -> [String] {
        PageCookies.held(in: request.cookies).filter { $0.code == code }.map { cookies.forget($0.item) }
    }

    /// POST–303–GET.
    private func back(_ way: Way, _ cursor: ItemCursor? = nil) -> Reply {
        let notice = way.notice.map { "notice=\($0.text)" }
        let parameters = [notice, cursor.map { "cursor=\($0)" }].compactMap(\.self).joined(separator: "&")
        let place = way.receipt.map { "/receipt/\($0)" } ?? (parameters.isEmpty ? "/" : "/?\(parameters)")
        return .answer(.back(to: place, cookies: way.cookies))
    }

    // MARK: - Sessions

    /// Puts the token of the request into a cookie, with which the page and the JSON routes know the buyer.
    func signIn(_ request: Request) throws(Problem) -> Reply {
        guard let identity else { throw .unknownPath }
        if identity.signsAnybodyIn, request.formBody != nil { return signIn(request, by: identity) }
        _ = try identity.bearer(of: request)
        let token = request.bearerToken
        guard (token?.utf8.count ?? 0) <= PageCookies.tokenBytesMax else {
            let why = "has more than the \(PageCookies.tokenBytesMax) bytes that a browser keeps in a cookie"
            throw .validation([("Authorization", why)])
        }
        return session(token)
    }

    /// The sign-in box of `flashsale dev`: whoever asks gets the cookie of any name.
    private func signIn(_ request: Request, by identity: BearerTokens) -> Reply {
        guard request.isOfThisSite else { return trouble(.forbidden, request.language) }
        var form = request.form([.userID])
        guard let buyer = form?.identifier(.userID).flatMap({ BuyerID($0) }), let token = identity.token(for: buyer)
        else { return back(.refused(.validation)) }
        return back(Way(cookies: [PageCookies.session(token[...])]))
    }

    /// The next buyer of the browser finds neither the cart nor the place in line of this one.
    func signOut(_ request: Request) -> Reply {
        guard identity != nil else { return .problem(.unknownPath) }
        guard request.isOfThisSite else { return .refused(.forbidden) }
        return session(nil, cookies.forgetAll(in: request.cookies))
    }

    private func session(_ token: Substring?, _ others: [String] = []) -> Reply {
        let cookies = ([PageCookies.session(token)] + others).map { ("Set-Cookie", $0) }
        return .answer(Answer(.noContent, fields: [Answer.cacheControlNone] + cookies))
    }
}

extension Request {
    /// The fields of a form that a browser sends; nil if the body is none.
    fileprivate func form(_ accepted: [Parameter]) -> Parameters? {
        guard let body = formBody else { return nil }
        let form = Parameters(query: Substring(String(buffer: body)), body: nil, accepting: accepted)
        return form.isValid ? form : nil
    }
}

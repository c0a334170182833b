// POST and DELETE /checkout.

internal import FlashSale
internal import Telemetry
internal import Textbook

struct CheckoutRoutes: Sendable {
    let flow: CheckoutFlow
    let limits: HTTPLimits
    let rates: BuyerRates

    func checkout(_ request: Request) async -> Reply {
        let key: IdempotencyKey?
        switch request.idempotencyKey() {
        case .value(let value): key = value
        case .refused(let problem): return refuse(problem)
        }
        var parameters: Parameters
        switch request.parameters([.userID, .id], limits) {
        case .value(let value): parameters = value
        case .refused(let problem): return refuse(problem)
        }
        let buyer = parameters.identifier(.userID).flatMap(BuyerID.init)
        let item = parameters.identifier(.id)
        guard let buyer, let item, parameters.isValid else { return refuse(parameters.problem) }
        guard rates.admits(buyer) else { return .refused(.rateLimited) }
        guard let item = ItemID(item) else { return refuse(Problem(.itemNotFound)) }
        RequestContext.current?.userID = buyer.description
        switch await flow.checkout(item, for: buyer, key: key, deadline: request.deadline) {
        case .held(let cart, let saleEndsAt, let isReplay):
            return .answer(answer(cart, saleEndsAt: saleEndsAt, isReplay: isReplay))
        case .refused(let refusal):
            return .problem(Problem(refusal))
        }
    }

    func cancel(_ request: Request) async -> Reply {
        var parameters: Parameters
        switch request.parameters([.code, .id], limits) {
        case .value(let value): parameters = value
        case .refused(let problem): return .problem(problem)
        }
        let code = parameters.identifier(.code)
        let item = parameters.optionalIdentifier(.id)
        guard let code, parameters.isValid else { return .problem(parameters.problem) }
        guard let code = CheckoutCode(code) else { return .refused(.checkoutNotFound) }
        guard rates.admits(code) else { return .refused(.rateLimited) }
        let itemID = item.flatMap(ItemID.init)
        if item != nil, itemID == nil { return .refused(.itemNotFound) }
        switch await flow.cancel(code, item: itemID, deadline: request.deadline) {
        case .released(let items, let itemsLeft):
            return .answer(answer(code, released: items, itemsLeft: itemsLeft))
        case .refused(let refusal):
            return .problem(Problem(refusal))
        }
    }

    /// A refusal that the flow never saw: it counts as an attempt all the same.
    private func refuse(_ problem: Problem) -> Reply {
        flow.refuse(problem.reason ?? .validation)
        return .problem(problem)
    }

    private func answer(_ cart: Cart, saleEndsAt: Timestamp, isReplay: Bool) -> Answer {
        var json = JSONWriter()
        json.beginObject()
        json.field("code", cart.code.description)
        json.field("items_count", cart.itemsCount)
        json.field("sale_ends_at", saleEndsAt)
        json.field("expires_at", cart.expiresAt)
        json.endObject()
        return Answer.json(json).replayed(isReplay)
    }

    private func answer(_ code: CheckoutCode, released items: [ItemID], itemsLeft: Int) -> Answer {
        var json = JSONWriter()
        json.beginObject()
        json.field("code", code.description)
        json.key("released_items")
        json.beginArray()
        for item in items { json.string(item.description) }
        json.endArray()
        json.field("items_count", itemsLeft)
        json.endObject()
        return .json(json)
    }
}

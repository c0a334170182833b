// POST and DELETE /checkout.

internal import FlashSale
internal import Telemetry
internal import Textbook
internal import WaitingRoom

struct CheckoutRoutes: Sendable {
    let flow: CartRouter
    let rooms: RoomRouter
    let limits: HTTPLimits
    let admission: any Admission
    /// Nil where a buyer is whoever the request names.
    let identity: BearerTokens?
    let shops: ShopDirectory

    /// A checkout as a request asks for it.
    private struct Wish {
        let shop: ShopID
        /// Nil if no item can have the name that was asked for.
        let item: ItemID?
        let buyer: BuyerID
        let key: IdempotencyKey?
    }

    func checkout(_ request: Request) async -> Reply {
        let wish: Wish
        switch read(request) {
        case .value(let value): wish = value
        case .refused(let problem): return .problem(problem)
        }
        switch await hold(
            wish.item, in: wish.shop, for: wish.buyer, ticket: request.queueTicket, key: wish.key,
            deadline: request.deadline)
        {
        case .success(let receipt): return .answer(answer(receipt))
        case .refused(let refusal): return .problem(Problem(refusal))
        }
    }

    private func read(_ request: Request) -> Parsed<Wish> {
        let proven: BuyerID?
        switch identity.buyer(of: request) {
        case .value(let value): proven = value
        case .refused(let problem): return .refused(problem)
        }
        let shop: ShopID
        switch shops.shop(of: request) {
        case .value(let value): shop = value
        case .refused(let problem): return .refused(counted(problem))
        }
        let key: IdempotencyKey?
        switch request.idempotencyKey() {
        case .value(let value): key = value
        case .refused(let problem): return .refused(counted(problem))
        }
        var parameters: Parameters
        switch request.parameters([.userID, .id], limits) {
        case .value(let value): parameters = value
        case .refused(let problem): return .refused(counted(problem))
        }
        let buyer: BuyerID?
        if let proven {
            buyer = proven
            let named = parameters.optionalIdentifier(.userID)
            guard named == nil || named == proven.description else { return .refused(Problem(.forbidden)) }
        } else {
            buyer = parameters.identifier(.userID).flatMap(BuyerID.init)
        }
        let item = parameters.identifier(.id)
        guard let buyer, let item, parameters.isValid else { return .refused(counted(parameters.problem)) }
        return .value(Wish(shop: shop, item: ItemID(item), buyer: buyer, key: key))
    }

    /// Holds an item for a buyer that is let in.
    ///
    /// - Parameter item: nil if no item can have the name that was asked for.
    func hold(
        _ item: ItemID?, in shop: ShopID, for buyer: BuyerID, ticket: @autoclosure () -> String?, key: IdempotencyKey?,
        deadline: Deadline
    ) async -> Outcome<CheckoutReceipt> {
        let place = item.flatMap { rooms.place(of: buyer, in: $0.sale, ticket: ticket()) }
        if let refusal = await admission.refusal(of: .checkout(buyer, at: place)) { return .refused(refusal) }
        guard let item else {
            flow.refuseCheckout(.itemNotFound)
            return .refused(Refusal(.itemNotFound))
        }
        RequestContext.current?.userID = buyer.description
        return await flow.checkout(
            item, in: shop, for: buyer, queueNumber: place?.number, key: key, deadline: deadline)
    }

    func cancel(_ request: Request) async -> Reply {
        let proven: BuyerID?
        switch identity.buyer(of: request) {
        case .value(let value): proven = value
        case .refused(let problem): return .problem(problem)
        }
        var parameters: Parameters
        switch request.parameters([.code, .id], limits) {
        case .value(let value): parameters = value
        case .refused(let problem): return .problem(problem)
        }
        let code = parameters.identifier(.code)
        let item = parameters.optionalIdentifier(.id)
        guard let code, parameters.isValid else { return .problem(parameters.problem) }
        guard let code = CheckoutCode(code) else { return .refused(.checkoutNotFound) }
        switch await release(code, item: item, by: proven, deadline: request.deadline) {
        case .success(let receipt):
            return .answer(answer(receipt, of: code))
        case .refused(let refusal):
            return .problem(Problem(refusal))
        }
    }

    /// Cancels one hold of a cart, or all of them if no item is named.
    func release(
        _ code: CheckoutCode, item: String?, by proven: BuyerID?, deadline: Deadline
    ) async -> Outcome<CancelReceipt> {
        if let refusal = await admission.refusal(of: .cancel(code, by: proven)) { return .refused(refusal) }
        let itemID = item.flatMap(ItemID.init)
        if item != nil, itemID == nil { return .refused(Refusal(.itemNotFound)) }
        return await flow.cancel(code, item: itemID, by: proven, deadline: deadline)
    }

    /// The problem of a request that its flow never sees. It counts as an attempt too.
    private func counted(_ problem: Problem) -> Problem {
        flow.refuseCheckout(problem.reason ?? .validation)
        return problem
    }

    private func answer(_ receipt: CheckoutReceipt) -> Answer {
        var json = JSONWriter()
        json.beginObject()
        json.field("code", receipt.cart.code.description)
        json.field("items_count", receipt.cart.itemsCount)
        json.field("sale_ends_at", receipt.saleEndsAt)
        json.field("expires_at", receipt.cart.expiresAt)
        json.endObject()
        return Answer.json(json).replayed(receipt.isReplay)
    }

    private func answer(_ receipt: CancelReceipt, of code: CheckoutCode) -> Answer {
        var json = JSONWriter()
        json.beginObject()
        json.field("code", code.description)
        json.key("released_items")
        json.beginArray()
        for item in receipt.items { json.string(item.description) }
        json.endArray()
        json.field("items_count", receipt.itemsLeft)
        json.endObject()
        return .json(json)
    }
}

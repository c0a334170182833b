// POST and DELETE /checkout.

internal import FlashSale
internal import Telemetry
internal import Textbook
internal import WaitingRoom

struct CheckoutRoutes: Sendable {
    let flow: CheckoutFlow
    let rooms: RoomBook
    let limits: HTTPLimits
    let admission: any Admission
    /// Nil where a buyer is whoever the request names.
    let identity: BearerTokens?

    func checkout(_ request: Request) async -> Reply {
        let proven: BuyerID?
        switch identity.buyer(of: request) {
        case .value(let value): proven = value
        case .refused(let problem): return .problem(problem)
        }
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
        let buyer: BuyerID?
        if let proven {
            buyer = proven
            let named = parameters.optionalIdentifier(.userID)
            guard named == nil || named == proven.description else { return .refused(.forbidden) }
        } else {
            buyer = parameters.identifier(.userID).flatMap(BuyerID.init)
        }
        let item = parameters.identifier(.id)
        guard let buyer, let item, parameters.isValid else { return refuse(parameters.problem) }
        let id = ItemID(item)
        let place = id.flatMap { rooms.place(of: buyer, in: $0.sale, ticket: request.queueTicket) }
        if let refusal = await admission.refusal(of: .checkout(buyer, at: place)) { return .problem(Problem(refusal)) }
        guard let item = id else { return refuse(Problem(.itemNotFound)) }
        RequestContext.current?.userID = buyer.description
        switch await flow.checkout(
            item, for: buyer, queueNumber: place?.number, key: key, deadline: request.deadline)
        {
        case .success(let receipt):
            return .answer(answer(receipt))
        case .refused(let refusal):
            return .problem(Problem(refusal))
        }
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
        if let refusal = await admission.refusal(of: .cancel(code, by: proven)) { return .problem(Problem(refusal)) }
        let itemID = item.flatMap(ItemID.init)
        if item != nil, itemID == nil { return .refused(.itemNotFound) }
        switch await flow.cancel(code, item: itemID, by: proven, deadline: request.deadline) {
        case .success(let receipt):
            return .answer(answer(receipt, of: code))
        case .refused(let refusal):
            return .problem(Problem(refusal))
        }
    }

    /// Refuses a request that its flow never saw. It counts as an attempt too.
    private func refuse(_ problem: Problem) -> Reply {
        flow.refuse(problem.reason ?? .validation)
        return .problem(problem)
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

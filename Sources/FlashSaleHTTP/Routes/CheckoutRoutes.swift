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

    func checkout(_ request: Request) async throws(Problem) -> Reply {
        let wish = try read(request)
        switch await hold(
            wish.item, in: wish.shop, for: wish.buyer, ticket: request.queueTicket, key: wish.key,
            deadline: request.deadline)
        {
        case .success(let receipt): return .answer(answer(receipt))
        case .refused(let refusal): return .refused(refusal)
        }
    }

    private func read(_ request: Request) throws(Problem) -> Wish {
        let proven = try identity.buyer(of: request)
        let wish: Wish
        do throws(Problem) {
            let shop = try shops.shop(of: request)
            let key = try request.idempotencyKey()
            var parameters = try request.parameters([.userID, .id], limits)
            let (buyer, item) = (parameters.buyer(proven: proven), parameters.identifier(.id))
            guard let buyer, let item, parameters.isValid else { throw parameters.problem }
            wish = Wish(shop: shop, item: ItemID(item), buyer: buyer, key: key)
        } catch {
            // It counts as an attempt, although its flow never sees it.
            flow.refuseCheckout(error.reason ?? .validation)
            throw error
        }
        if let proven, wish.buyer != proven { throw Problem(.forbidden) }
        return wish
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
        var number = place?.number
        if place == nil, key != nil, let ticket = ticket() {
            switch await rooms.calledNumber(of: buyer, in: item.sale, ticket: ticket) {
            case .success(let called): number = called
            case .refused(let refusal):
                flow.refuseCheckout(refusal.reason)
                return .refused(refusal)
            }
        }
        return await flow.checkout(item, in: shop, for: buyer, queueNumber: number, key: key, deadline: deadline)
    }

    func cancel(_ request: Request) async throws(Problem) -> Reply {
        let proven = try identity.buyer(of: request)
        var parameters = try request.parameters([.code, .id], limits)
        let (text, item) = (parameters.identifier(.code), parameters.optionalIdentifier(.id))
        guard let text, parameters.isValid else { throw parameters.problem }
        guard let code = CheckoutCode(text) else { throw Problem(.checkoutNotFound) }
        switch await release(code, item: item, by: proven, deadline: request.deadline) {
        case .success(let receipt): return .answer(answer(receipt, of: code))
        case .refused(let refusal): return .refused(refusal)
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

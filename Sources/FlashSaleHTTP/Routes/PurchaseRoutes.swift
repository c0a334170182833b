// POST /purchase, and GET /orders/{code} for a client that lost its answer.

internal import FlashSale
internal import Telemetry
internal import Textbook

struct PurchaseRoutes: Sendable {
    let flow: CartRouter
    let limits: HTTPLimits
    let admission: any Admission
    /// Nil where a code is its holder's word.
    let identity: BearerTokens?

    func purchase(_ request: Request) async throws(Problem) -> Reply {
        let wish = try read(request)
        switch await buy(wish.code, key: wish.key, by: wish.buyer, deadline: request.deadline) {
        case .success(let receipt): return .answer(answer(receipt.order).replayed(receipt.isReplay))
        case .refused(let refusal): return .refused(refusal)
        }
    }

    private func read(_ request: Request) throws(Problem) -> PurchaseRequest {
        let proven = try identity.buyer(of: request)
        do throws(Problem) {
            let key = try request.idempotencyKey()
            var parameters = try request.parameters([.code], limits)
            guard let text = parameters.identifier(.code), parameters.isValid else { throw parameters.problem }
            guard let code = CheckoutCode(text) else { throw Problem(.checkoutNotFound) }
            return PurchaseRequest(code: code, key: key, by: proven)
        } catch {
            // It counts as an attempt, although its flow never sees it.
            flow.refusePurchase(error.reason ?? .validation)
            throw error
        }
    }

    /// Purchases a cart for a buyer that is let in.
    func buy(
        _ code: CheckoutCode, key: IdempotencyKey?, by proven: BuyerID?, deadline: Deadline
    ) async -> Outcome<PurchaseReceipt> {
        if let refusal = await admission.refusal(of: .purchase(code, by: proven)) { return .refused(refusal) }
        return await flow.purchase(code, key: key, by: proven, deadline: deadline)
    }

    func order(_ segment: Substring, _ request: Request) async throws(Problem) -> Reply {
        let proven = try identity.buyer(of: request)
        let code = try checkoutCode(segment)
        switch await flow.order(code, by: proven, deadline: request.deadline) {
        case .success(let order): return .answer(answer(order))
        case .refused(let refusal): return .refused(refusal)
        }
    }

    private func answer(_ order: Order) -> Answer {
        var json = JSONWriter(capacity: 512)
        json.order(order)
        return .json(json)
    }
}

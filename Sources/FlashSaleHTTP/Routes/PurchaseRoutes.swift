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

    func purchase(_ request: Request) async -> Reply {
        let wish: PurchaseRequest
        switch read(request) {
        case .value(let value): wish = value
        case .refused(let problem): return .problem(problem)
        }
        switch await buy(wish.code, key: wish.key, by: wish.buyer, deadline: request.deadline) {
        case .success(let receipt): return .answer(answer(receipt.order).replayed(receipt.isReplay))
        case .refused(let refusal): return .problem(Problem(refusal))
        }
    }

    private func read(_ request: Request) -> Parsed<PurchaseRequest> {
        let proven: BuyerID?
        switch identity.buyer(of: request) {
        case .value(let value): proven = value
        case .refused(let problem): return .refused(problem)
        }
        let key: IdempotencyKey?
        switch request.idempotencyKey() {
        case .value(let value): key = value
        case .refused(let problem): return .refused(counted(problem))
        }
        var parameters: Parameters
        switch request.parameters([.code], limits) {
        case .value(let value): parameters = value
        case .refused(let problem): return .refused(counted(problem))
        }
        guard let code = parameters.identifier(.code), parameters.isValid else {
            return .refused(counted(parameters.problem))
        }
        guard let code = CheckoutCode(code) else { return .refused(counted(Problem(.checkoutNotFound))) }
        return .value(PurchaseRequest(code: code, key: key, by: proven))
    }

    /// Purchases a cart for a buyer that is let in.
    func buy(
        _ code: CheckoutCode, key: IdempotencyKey?, by proven: BuyerID?, deadline: Deadline
    ) async -> Outcome<PurchaseReceipt> {
        if let refusal = await admission.refusal(of: .purchase(code, by: proven)) { return .refused(refusal) }
        return await flow.purchase(code, key: key, by: proven, deadline: deadline)
    }

    func order(_ segment: Substring, _ request: Request) async -> Reply {
        let proven: BuyerID?
        switch identity.buyer(of: request) {
        case .value(let value): proven = value
        case .refused(let problem): return .problem(problem)
        }
        switch pathIdentifier(segment, named: "code") {
        case .refused(let problem):
            return .problem(problem)
        case .value(let text):
            guard let code = CheckoutCode(text) else { return .refused(.checkoutNotFound) }
            switch await flow.order(code, by: proven, deadline: request.deadline) {
            case .success(let order): return .answer(answer(order))
            case .refused(let refusal): return .problem(Problem(refusal))
            }
        }
    }

    /// The problem of a request that its flow never sees. It counts as an attempt too.
    private func counted(_ problem: Problem) -> Problem {
        flow.refusePurchase(problem.reason ?? .validation)
        return problem
    }

    private func answer(_ order: Order) -> Answer {
        var json = JSONWriter(capacity: 512)
        json.order(order)
        return .json(json)
    }
}

// POST /purchase, and GET /orders/{code} for a client that lost its answer.

internal import FlashSale
internal import Telemetry
internal import Textbook

struct PurchaseRoutes: Sendable {
    let flow: PurchaseFlow
    let limits: HTTPLimits
    let rates: BuyerRates

    func purchase(_ request: Request) async -> Reply {
        let key: IdempotencyKey?
        switch request.idempotencyKey() {
        case .value(let value): key = value
        case .refused(let problem): return refuse(problem)
        }
        var parameters: Parameters
        switch request.parameters([.code], limits) {
        case .value(let value): parameters = value
        case .refused(let problem): return refuse(problem)
        }
        guard let code = parameters.identifier(.code), parameters.isValid else { return refuse(parameters.problem) }
        guard let code = CheckoutCode(code) else { return refuse(Problem(.checkoutNotFound)) }
        guard rates.admits(code) else { return .refused(.rateLimited) }
        return reply(await flow.purchase(code, key: key, deadline: request.deadline))
    }

    func order(_ segment: Substring, _ request: Request) async -> Reply {
        switch pathIdentifier(segment, named: "code") {
        case .refused(let problem):
            return .problem(problem)
        case .value(let text):
            guard let code = CheckoutCode(text) else { return .refused(.checkoutNotFound) }
            return reply(await flow.order(code, deadline: request.deadline))
        }
    }

    /// A refusal that the flow never saw: it counts as an attempt all the same.
    private func refuse(_ problem: Problem) -> Reply {
        flow.refuse(problem.reason ?? .validation)
        return .problem(problem)
    }

    private func reply(_ outcome: PurchaseOutcome) -> Reply {
        switch outcome {
        case .ordered(let order, let isReplay):
            var json = JSONWriter(capacity: 512)
            json.order(order)
            return .answer(Answer.json(json).replayed(isReplay))
        case .refused(let refusal):
            return .problem(Problem(refusal))
        }
    }
}

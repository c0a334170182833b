// /admin/sales/{id} and below, and /admin/orders/{code}/refund: operators look at a sale, change it, and read its log.

internal import FlashSale
internal import NIOHTTP1
internal import Telemetry
internal import Textbook
internal import Tokens

/// Every change names the version of the sale that the operator has seen, and says why. The version is the sale's ETag.
struct SaleLifeRoutes: Sendable {
    let flow: SaleRouter
    let operators: OperatorGuard
    let limits: HTTPLimits

    static let eventsPerPage = 100

    func show(_ segment: Substring, _ request: Request) async -> Reply {
        await withSale(segment, of: request) { id in
            switch await flow.current(id) {
            case .refused(let refusal): .problem(Problem(refusal))
            case .success(let sale): .answer(answer(sale))
            }
        }
    }

    func log(_ segment: Substring, _ request: Request) async -> Reply {
        await withSale(segment, of: request) { id in
            var parameters = Parameters(query: request.query, body: nil, accepting: [.limit, .cursor])
            let limit = parameters.integer(.limit, in: 1...Self.eventsPerPage, default: Self.eventsPerPage)
            let version = parameters.integer(.cursor, in: 0...Int(Int32.max), default: 0)
            guard let limit, let version else { return .problem(parameters.problem) }
            switch await flow.log(of: id, after: Int32(version), limit: limit) {
            case .refused(let refusal): return .problem(Problem(refusal))
            case .success(let events): return .answer(page(events, of: id, limit: limit))
            }
        }
    }

    func patch(_ segment: Substring, _ request: Request) async -> Reply {
        await change(saleID(segment), request, as: .admin) { form in form.patch() }
    }

    func patch(item: Substring, of segment: Substring, _ request: Request) async -> Reply {
        guard let number = Int32(item), number > 0, String(number) == item else { return .refused(.itemNotFound) }
        return await change(saleID(segment), request, as: .admin) { form in form.price(of: number) }
    }

    func act(_ act: Route.Act, on segment: Substring, _ request: Request) async -> Reply {
        let id = saleID(segment)
        switch act {
        case .pause: return await change(id, request, as: .operate) { form in form.pause() }
        case .resume: return await change(id, request, as: .operate) { _ in .resume }
        case .pace: return await change(id, request, as: .operate) { form in form.pace() }
        case .end: return await change(id, request, as: .admin) { _ in .end }
        }
    }

    /// Refunds an order, or some of its items. The order's code says of which sale it is.
    func refund(_ segment: Substring, _ request: Request) async -> Reply {
        let (code, sale): (CheckoutCode?, Parsed<SaleID?>)
        switch pathIdentifier(segment, named: "code") {
        case .refused(let problem): (code, sale) = (nil, .refused(problem))
        case .value(let text):
            code = CheckoutCode(text)
            sale = .value(code?.sale)
        }
        return await change(sale, missing: .checkoutNotFound, request, as: .admin) { form in
            code.flatMap { form.refund(of: $0) }
        }
    }

    // MARK: - The steps

    private func withSale(
        _ segment: Substring, of request: Request, _ body: (SaleID) async -> Reply
    ) async -> Reply {
        if let problem = operators.refusal(of: request, doing: .look) { return .problem(problem) }
        switch saleID(segment) {
        case .refused(let problem): return .problem(problem)
        case .value(nil): return .refused(.saleNotFound)
        case .value(let id?): return await body(id)
        }
    }

    /// - Parameter missing: what a change of nothing is refused for.
    private func change(
        _ sale: Parsed<SaleID?>, missing: Reason = .saleNotFound, _ request: Request, as scope: TokenScope,
        _ read: (inout OperatorForm) -> SaleAct?
    ) async -> Reply {
        let actor: String
        switch operators.name(of: request, doing: scope) {
        case .refused(let problem): return .problem(problem)
        case .value(let name): actor = name
        }
        let id: SaleID
        switch sale {
        case .refused(let problem): return .problem(problem)
        case .value(nil): return .refused(missing)
        case .value(let value?): id = value
        }
        let key: IdempotencyKey?
        switch request.idempotencyKey() {
        case .refused(let problem): return .problem(problem)
        case .value(let value): key = value
        }
        var form: OperatorForm
        switch OperatorForm.read(request, depth: limits.jsonDepth) {
        case .refused(let problem): return .problem(problem)
        case .value(let value): form = value
        }
        let (version, act, reason) = (form.version(of: request), read(&form), form.reason())
        guard let act, let reason, form.errors.isEmpty else { return .problem(.validation(form.errors)) }
        let change = SaleChange(act, version: version, actor: actor, reason: reason, key: key)
        switch await flow.change(id, change) {
        case .success(let receipt): return .answer(answer(receipt.sale).replayed(receipt.isReplay))
        case .refused(let refusal) where refusal.reason == .validation:
            return .problem(.validation([fault(of: act)]))
        case .refused(let refusal): return .problem(Problem(refusal))
        }
    }

    /// Why the ledger does not take an act's value, which it alone could know.
    private func fault(of act: SaleAct) -> (field: String, why: String) {
        switch act {
        case .restock: ("stock_per_item", "times total_items must be at most \(Limits.unitsPerSale)")
        case .pace: ("room_pace", "is for a sale with a waiting room")
        default: ("ended_at", "must be to come, after started_at and within 31 days of it")
        }
    }

    private func answer(_ sale: Sale) -> Answer {
        var json = JSONWriter()
        json.managed(sale)
        var answer = Answer.json(json)
        answer.fields.append(("ETag", "\"\(sale.version)\""))
        return answer
    }

    /// A page of the log. A full page has a link to the next.
    private func page(_ events: [SaleEvent], of id: SaleID, limit: Int) -> Answer {
        var json = JSONWriter(capacity: 64 + events.count * 512)
        json.beginArray()
        for event in events { json.event(event) }
        json.endArray()
        var answer = Answer.json(json)
        if events.count == limit, let last = events.last {
            let next = "limit=\(limit)&cursor=\(last.after.version)"
            answer.fields.append(("Link", "</admin/sales/\(id)/log?\(next)>; rel=\"next\""))
        }
        return answer
    }
}

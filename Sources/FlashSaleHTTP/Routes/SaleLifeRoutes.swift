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

    func show(_ segment: Substring, _ request: Request) async throws(Problem) -> Reply {
        try operators.name(of: request, doing: .look)
        switch try await flow.current(saleID(segment)) {
        case .refused(let refusal): return .refused(refusal)
        case .success(let sale): return .answer(answer(sale))
        }
    }

    func log(_ segment: Substring, _ request: Request) async throws(Problem) -> Reply {
        try operators.name(of: request, doing: .look)
        let id = try saleID(segment)
        var parameters = Parameters(query: request.query, body: nil, accepting: [.limit, .cursor])
        let limit = parameters.integer(.limit, in: 1...Self.eventsPerPage, default: Self.eventsPerPage)
        let version = parameters.integer(.cursor, in: 0...Int(Int32.max), default: 0)
        guard let limit, let version else { throw parameters.problem }
        switch await flow.log(of: id, after: Int32(version), limit: limit) {
        case .refused(let refusal): return .refused(refusal)
        case .success(let events): return .answer(page(events, of: id, limit: limit))
        }
    }

    func patch(_ segment: Substring, _ request: Request) async throws(Problem) -> Reply {
        let actor = try operators.name(of: request, doing: .admin)
        return try await change(saleID(segment), by: actor, request) { form in form.patch() }
    }

    func patch(item: Substring, of segment: Substring, _ request: Request) async throws(Problem) -> Reply {
        guard let number = Int32(item), number > 0, String(number) == item else { throw Problem(.itemNotFound) }
        let actor = try operators.name(of: request, doing: .admin)
        return try await change(saleID(segment), by: actor, request) { form in form.price(of: number) }
    }

    func act(_ act: Route.Act, on segment: Substring, _ request: Request) async throws(Problem) -> Reply {
        let actor = try operators.name(of: request, doing: act == .end ? .admin : .operate)
        return try await change(saleID(segment), by: actor, request) { form in
            switch act {
            case .pause: form.pause()
            case .resume: .resume
            case .pace: form.pace()
            case .end: .end
            }
        }
    }

    /// Refunds an order, or some of its items. The order's code says of which sale it is.
    func refund(_ segment: Substring, _ request: Request) async throws(Problem) -> Reply {
        let actor = try operators.name(of: request, doing: .admin)
        let code = try checkoutCode(segment)
        return try await change(code.sale, by: actor, request) { form in form.refund(of: code) }
    }

    private func change(
        _ sale: SaleID, by actor: String, _ request: Request, _ read: (inout OperatorForm) -> SaleAct?
    ) async throws(Problem) -> Reply {
        let key = try request.idempotencyKey()
        var form = try OperatorForm(request, depth: limits.jsonDepth)
        let (version, act, reason) = (form.version(of: request), read(&form), form.reason())
        form.failUnknown()
        guard let act, let reason, form.errors.isEmpty else { throw .validation(form.errors) }
        let change = SaleChange(act, version: version, actor: actor, reason: reason, key: key)
        switch await flow.change(sale, change) {
        case .success(let receipt): return .answer(answer(receipt.sale).replayed(receipt.isReplay))
        case .refused(let refusal) where refusal.reason == .validation:
            throw .validation([refusal.isUnfit ? Self.unfit : fault(of: act)])
        case .refused(let refusal): return .refused(refusal)
        }
    }

    /// The ledger does not say which value it is.
    private static let unfit = (field: "reason", why: "or another value is one that the database cannot take")

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

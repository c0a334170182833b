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
        return await change(saleID(segment), request, as: .admin) { form in
            form.price().map { .price(item: number, minorUnits: $0) }
        }
    }

    func act(_ act: Route.Act, on segment: Substring, _ request: Request) async -> Reply {
        let id = saleID(segment)
        switch act {
        case .pause: return await change(id, request, as: .operate) { form in form.pause().map { .pause($0) } }
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
        _ read: (inout ChangeForm) -> SaleAct?
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
        var form: ChangeForm
        switch ChangeForm.read(request, depth: limits.jsonDepth) {
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

/// A request for a change of a sale: its body and its version.
private struct ChangeForm {
    private let members: [String: JSONValue]
    private(set) var errors: [(field: String, why: String)] = []

    static func read(_ request: Request, depth: Int) -> Parsed<ChangeForm> {
        switch request.json(depth: depth) {
        case .refused(let problem): .refused(problem)
        case .value(nil): .refused(.validation([("body", "is required")]))
        case .value(.object(let members)?): .value(ChangeForm(members: members))
        case .value: .refused(.validation([("body", "must be a JSON object")]))
        }
    }

    private init(members: [String: JSONValue]) {
        self.members = members
    }

    /// The version in `If-Match`; nil for `*`, whatever version it is, and with an error if there is none.
    mutating func version(of request: Request) -> Int32? {
        let fields = request.values(of: "if-match")
        guard let field = fields.first else {
            errors.append(("If-Match", "is required: the ETag of the sale, or *"))
            return nil
        }
        if fields.count == 1, field == "*" { return nil }
        guard fields.count == 1, field.count > 2, field.hasPrefix("\""), field.hasSuffix("\""),
            let version = Int32(field.dropFirst().dropLast()), version > 0
        else {
            errors.append(("If-Match", "must be the ETag of a sale, such as \"3\", or *"))
            return nil
        }
        return version
    }

    mutating func reason() -> String? {
        guard case .string(let text)? = members["reason"], !text.isEmpty else {
            errors.append(("reason", "is required: a sentence for the sale's log"))
            return nil
        }
        guard SaleChange.isReason(text) else {
            errors.append(("reason", "must be a line of at most \(SaleChange.reasonLength) bytes"))
            return nil
        }
        return text
    }

    mutating func pause() -> Pause? {
        switch members["scope"] {
        case nil, .null: return .holds
        case .string(let text):
            if let pause = Pause(rawValue: text) { return pause }
            fallthrough
        default:
            errors.append(("scope", "must be holds or all"))
            return nil
        }
    }

    /// The pace of the line, or null for the one that the usher finds.
    mutating func pace() -> SaleAct? {
        if case .null? = members["room_pace"] { return .pace(nil) }
        return number("room_pace", in: Limits.roomPace).map { .pace(Int32($0)) }
    }

    /// What a change of a sale's own terms asks for: one of them.
    mutating func patch() -> SaleAct? {
        let given = ["ended_at", "stock_per_item", "max_items_per_user"].filter { members[$0] != nil }
        guard given.count == 1 else {
            errors.append(("body", "must have one of ended_at, stock_per_item and max_items_per_user"))
            return nil
        }
        switch given[0] {
        case "stock_per_item":
            return number("stock_per_item", in: 1...Limits.unitsPerSale).map { .restock(unitsPerItem: Int32($0)) }
        case "max_items_per_user":
            return number("max_items_per_user", in: 1...Limits.itemsPerBuyer).map { .limit(Int32($0)) }
        default: return end().map { .setEnd($0) }
        }
    }

    /// The items of an order that are to be refunded; without `items` all that are sold.
    mutating func refund(of code: CheckoutCode) -> SaleAct? {
        guard let given = members["items"] else { return .refund(code, items: nil) }
        if case .array(let values) = given, !values.isEmpty {
            let items = values.compactMap { value -> ItemID? in
                if case .string(let text) = value { ItemID(text) } else { nil }
            }
            if items.count == values.count, items.allSatisfy({ $0.sale == code.sale }) {
                return .refund(code, items: Set(items.map(\.number)))
            }
        }
        errors.append(("items", "must be ids of the order's items, such as [\"ITM-\(code.sale)-1\"]"))
        return nil
    }

    mutating func price() -> Int64? {
        number("price", in: 0...Int(Limits.priceMinorUnits)).map { Int64($0) }
    }

    private mutating func number(_ field: String, in range: ClosedRange<Int>) -> Int? {
        if case .integer(let number)? = members[field], range.contains(number) { return number }
        errors.append((field, "must be a whole number from \(range.lowerBound) to \(range.upperBound)"))
        return nil
    }

    private mutating func end() -> Timestamp? {
        if case .string(let text)? = members["ended_at"], let time = Timestamp(rfc3339: text) { return time }
        errors.append(("ended_at", Timestamp.problem))
        return nil
    }
}

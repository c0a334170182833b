// POST /admin/sales: an operator creates a sale.

internal import FlashSale
internal import NIOHTTP1
internal import Textbook

struct AdminRoutes: Sendable {
    let flow: SaleRouter
    let operators: OperatorGuard
    let limits: HTTPLimits

    func create(_ request: Request) async -> Reply {
        if let problem = operators.refusal(of: request) { return .problem(problem) }
        let body: JSONValue
        switch request.json(depth: limits.jsonDepth) {
        case .refused(let problem): return .problem(problem)
        case .value(nil): return .problem(.validation([("body", "is required")]))
        case .value(let value?): body = value
        }
        guard case .object(let members) = body else {
            return .problem(.validation([("body", "must be a JSON object")]))
        }
        var form = SaleForm(members)
        let plan = form.plan(now: flow.now(), defaults: flow.defaults)
        guard let plan, form.errors.isEmpty else { return .problem(.validation(form.errors)) }
        let problems = plan.problems().sorted { $0.key < $1.key }
        guard problems.isEmpty else { return .problem(.validation(problems.map { ($0.key, $0.value) })) }
        switch await flow.create(plan) {
        case .refused(let refusal):
            return .problem(Problem(refusal))
        case .success(let view):
            var json = JSONWriter()
            json.created(view.sale)
            var answer = Answer.json(json, status: .created)
            answer.fields.append(("Location", "/sales/\(view.sale.id)"))
            return .answer(answer)
        }
    }
}

/// The body of a request for a sale.
private struct SaleForm {
    private let members: [String: JSONValue]
    private(set) var errors: [(field: String, why: String)] = []

    init(_ members: [String: JSONValue]) {
        self.members = members
    }

    /// The plan, with defaults for absent fields. If a field is wrong, notes an error and returns nil.
    mutating func plan(now: Timestamp, defaults: SaleDefaults) -> SalePlan? {
        let startedAt = timestamp("started_at", default: now)
        let endedAt = timestamp("ended_at", default: startedAt.map { $0 + defaults.length })
        let itemCount = integer("total_items", default: nil)
        let stock = integer("stock_per_item", default: defaults.stockPerItem)
        let limit = integer("max_items_per_user", default: defaults.maxItemsPerBuyer)
        let room = waitingRoom(default: defaults.waitingRoom)
        let gather = integer("gather_seconds", default: Int(defaults.gather.components.seconds))
        let lanes = integer("lanes", default: defaults.laneCount)
        let shop = shop(among: defaults.shops)
        guard let startedAt, let endedAt, let itemCount, let stock, let limit, let room, let gather, let lanes, let shop
        else { return nil }
        if endedAt <= now { errors.append(("ended_at", "must be in the future")) }
        return SalePlan(
            startedAt: startedAt, endedAt: endedAt, itemCount: itemCount, stockPerItem: stock,
            maxItemsPerBuyer: limit, hold: defaults.hold, lapsesMax: defaults.lapsesMax(limit: limit),
            gather: room == .on ? .seconds(gather) : nil, laneCount: lanes, shop: shop
        )
    }

    private mutating func shop(among shops: [ShopID]) -> ShopID? {
        switch members["shop"] {
        case nil, .null: return .main
        case .string(let text):
            if let shop = ShopID(text), shops.contains(shop) { return shop }
            fallthrough
        default:
            errors.append(("shop", "must be one of \(shops.map(\.description).joined(separator: ", "))"))
            return nil
        }
    }

    private mutating func waitingRoom(default standard: WaitingRoomMode) -> WaitingRoomMode? {
        switch members["waiting_room"] {
        case nil, .null: return standard
        case .string(let text):
            if let mode = WaitingRoomMode(rawValue: text) { return mode }
            fallthrough
        default:
            errors.append(("waiting_room", "must be none or on"))
            return nil
        }
    }

    private mutating func timestamp(_ field: String, default standard: Timestamp?) -> Timestamp? {
        switch members[field] {
        case nil, .null:
            return standard
        case .string(let text):
            if let time = Timestamp(rfc3339: text) { return time }
            fallthrough
        default:
            errors.append((field, Timestamp.problem))
            return nil
        }
    }

    private mutating func integer(_ field: String, default standard: Int?) -> Int? {
        switch members[field] {
        case nil, .null:
            if standard == nil { errors.append((field, "is required")) }
            return standard
        case .integer(let number):
            return number
        default:
            errors.append((field, "must be a whole number"))
            return nil
        }
    }
}

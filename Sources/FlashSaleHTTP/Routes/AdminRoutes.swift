// POST /admin/sales: an operator creates a sale.

internal import FlashSale
internal import NIOHTTP1
internal import Textbook
internal import Tokens

struct AdminRoutes: Sendable {
    let flow: SaleRouter
    let operators: OperatorGuard
    let limits: HTTPLimits

    func create(_ request: Request) async throws(Problem) -> Reply {
        try operators.name(of: request, doing: .admin)
        var form = try OperatorForm(request, depth: limits.jsonDepth)
        let plan = form.plan(now: flow.now(), defaults: flow.defaults)
        form.failUnknown()
        guard let plan, form.errors.isEmpty else { throw .validation(form.errors) }
        for (field, why) in plan.problems().sorted(by: { $0.key < $1.key }) {
            form.fail(field == "ended_at" ? form.fieldOfEnd : field, why)
        }
        guard form.errors.isEmpty else { throw .validation(form.errors) }
        switch await flow.create(plan) {
        case .refused(let refusal): return .refused(refusal)
        case .success(let view):
            var json = JSONWriter()
            json.created(view.sale)
            var answer = Answer.json(json, status: .created)
            answer.fields.append(("Location", "/sales/\(view.sale.id)"))
            return .answer(answer)
        }
    }
}

extension OperatorForm {
    /// What the end of the sale follows from.
    fileprivate var fieldOfEnd: String { mutating get { isLeftOut("ended_at") ? "started_at" : "ended_at" } }

    /// The plan of a sale, with defaults for fields that are left out; nil if a field is wrong.
    fileprivate mutating func plan(now: Timestamp, defaults: SaleDefaults) -> SalePlan? {
        let startedAt = time("started_at", else: now)
        let endedAt = time("ended_at", else: startedAt.map { $0 + defaults.length })
        let itemCount = integer("total_items")
        let stock = integer("stock_per_item", else: defaults.stockPerItem)
        let limit = integer("max_items_per_user", else: defaults.maxItemsPerBuyer)
        let room = choice(
            "waiting_room", among: WaitingRoomMode.allCases, by: \.rawValue, else: defaults.waitingRoom)
        let gather = integer("gather_seconds", else: Int(defaults.gather.components.seconds))
        let lanes = integer("lanes", else: defaults.laneCount)
        let shop = choice("shop", among: defaults.shops, by: \.description, else: .main)
        guard let startedAt, let endedAt, let itemCount, let stock, let limit, let room, let gather, let lanes, let shop
        else { return nil }
        if endedAt <= now {
            let seconds = defaults.length.components.seconds
            fail(
                fieldOfEnd,
                isLeftOut("ended_at")
                    ? "must be less than \(seconds) seconds ago, the length of a sale without ended_at"
                    : "must be in the future")
        }
        return SalePlan(
            startedAt: startedAt, endedAt: endedAt, itemCount: itemCount, stockPerItem: stock,
            maxItemsPerBuyer: limit, hold: defaults.hold, lapsesMax: defaults.lapsesMax(limit: limit),
            gather: room == .on ? .seconds(gather) : nil, laneCount: lanes, shop: shop
        )
    }
}

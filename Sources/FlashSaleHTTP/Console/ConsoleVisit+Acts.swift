// A request of an operator that is signed in: the acts. Each goes the way of its admin route, by the same flow.

internal import FlashSale
internal import NIOCore
internal import NIOHTTP1
internal import OperatorConsole
internal import Telemetry

extension ConsoleVisit {
    /// The pages before an act: what it asks for, if it asks for something, and what it will do.
    func prepare(_ act: ConsoleAct, on view: LiveView) async -> Reply {
        guard act.isOffered(to: session, for: view) else { return back("sale_not_active") }
        var form = form()
        guard form["step"] == "confirm" || !act.asksFirst else {
            return html(routes.pages.ask(act, form, on: view, in: frame(path.home)))
        }
        guard let deed = act.act(&form, on: view) else {
            return html(routes.pages.ask(act, form, on: view, in: frame(path.home)), .badRequest)
        }
        return html(await confirmation(of: act, deed, form, on: view, key: Self.newKey()))
    }

    /// Does what the form of the last page says.
    func perform(_ act: ConsoleAct, on view: LiveView) async -> Reply {
        var form = form()
        guard let version = form.version, let key = form.key else { return back("validation") }
        let (deed, reason) = (act.act(&form, on: view), form.reason())
        let isMeant = !act.isGrave || form.names(view.sale.id)
        guard let deed else { return html(routes.pages.ask(act, form, on: view, in: frame(path.home)), .badRequest) }
        guard let reason, isMeant else {
            return html(await confirmation(of: act, deed, form, on: view, key: key.text), .badRequest)
        }
        let change = SaleChange(deed, version: version, actor: session.name, reason: reason, key: key)
        switch await routes.flow.change(view.sale.id, change) {
        case .success(let receipt): return back(act.name + (receipt.isReplay ? ".again" : ""))
        case .refused(let refusal): return back(refusal.reason.rawValue)
        }
    }

    private func confirmation(
        of act: ConsoleAct, _ deed: SaleAct, _ form: ConsoleForm, on view: LiveView, key: String
    ) async -> [UInt8] {
        var former: Price?
        if case .price(let item, _) = deed,
            case .success(let items) = await routes.flow.items(of: view.sale.id, after: item - 1, limit: 1)
        {
            former = items.first?.price
        }
        return routes.pages.confirm(act, deed, form, on: view, former: former, key: key, in: frame(path.home))
    }

    // MARK: - New sales

    func askPlan() -> Reply {
        var form = form()
        let (now, defaults) = (routes.flow.now(), routes.flow.defaults)
        let frame = frame("/console/create")
        guard form["step"] == "confirm" else { return html(routes.pages.askPlan(form, defaults, in: frame)) }
        guard let plan = ConsolePlan.plan(&form, at: now, defaults) else {
            return html(routes.pages.askPlan(form, defaults, in: frame), .badRequest)
        }
        return html(routes.pages.confirmPlan(plan, at: now, in: frame))
    }

    func create() async -> Reply {
        var form = form()
        guard let plan = ConsolePlan.plan(&form, at: routes.flow.now(), routes.flow.defaults) else {
            return html(routes.pages.askPlan(form, routes.flow.defaults, in: frame("/console/create")), .badRequest)
        }
        switch await routes.flow.create(plan) {
        case .success(let made): return .answer(.back(to: "/console/sales/\(made.sale.id)?notice=created"))
        case .refused(let refusal):
            // The same form may have made that very sale.
            if refusal.reason == .saleOverlaps, let sale = await made(by: plan) {
                return .answer(.back(to: "/console/sales/\(sale)?notice=created.again"))
            }
            return back(refusal.reason.rawValue)
        }
    }

    private func made(by plan: SalePlan) async -> SaleID? {
        guard case .success(let views) = await routes.flow.latest(Self.salesLookedThrough) else { return nil }
        return views.first { ConsolePlan.isMade(plan, by: $0.sale) }?.sale.id
    }

    private static var salesLookedThrough: Int { 8 }

    // MARK: - The way back

    private func back(_ notice: String) -> Reply { .answer(.back(to: "\(path.home)?notice=\(notice)")) }

    /// Makes a form act once.
    private static func newKey() -> String { "console.\(String(identifier: .random(in: 0...UInt64.max)))" }
}

extension ConsoleNotice {
    /// The words for what a form led to; nil for no code of ours.
    init?(code: String?) {
        guard let code else { return nil }
        let isAgain = code.hasSuffix(".again")
        let name = isAgain ? String(code.dropLast(6)) : code
        if name == "created" {
            self = .created(isAgain: isAgain)
        } else if name == "busy" {
            self.init(title: "Not now", text: "The same is being done for another sale. Try again later.", isBad: true)
        } else if let act = ConsoleAct.named(name) {
            self = .done(act, isAgain: isAgain)
        } else if let reason = Reason(rawValue: name) {
            self.init(title: "Nothing was done", text: reason.wordsForOperators, isBad: true)
        } else {
            return nil
        }
    }
}

extension Reason {
    fileprivate var wordsForOperators: String {
        switch self {
        case .stale: "The sale has changed since you looked. See the log, and decide anew."
        case .validation: "What the form asked for cannot be done to the sale as it is now."
        case .saleNotActive: "This cannot be done to the sale as it is now."
        case .idempotencyKeyReused: "This form was sent before for something else. Begin anew."
        default: wording.message
        }
    }
}

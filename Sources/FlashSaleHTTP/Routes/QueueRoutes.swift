// POST and GET /sales/{id}/queue: to join a waiting room, and how it stands.

internal import FlashSale
internal import NIOHTTP1
internal import Telemetry
internal import Textbook
internal import WaitingRoom

struct QueueRoutes: Sendable {
    /// The field that carries a buyer's ticket.
    static let ticketField = "queue-ticket"

    let flow: RoomRouter
    let limits: HTTPLimits
    let admission: any Admission
    /// Nil where a buyer is whoever the request names.
    let identity: BearerTokens?
    private let bounds: ListenerBounds
    private let joins: NetworkJoins

    /// What everybody sees: made once for all that ask within a quarter of a second.
    private let views = SharedAnswers<SaleID>(entriesMax: 64)

    init(
        flow: RoomRouter, limits: HTTPLimits, admission: any Admission, identity: BearerTokens?, bounds: ListenerBounds
    ) {
        self.flow = flow
        self.limits = limits
        self.admission = admission
        self.identity = identity
        self.bounds = bounds
        joins = NetworkJoins(perMinute: limits.networkJoinsPerMinute)
    }

    /// What everybody sees, if it is there already.
    func readyView(_ segment: Substring) -> Reply? {
        guard let sale = try? saleID(segment) else { return nil }
        return views.ready(for: sale)
    }

    func view(_ segment: Substring) async throws(Problem) -> Reply {
        let sale = try saleID(segment)
        return await views.reply(for: sale) { await render(sale) }
    }

    func knock(_ segment: Substring, _ request: Request) async throws(Problem) -> Reply {
        let sale = try saleID(segment)
        let proven = try identity.buyer(of: request)
        var parameters = try request.parameters([.userID], limits)
        guard let buyer = parameters.buyer(proven: proven), parameters.isValid else { throw parameters.problem }
        if let proven, buyer != proven { throw Problem(.forbidden) }
        let ticket = request.queueTicket
        guard mayJoin(request, ticket: ticket) else { throw Problem(.rateLimited) }
        switch await join(sale, buyer, ticket: ticket) {
        case .success(let standing): return .answer(answer(standing))
        case .refused(let refusal) where refusal.reason == .validation:
            throw .validation([("Queue-Ticket", "is no ticket of this buyer in this sale")])
        case .refused(let refusal): return .refused(refusal)
        }
    }

    /// Whether the network of the request may join once more. To show a ticket is not to join.
    func mayJoin(_ request: Request, ticket: String?) -> Bool {
        guard ticket == nil, let network = bounds.boundNetwork(of: request.client) else { return true }
        return joins.admits(network)
    }

    /// Joins the line, or tells a buyer that shows a ticket how it stands.
    func join(_ sale: SaleID, _ buyer: BuyerID, ticket: String?) async -> Outcome<QueueStanding> {
        if let refusal = await admission.refusal(of: .queue(buyer)) { return .refused(refusal) }
        return await flow.knock(buyer, at: sale, ticket: ticket)
    }

    private func answer(_ standing: QueueStanding) -> Answer {
        var json = JSONWriter()
        json.beginObject()
        json.field("ticket", standing.ticket)
        if let number = standing.number { json.field("number", number) }
        json.field("is_called", standing.isCalled)
        if let ahead = standing.ahead { json.field("ahead", ahead) }
        if let wait = standing.wait {
            json.key("wait_seconds")
            json.beginObject()
            json.field("low", wait.lowerBound)
            json.field("high", wait.upperBound)
            json.endObject()
        }
        if let isLikelySoldOut = standing.isLikelySoldOut { json.field("likely_sold_out", isLikelySoldOut) }
        // Clients that joined together do not come back together.
        json.field("poll_after_ms", standing.pollAfter.milliseconds * Int64.random(in: 75...125) / 100)
        json.endObject()
        return .json(json)
    }

    private func render(_ sale: SaleID) async -> Reply {
        switch await flow.view(of: sale) {
        case .refused(let refusal): return .refused(refusal)
        case .success(let view):
            var json = JSONWriter(capacity: 640)
            json.queue(view)
            return .answer(Answer.briefly(json))
        }
    }
}

extension Request {
    /// The ticket that it shows.
    var queueTicket: String? { values(of: QueueRoutes.ticketField).first.map(String.init) }
}

extension JSONWriter {
    /// How a line stands, for everybody.
    fileprivate mutating func queue(_ view: QueueView) {
        let state = view.state
        beginObject()
        field("phase", view.phase.rawValue)
        field("now", view.now)
        field("as_of", state.readAt)
        field("starts_at", view.sale.startedAt)
        field("called", state.called)
        field("waiting", state.waiting)
        if let pace = view.pace { field("pace", Int(pace.rounded())) }
        field("free", state.stock.free)
        field("held", state.stock.held)
        field("sold", state.stock.sold)
        field("likely_sold_out", view.isLikelySoldOut)
        field("poll_after_ms", state.pollAfter.milliseconds)
        key("draw")
        beginObject()
        field("commit", state.commit)
        if let draw = state.draw {
            field("seed", draw.seed.digits)
            field("n", draw.ticketCount)
        }
        endObject()
        endObject()
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 { microseconds / 1_000 }
}

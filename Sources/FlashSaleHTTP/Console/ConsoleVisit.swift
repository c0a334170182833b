// A request of an operator that is signed in, and may make it: the pages.

internal import FlashSale
internal import NIOCore
internal import NIOHTTP1
internal import OperatorConsole
internal import Telemetry
internal import Textbook
internal import WaitingRoom

struct ConsoleVisit: Sendable {
    private static let salesPerPage = 24
    private static let eventsPerPage = 50
    /// How many changes a board shows.
    private static let eventsOnBoard: Int32 = 8
    /// How often a board is drawn anew while somebody looks.
    private static let boardSeconds = 2

    let routes: ConsoleRoutes
    let request: Request
    let path: ConsolePath
    let session: ConsoleSession

    func reply() async -> Reply {
        switch (path, request.method) {
        case (.sales, _): return await sales()
        case (.create, .POST): return await create()
        case (.create, _): return askPlan()
        case (.profile(let name), _): return await routes.operations.profile(name, request)
        case (.sale(let text), _), (.log(let text), _), (.checks(let text), _), (.audit(let text), _),
            (.story(let text), _), (.act(_, let text), _):
            guard let sale = SaleID(String(text)) else { return refused(.saleNotFound) }
            return await reply(about: sale)
        case (.signIn, _), (.signOut, _), (.asset, _), (.slashed, _): return .problem(.unknownPath)
        }
    }

    private func reply(about sale: SaleID) async -> Reply {
        switch path {
        case .log: return await log(of: sale)
        case .checks: return checks(of: sale)
        case .audit: return start(routes.audits, of: sale)
        case .story where request.method == .POST: return start(routes.stories, of: sale)
        case .story: return story(of: sale)
        default: break
        }
        // What an operator decides by is the ledger's word, and not an agenda's.
        switch await routes.flow.standing(sale) {
        case .refused(let refusal): return refused(refusal.reason)
        case .success(let view):
            guard case .act(let name, _) = path, let act = ConsoleAct.named(name) else { return await board(view) }
            return request.method == .POST ? await perform(act, on: view) : await prepare(act, on: view)
        }
    }

    // MARK: - Pages

    private func sales() async -> Reply {
        switch await routes.flow.latest(Self.salesPerPage, of: form()["shop"].flatMap { ShopID($0) }) {
        case .refused(let refusal): return refused(refusal.reason)
        case .success(let views):
            var frame = frame("/console")
            frame.pollSeconds = 5
            let recent = views.filter { $0.sale.endedAt > frame.now - .seconds(86_400) }
            let away = routes.operations.parts.pods().filter { $0.isAway }.map { $0.id }
            return html(routes.pages.sales(recent, of: routes.flow.defaults.shops, without: away, in: frame))
        }
    }

    private func board(_ view: LiveView) async -> Reply {
        async let company = routes.parts.company(view.sale.id.pod)
        async let report = routes.health.report()
        async let line = line(of: view.sale)
        let events = await events(of: view.sale)
        let facts = await routes.facts(report, of: view.sale.id.pod)
        let board = ConsoleBoard(
            view: view, pulse: routes.pulses.look(at: view), line: await line, health: facts,
            duties: await company.dutyFacts, instances: await company.instanceFacts(at: view.now), events: events)
        var frame = frame(path.home)
        frame.pollSeconds = Self.boardSeconds
        return html(routes.pages.board(board, links: routes.parts.settings.links, in: frame))
    }

    private func line(of sale: Sale) async -> ConsoleBoard.Line? {
        guard sale.gather != nil, case .success(let queue) = await routes.rooms.view(of: sale.id) else { return nil }
        return ConsoleBoard.Line(
            waiting: queue.state.waiting, called: Int(queue.state.called), pace: queue.pace)
    }

    private func events(of sale: Sale) async -> [SaleEvent]? {
        let after = max(0, sale.version - Self.eventsOnBoard - 1)
        guard case .success(let events) = await routes.flow.log(of: sale.id, after: after, limit: Self.eventsPerPage)
        else { return nil }
        return events
    }

    private func log(of sale: SaleID) async -> Reply {
        let after = form()["cursor"].flatMap { Int32($0) } ?? 0
        switch await routes.flow.log(of: sale, after: max(0, after), limit: Self.eventsPerPage) {
        case .refused(let refusal): return refused(refusal.reason)
        case .success(let events):
            let next = events.count == Self.eventsPerPage ? events.last?.after.version : nil
            return html(routes.pages.log(of: sale, events, next: next, in: frame("\(path.home)/log")))
        }
    }

    // MARK: - What takes a while

    private func checks(of sale: SaleID) -> Reply {
        let (audit, story) = (routes.audits.standing(of: sale), routes.stories.standing(of: sale))
        var frame = frame(path.home)
        if audit?.isRunning == true || story?.isRunning == true { frame.pollSeconds = 1 }
        return html(routes.pages.checks(of: sale, audit: audit, story: story, in: frame))
    }

    private func start<Value>(_ errands: ConsoleErrands<Value>, of sale: SaleID) -> Reply {
        let hasRoom = errands.start(sale) { [flow = routes.flow] in flow.now() }
        return .answer(.back(to: path.home + (hasRoom ? "" : "?notice=busy")))
    }

    private func story(of sale: SaleID) -> Reply {
        guard case .done(let page, _)? = routes.stories.standing(of: sale) else { return .answer(.back(to: path.home)) }
        // It stands alone: its style is within it, and there is nothing to load.
        return .answer(
            .html(
                Array(page.utf8),
                policy: "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"))
    }

    // MARK: - Answers

    /// The fields of the request: those of its form, or else of its query. Malformed ones are none.
    func form() -> ConsoleForm {
        let read =
            request.method == .POST
            ? request.formBody.flatMap { ConsoleForm(urlEncoded: $0.readableBytesView) }
            : ConsoleForm(urlEncoded: request.query.utf8)
        return read ?? .empty
    }

    func frame(_ here: String) -> ConsoleFrame {
        var frame = routes.frame(here: here, session)
        frame.notice = request.isHarmless ? ConsoleNotice(code: form()["notice"]) : nil
        return frame
    }

    func html(_ bytes: [UInt8], _ status: HTTPResponseStatus = .ok) -> Reply { .answer(.html(bytes, status)) }

    /// A page that says why there is nothing.
    func refused(_ reason: Reason) -> Reply {
        routes.trouble(reason.wording.title, reason.wording.message, reason.wording.status, path, session)
    }
}

// The list of sales, and the board of one.

internal import BuyerPage
public import FlashSale
internal import Textbook
internal import Tokens

extension ConsolePages {
    /// The sales to come, the one that is on, and those that ended today.
    ///
    /// - Parameter absent: the pods whose sales are not among them.
    public func sales(
        _ views: [LiveView], of shops: [ShopID] = [.main], without absent: [PodID] = [], in frame: ConsoleFrame
    ) -> [UInt8] {
        let rows = views.sorted { $0.sale.startedAt > $1.sale.startedAt }.map { view -> [String: Any] in
            hero(view).merging([
                "starts": time(view.sale.startedAt), "ends": time(view.sale.endedAt),
                "units": language.number(view.sale.unitCount), "stock": counts(view.stock),
            ]) { $1 }
        }
        let others = shops.count > 1 ? shops.map(\.description) : []
        return page(
            "Sales", .sales,
            [
                "rows": rows, "any": !rows.isEmpty, "shops": others, "anyShop": !others.isEmpty,
                "absent": absent.map(\.description),
            ], in: frame)
    }

    public func board(_ board: ConsoleBoard, links: ConsoleLinks, in frame: ConsoleFrame) -> [UInt8] {
        let (view, sale) = (board.view, board.view.sale)
        var fields = hero(view)
        fields["version"] = sale.version
        fields["starts"] = time(sale.startedAt)
        fields["ends"] = time(sale.endedAt)
        fields["terms"] = terms(of: sale)
        fields["clock"] = clock(view)
        fields["stock"] = stock(view.stock)
        fields["tiles"] = tiles(board)
        fields["refusals"] = board.pulse.refusals.map { row in
            ["reason": row.reason, "total": language.number(row.total), "lately": language.number(row.lately)]
        }
        fields["anyRefusal"] = !board.pulse.refusals.isEmpty
        fields["health"] = facts(board.health)
        fields["duties"] = facts(board.duties)
        fields["instances"] = facts(board.instances)
        if let events = board.events { fields["log"] = log(events) }
        if let session = frame.session {
            let acts = ConsoleAct.all.filter { $0.isOffered(to: session, for: view) }
            fields["acts"] = acts.map { ["name": $0.name, "title": $0.title, "kind": $0.isGrave ? "grave" : ""] }
            fields["mayAct"] = !acts.isEmpty
            fields["looksOnly"] = !session.may(.operate)
        }
        fields["links"] = self.links(links, session: frame.session)
        return page("Sale \(sale.id)", .board, fields, in: frame)
    }

    /// A sale's name and state.
    func hero(_ view: LiveView) -> [String: Any] {
        let (label, tone) =
            switch view.phase {
            case .closed: ("To come", "")
            case .gathering: ("Gathering", "")
            case .open: ("On", "")
            case .holding: ("All in carts", "")
            case .soldOut: ("Sold out", "quietly")
            case .paused: (view.sale.pause == .all ? "Everything is paused" : "Checkouts are paused", "warn")
            case .over: ("Over", "quietly")
            }
        var fields: [String: Any] = ["id": view.sale.id.description, "phase": label, "tone": tone]
        if view.sale.shop != .main { fields["shop"] = view.sale.shop.description }
        if view.sale.id.pod != .home { fields["pod"] = view.sale.id.pod.description }
        return fields
    }

    func time(_ time: Timestamp) -> [String: Any] {
        ["at": UTCTime(time).rfc3339(fractionDigits: 0), "text": UTCTime(time).minute]
    }

    private func terms(of sale: Sale) -> String {
        let pace = sale.roomPace.map { ", \(language.number($0)) called a second at most" } ?? ""
        let room = sale.gather == nil ? "no waiting room" : "with a waiting room\(pace)"
        return "\(language.number(sale.itemCount)) items, \(language.number(sale.stockPerItem)) of each; "
            + "\(language.number(sale.maxItemsPerBuyer)) a buyer; "
            + "holds of \(language.length(seconds: Int(sale.hold.components.seconds))); \(room)"
    }

    private func clock(_ view: LiveView) -> [String: Any]? {
        let (what, until): (String, Timestamp)
        switch view.phase {
        case .over: return nil
        case .closed, .gathering: (what, until) = ("Until the start", view.sale.startedAt)
        default: (what, until) = ("Until the end", view.sale.endedAt)
        }
        let time = UTCTime(until)
        return ["what": what, "until": time.milliseconds, "left": time.countdown(from: UTCTime(view.now))]
    }

    private func counts(_ stock: StockCount) -> [String: Any] {
        [
            "free": language.number(stock.free), "held": language.number(stock.held),
            "sold": language.number(stock.sold),
        ]
    }

    /// The counts, and how much of a bar two of them take.
    private func stock(_ stock: StockCount) -> [String: Any] {
        let all = max(1, stock.free + stock.held + stock.sold)
        func share(_ count: Int) -> String { "\(Double(count * 1_000 / all) / 10)" }
        var fields = counts(stock)
        fields["freeShare"] = share(stock.free)
        fields["heldShare"] = share(stock.held)
        return fields
    }

    private func tiles(_ board: ConsoleBoard) -> [[String: Any]] {
        var tiles: [(String, String)] = []
        if let seconds = board.pulse.seconds {
            tiles.append(("sold a minute", rate(Double(board.pulse.sold) * 60 / seconds)))
            tiles.append(("checkouts a second, here", rate(Double(board.pulse.attempts) / seconds)))
            let refused = board.pulse.refusals.reduce(0) { $0 + $1.lately }
            tiles.append(("refused a second, here", rate(Double(refused) / seconds)))
        } else {
            tiles.append(("sold a minute", "at the next look"))
        }
        if let line = board.line {
            tiles.append(("waiting", language.number(line.waiting)))
            tiles.append(("called up to", language.number(line.called)))
            tiles.append(("called a second", line.pace.map(rate) ?? "unknown"))
        }
        return tiles.map { ["name": $0.0, "value": $0.1] }
    }

    private func rate(_ value: Double) -> String {
        value < 10 ? "\((value * 10).rounded() / 10)" : language.number(Int(value.rounded()))
    }

    private func facts(_ facts: [ConsoleBoard.Fact]) -> [[String: Any]] {
        facts.map { ["name": $0.name, "value": $0.value, "kind": $0.isBad ? "late" : ""] }
    }

    private func links(_ links: ConsoleLinks, session: ConsoleSession?) -> [[String: Any]] {
        var rows: [(String, String)] = []
        func add(_ base: String, _ paths: [(String, String)]) {
            guard !base.isEmpty else { return }
            let root = base.hasSuffix("/") ? String(base.dropLast()) : base
            rows += paths.map { ($0.0, root + $0.1) }
        }
        let boards = ["Sale", "Overview", "Database", "Redis", "Runtime"]
        add(links.grafana, boards.map { ("\($0) dashboard", "/d/flashsale-\($0.lowercased())") })
        add(links.prometheus, [("Alerts", "/alerts")])
        add(links.runbooks, [("Runbooks", "")])
        if session?.may(.operate) == true {
            rows += [
                ("CPU profile of 5 s", "/console/profiles/profile?seconds=5"), ("Heap", "/console/profiles/heap"),
                ("Tasks", "/console/profiles/goroutine?debug=2"),
            ]
        }
        return rows.map { ["title": $0.0, "url": $0.1] }
    }
}

// Turns what a page shows into HTML. Pure. The words of a language are put into the templates once, so that a view
// costs only what is its own; everything else is escaped by the template.

internal import Mustache
public import Textbook

/// The templates of a language.
public struct PageTemplates: Sendable {
    public static let english = PageTemplates(.english)
    public static let german = PageTemplates(.german)

    public static func of(_ language: Language) -> PageTemplates { language == .english ? english : german }

    private let language: Language
    private let words: Words
    private let head: MustacheTemplate
    private let grid: MustacheTemplate
    private let receipt: MustacheTemplate
    private let foot: String

    private init(_ language: Language) {
        let words = Words(language)
        self.language = language
        self.words = words
        head = Self.template(PackageResources.page_mustache, words)
        grid = Self.template(PackageResources.grid_mustache, words)
        receipt = Self.template(PackageResources.receipt_mustache, words)
        foot = Self.text(PackageResources.foot_mustache, words)
    }

    /// A page: the visitor's own part, the items that it shares with others, and the end.
    public func page(_ view: PageView, grid: some Sequence<UInt8>) -> [UInt8] {
        var bytes = Array(head.render(fields(view)).utf8)
        bytes.append(contentsOf: grid)
        bytes.append(contentsOf: foot.utf8)
        return bytes
    }

    /// The items.
    public func grid(_ view: PageGrid) -> [UInt8] { Array(grid.render(fields(view)).utf8) }

    /// The page of an order.
    public func receipt(_ order: PageOrder, now: UTCTime) -> [UInt8] {
        var fields = hero("order", tone: "", now: now)
        fields["texts"] = [words["order.text"]]
        let lines = order.lines.map { line in
            picture(line.item).merging(["sold": line.isSold, "refunded": line.isRefunded]) { $1 }
        }
        let shown: [String: Any] = [
            "id": order.id, "at": order.orderedAt.rfc3339(fractionDigits: 0), "time": order.orderedAt.minute,
            "lines": lines, "total": language.price(order.minorUnits, order.currency),
        ]
        return Array((head.render(fields) + receipt.render(["order": shown]) + foot).utf8)
    }

    /// A page that says why there is nothing else.
    ///
    /// - Parameter refresh: after how many seconds to look again; nil for never.
    public func trouble(_ notice: PageNotice, now: UTCTime, refresh: Int?) -> [UInt8] {
        var fields: [String: Any] = [
            "title": words["\(notice.name).title"], "label": words["trouble.title"], "tone": "warn",
            "texts": [words["\(notice.name).text"]], "now": now.milliseconds, "here": "/",
        ]
        if let refresh { (fields["refresh"], fields["poll"]) = (refresh, refresh) }
        return Array((head.render(fields) + receipt.render([String: Any]()) + foot).utf8)
    }

    // MARK: - Templates

    private static func template(_ bytes: [UInt8], _ words: Words) -> MustacheTemplate {
        do {
            return try MustacheTemplate(string: text(bytes, words))
        } catch {
            preconditionFailure("a template does not parse: \(error)")
        }
    }

    /// A template's text with each `[[name]]` replaced by its words or by an asset's path.
    private static func text(_ bytes: [UInt8], _ words: Words) -> String {
        let assets = [PageAsset.style, .script, .icon]
        return String(decoding: bytes, as: UTF8.self).replacing(#/\[\[([A-Za-z.]+)\]\]/#) { match in
            let name = String(match.output.1)
            guard name.hasPrefix("asset.") else { return words[name] }
            let (stem, suffix) = (name.split(separator: ".")[1], name.split(separator: ".")[2])
            guard let asset = assets.first(where: { $0.name.hasPrefix("\(stem).") && $0.name.hasSuffix(".\(suffix)") })
            else { preconditionFailure("no asset is \(name)") }
            return asset.path
        }
    }

    // MARK: - Fields

    private func fields(_ view: PageView) -> [String: Any] {
        var fields = hero(view.stage.rawValue, tone: view.stage.tone, now: view.now)
        fields["texts"] = texts(view)
        fields["here"] = view.cursor.isEmpty ? "/" : "/?cursor=\(view.cursor)"
        fields["clock"] = clock(view)
        fields["refresh"] = view.refreshSeconds
        // Events tell of this sale, and not of the next.
        if [.none, .soldOut, .over].contains(view.stage) { fields["poll"] = view.refreshSeconds }
        if view.stage == .open, view.line != nil { fields["title"] = words["called.title"] }
        if let notice = view.notice { fields["notice"] = self.notice(notice) }
        if let order = view.order { fields["order"] = order }
        if !view.carts.isEmpty { fields["cart"] = cart(view) }
        if !view.isSignedIn, view.stage != .none, view.stage != .over {
            fields["signin"] = ["box": view.hasSignInBox]
        }
        if view.isBuying { fields["buying"] = ["key": view.key, "cursor": view.cursor] }
        guard let sale = view.sale else { return fields }
        fields["sale"] = ["id": sale.id]
        fields["live"] = sale.id
        fields["phase"] = "\(sale.phase).\(sale.endsAt.rfc3339(fractionDigits: 3))"
        if view.stage == .room, view.isSignedIn { fields["join"] = ["sale": sale.id] }
        if view.stage == .waiting, let line = view.line { fields["line"] = self.line(line) }
        if ![.soon, .room, .drawn, .over].contains(view.stage) { fields["stock"] = stock(sale) }
        return fields
    }

    private func hero(_ name: String, tone: String, now: UTCTime) -> [String: Any] {
        [
            "title": words["\(name).title"], "label": words["\(name).label"], "tone": tone, "now": now.milliseconds,
            "here": "/",
        ]
    }

    private func texts(_ view: PageView) -> [String] {
        let sale = view.sale
        switch view.stage {
        case .soon:
            guard let opens = sale?.opensAt else { return [words["soon.text"]] }
            let time = "<time datetime=\"\(opens.rfc3339(fractionDigits: 0))\">\(opens.minute)</time>"
            return [words["soon.room", ["opens": time]]]
        case .room:
            let isLate = sale.map { $0.startsAt.microseconds <= view.now.microseconds } ?? false
            return [words[isLate ? "room.late" : "room.text"]]
        case .open:
            let (limit, hold) = (sale?.limit ?? 0, sale?.holdSeconds ?? 0)
            return [words["open.text", ["limit": language.number(limit), "hold": language.length(seconds: hold)]]]
        case .paused: return [words[sale?.isStill == true ? "paused.all" : "paused.text"]]
        case .none, .drawn, .waiting, .holding, .soldOut, .over: return [words["\(view.stage.rawValue).text"]]
        }
    }

    private func clock(_ view: PageView) -> [String: Any]? {
        let (name, until): (String, UTCTime)
        switch view.stage {
        case .soon, .room, .drawn, .waiting:
            guard let sale = view.sale else { return nil }
            let isAhead = view.now.microseconds < sale.startsAt.microseconds
            (name, until) = isAhead ? ("start", sale.startsAt) : ("end", sale.endsAt)
        case .open, .holding:
            guard let sale = view.sale else { return nil }
            (name, until) = ("end", sale.endsAt)
        case .over, .soldOut, .none:
            guard let next = view.nextStart else { return nil }
            (name, until) = ("next", next)
        case .paused: return nil
        }
        return [
            "what": words["until.\(name)"], "until": until.milliseconds, "left": until.countdown(from: view.now),
            "say": name == "next" ? "" : words["say.\(name)"], "at": until.rfc3339(fractionDigits: 0),
            "text": until.minute,
        ]
    }

    private func notice(_ notice: PageNotice) -> [String: Any] {
        let kind =
            switch notice {
            case .added, .removed: ""
            case .cookies, .refused: "warn"
            }
        return ["title": words["\(notice.name).title"], "text": words["\(notice.name).text"], "kind": kind]
    }

    private func line(_ line: PageLine) -> [String: Any] {
        let number = line.number ?? 0
        var fields: [String: Any] = [
            "raw": number, "number": language.number(number), "called": language.number(line.called),
            "ahead": language.number(max(0, number - line.called - 1)), "poll": line.pollSeconds * 1_000,
            "percent": number > 0 ? 100 * min(line.called, number) / number : 0, "unlikely": line.isUnlikely,
        ]
        fields["range"] =
            line.wait.map { wait in
                let (low, high) = (wait.lowerBound, max(wait.upperBound, wait.lowerBound + 1))
                return words[
                    "waiting.range",
                    ["low": language.length(seconds: low), "high": language.length(seconds: high)]]
            } ?? words["waiting.unknown"]
        return fields
    }

    private func stock(_ sale: PageSale) -> [String: Any] {
        let all = max(1, sale.free + sale.held + sale.sold)
        func share(_ count: Int) -> String { "\(Double(count * 1_000 / all) / 10)" }
        return [
            "free": language.number(sale.free), "held": language.number(sale.held), "sold": language.number(sale.sold),
            "heldShare": share(sale.held), "freeShare": share(sale.free),
        ]
    }

    private func cart(_ view: PageView) -> [String: Any] {
        var isEnded = false
        let groups = view.carts.map { cart -> [String: Any] in
            let lines = cart.lines.map { line -> [String: Any] in
                let isOver = line.until.microseconds <= view.now.microseconds && view.sale?.isStill != true
                isEnded = isEnded || isOver
                return picture(line.item).merging([
                    "code": cart.code, "over": isOver, "until": line.until.milliseconds,
                    "left": line.until.countdown(from: view.now), "at": line.until.second,
                    "still": view.sale?.isStill == true, "say": words["say.hold", ["name": line.item.name]],
                    "remove": words["cart.removeItem", ["name": line.item.name]],
                    "price": language.price(line.item.minorUnits, line.item.currency),
                ]) { $1 }
            }
            let total = cart.lines.reduce(0) { $0 + $1.item.minorUnits }
            return [
                "lines": lines, "code": cart.code, "key": view.key,
                "total": language.price(total, cart.lines.first?.item.currency ?? "EUR"),
            ]
        }
        return [
            "groups": groups, "ended": isEnded, "count": language.number(view.carts.reduce(0) { $0 + $1.lines.count }),
        ]
    }

    private func picture(_ item: PageItem) -> [String: Any] {
        ["item": item.id, "sale": item.sale, "number": item.number, "name": item.name]
    }

    private func fields(_ view: PageGrid) -> [String: Any] {
        let items = view.items.map { entry -> [String: Any] in
            let item = entry.item
            let (state, left) =
                switch entry.available {
                case _ where entry.isSold: ("gone", words["item.sold"])
                case 0: ("none", words["item.held"])
                case let count:
                    (count > 2 ? "" : "few", words["item.left"].replacing("%", with: language.number(count)))
                }
            var fields: [String: Any] = [
                "id": item.id, "image": "/images/\(item.sale)/\(item.number).svg", "name": item.name,
                "price": language.price(item.minorUnits, item.currency), "state": state, "left": left,
            ]
            if view.isBuying, !entry.isSold {
                fields["act"] = ["id": item.id, "name": item.name, "off": state == "none"]
            }
            return fields
        }
        var fields: [String: Any] = ["items": items]
        var pages: [String: Any] = [:]
        if let next = view.next { pages["next"] = next }
        if let other = view.other { pages["other"] = other }
        if !view.isFirst { pages["first"] = true }
        if !pages.isEmpty { fields["pages"] = pages }
        return fields
    }
}

extension PageStage {
    fileprivate var tone: String {
        switch self {
        case .paused: "warn"
        case .none, .soldOut, .over: "quietly"
        case .soon, .room, .drawn, .waiting, .open, .holding: ""
        }
    }
}

extension PageView {
    /// After how many seconds a browser without scripts looks again; nil for never, while somebody reads and chooses.
    fileprivate var refreshSeconds: Int? {
        switch stage {
        case .soon, .drawn, .room:
            guard let sale else { return nil }
            let left = Int((sale.startsAt.milliseconds - now.milliseconds) / 1_000)
            return stage == .room && left <= 0 ? nil : min(max(left + 1, 2), 30)
        case .waiting: return line?.pollSeconds ?? 5
        case .holding, .paused: return 10
        case .none, .soldOut, .over: return 30
        case .open: return nil
        }
    }
}

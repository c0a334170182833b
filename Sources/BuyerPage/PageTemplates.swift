// Turns what a page shows into HTML. Pure. The words of a language are put into the templates once; everything else is
// escaped by the template.

public import Textbook

/// The templates of a language.
public struct PageTemplates: Sendable {
    public static let english = PageTemplates(.english)
    public static let german = PageTemplates(.german)

    public static func of(_ language: Language) -> PageTemplates { language == .english ? english : german }

    private let language: Language
    private let words: Words
    private let head: PageTemplate
    private let receipt: PageTemplate
    private let grids: Grids
    private let receipts: Receipts
    /// The end of every page.
    let foot: String
    /// What of a page is one visitor's own.
    let parts: PageParts

    private init(_ language: Language) {
        let words = Words(language)
        self.language = language
        self.words = words
        head = Self.template(PackageResources.page_mustache, words)
        receipt = Self.template(PackageResources.receipt_mustache, words)
        foot = Self.text(PackageResources.foot_mustache, words)
        grids = Grids(
            language, words, template: Self.template(PackageResources.grid_mustache, words),
            item: Self.template(PackageResources.item_mustache, words))
        // A part ends before the end of its file's last line.
        parts = PageParts(language, words) { Self.template($0.dropLast(), words) }
        receipts = Receipts(
            language, template: receipt, line: Self.template(PackageResources.bought_mustache, words), end: foot
        ) { [head] name, tone in
            var fields = Self.hero(name, tone: tone, words)
            fields["texts"] = [words["\(name).text"]]
            return head.render(fields)
        }
    }

    /// A page down to its items, in which a visitor's own is left open.
    func head(_ view: PageView) -> Blank { Blank(head.render(fields(view))) }

    /// The items.
    public func grid(_ view: PageGrid) -> [UInt8] { Array(grids.text(view).utf8) }

    /// The page of an order.
    public func receipt(_ order: PageOrder, now: UTCTime) -> [UInt8] {
        receipts.text(order, now: now)
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

    private static func template(_ bytes: [UInt8], _ words: Words) -> PageTemplate {
        PageTemplate(text(bytes, words))
    }

    /// A template's text with each `[[name]]` replaced by its words or by an asset's path.
    private static func text(_ bytes: [UInt8], _ words: Words) -> String {
        return String(decoding: bytes, as: UTF8.self).replacing(#/\[\[([A-Za-z.]+)\]\]/#) { match in
            let name = String(match.output.1)
            guard name.hasPrefix("asset.") else { return words[name] }
            let (stem, suffix) = (name.split(separator: ".")[1], name.split(separator: ".")[2])
            guard
                let asset = PageAsset.all.first(where: {
                    $0.name.hasPrefix("\(stem).") && $0.name.hasSuffix(".\(suffix)")
                })
            else { preconditionFailure("no asset is \(name)") }
            return asset.path
        }
    }

    // MARK: - Fields

    private func fields(_ view: PageView) -> [String: Any] {
        var fields = Self.hero(view.stage.rawValue, tone: view.stage.tone, words)
        for place in PageParts.places { fields[place] = Blank.open(place) }
        fields["texts"] = texts(view)
        fields["clock"] = clock(view)
        // How long to wait depends on the place in the line.
        fields["refresh"] = view.stage == .waiting ? Blank.open("refresh") : view.refreshSeconds.map { "\($0)" }
        // Events tell of this sale, but neither of the next nor of how much a pause holds.
        if [.none, .paused, .soldOut, .over].contains(view.stage) { fields["poll"] = view.refreshSeconds }
        if view.isCalled { fields["title"] = words["called.title"] }
        if !view.isSignedIn, view.stage != .none, view.stage != .over {
            fields["signin"] = ["box": view.hasSignInBox]
        }
        fields["buying"] = view.isBuying
        guard let sale = view.sale else { return fields }
        fields["sale"] = ["id": sale.id]
        fields["live"] = sale.id
        fields["phase"] = "\(sale.phase).\(sale.endsAt.rfc3339(fractionDigits: 3))"
        if view.stage == .room, view.isSignedIn { fields["join"] = ["sale": sale.id] }
        if ![.soon, .room, .drawn, .over].contains(view.stage) { fields["stock"] = stock(sale) }
        return fields
    }

    private static func hero(_ name: String, tone: String, _ words: Words) -> [String: Any] {
        [
            "title": words["\(name).title"], "label": words["\(name).label"], "tone": tone, "now": Blank.open("now"),
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

    private func stock(_ sale: PageSale) -> [String: Any] {
        let all = max(1, sale.free + sale.held + sale.sold)
        func share(_ count: Int) -> String { "\(Double(count * 1_000 / all) / 10)" }
        return [
            "free": language.number(sale.free), "held": language.number(sale.held), "sold": language.number(sale.sold),
            "heldShare": share(sale.held), "freeShare": share(sale.free),
        ]
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
    var refreshSeconds: Int? {
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

// What of a page is one visitor's own: links to its order and its cart, the notice of its last act, its place in the
// line, its cart. Each part is rendered once for a language, and filled in for each visitor.

internal import Textbook

/// The parts in a language.
final class PageParts: Sendable {
    /// What a page leaves open for its visitor, besides the time.
    static let places = ["here", "key", "cursor", "links", "notice", "line", "cart"]

    private let language: Language
    private let words: Words
    private let orderLink: Blank
    private let cartLink: Blank
    private let notice: Blank
    private let line: Blank
    /// Of one who will probably find nothing.
    private let unlikelyLine: Blank
    private let range: Blank
    private let cart: Blank
    /// One of whose holds has ended.
    private let endedCart: Blank
    private let group: Blank
    private let hold: Blank
    /// While a pause lets their time stand still, and nothing can be bought.
    private let stillGroup: Blank
    private let stillHold: Blank
    private let endedHold: Blank

    /// - Parameter template: reads one of the files.
    init(_ language: Language, _ words: Words, template: ([UInt8]) -> PageTemplate) {
        self.language = language
        self.words = words
        let links = template(PackageResources.links_mustache)
        orderLink = Blank(links, open: ["order"])
        cartLink = Blank(links, open: [], ["cart": ["count": Blank.open("count")]])
        notice = Blank(template(PackageResources.notice_mustache), open: ["kind", "title", "text"])
        let line = template(PackageResources.line_mustache)
        let lineNames = ["raw", "poll", "number", "called", "ahead", "percent", "range"]
        self.line = Blank(line, open: lineNames)
        unlikelyLine = Blank(line, open: lineNames, ["unlikely": true])
        range = Blank(words["waiting.range", ["low": Blank.open("low"), "high": Blank.open("high")]])
        let cart = template(PackageResources.cart_mustache)
        self.cart = Blank(cart, open: ["groups"])
        endedCart = Blank(cart, open: ["groups"], ["ended": true])
        let group = template(PackageResources.group_mustache)
        let groupNames = ["holds", "total", "code", "key"]
        self.group = Blank(group, open: groupNames)
        stillGroup = Blank(group, open: groupNames, ["still": true])
        let hold = template(PackageResources.hold_mustache)
        let holdNames = ["item", "sale", "number", "name", "price", "until", "left", "at", "code"]
        let named: [String: Any] = [
            "say": words["say.hold", ["name": Blank.open("name")]],
            "remove": words["cart.removeItem", ["name": Blank.open("name")]],
        ]
        self.hold = Blank(hold, open: holdNames, named)
        stillHold = Blank(hold, open: holdNames, named.merging(["still": true]) { $1 })
        endedHold = Blank(hold, open: holdNames, named.merging(["over": true]) { $1 })
    }

    /// A page with what is its visitor's in its places.
    func filled(_ page: Blank, with view: PageView) -> [UInt8] {
        let line = view.stage == .waiting ? view.line : nil
        return page.filled(
            [
                "now": "\(view.now.milliseconds)", "key": view.key, "cursor": view.cursor,
                "here": view.cursor.isEmpty ? "/" : "/?cursor=\(view.cursor)",
                "refresh": view.refreshSeconds.map { "\($0)" } ?? "",
            ],
            markup: [
                "links": links(view), "notice": view.notice.map(noticeText) ?? [], "line": line.map(lineText) ?? [],
                "cart": view.carts.isEmpty ? [] : cartText(view),
            ])
    }

    private func links(_ view: PageView) -> [UInt8] {
        let order = view.order.map { orderLink.filled(["order": $0]) } ?? []
        guard !view.carts.isEmpty else { return order }
        let count = view.carts.reduce(0) { $0 + $1.lines.count }
        return order + cartLink.filled(["count": language.number(count)])
    }

    private func noticeText(_ notice: PageNotice) -> [UInt8] {
        let kind =
            switch notice {
            case .added, .removed: ""
            case .cookies, .refused: "warn"
            }
        return self.notice.filled([
            "kind": kind, "title": words["\(notice.name).title"], "text": words["\(notice.name).text"],
        ])
    }

    private func lineText(_ line: PageLine) -> [UInt8] {
        let number = line.number ?? 0
        let range =
            line.wait.map { wait in
                let (low, high) = language.range(
                    seconds: wait.lowerBound, max(wait.upperBound, wait.lowerBound + 1))
                return self.range.filled(["low": low, "high": high])
            } ?? Array(words["waiting.unknown"].utf8)
        return (line.isUnlikely ? unlikelyLine : self.line).filled(
            [
                "raw": "\(number)", "number": language.number(number), "called": language.number(line.called),
                "ahead": language.number(max(0, number - line.called - 1)), "poll": "\(line.pollSeconds * 1_000)",
                "percent": "\(number > 0 ? 100 * min(line.called, number) / number : 0)",
            ], markup: ["range": range])
    }

    private func cartText(_ view: PageView) -> [UInt8] {
        let isStill = view.sale?.isStill == true
        var hasEnded = false
        var groups: [UInt8] = []
        for cart in view.carts {
            var holds: [UInt8] = []
            for line in cart.lines {
                let isOver = line.until.microseconds <= view.now.microseconds && !isStill
                hasEnded = hasEnded || isOver
                holds += (isOver ? endedHold : isStill ? stillHold : hold).filled([
                    "item": line.item.id, "sale": line.item.sale, "number": "\(line.item.number)",
                    "name": line.item.name, "code": cart.code,
                    "price": language.price(line.item.minorUnits, line.item.currency),
                    "until": "\(line.until.milliseconds)", "left": line.until.countdown(from: view.now),
                    "at": line.until.second,
                ])
            }
            let total = cart.lines.reduce(0) { $0 + $1.item.minorUnits }
            groups += (isStill ? stillGroup : group).filled(
                [
                    "code": cart.code, "key": view.key,
                    "total": language.price(total, cart.lines.first?.item.currency ?? "EUR"),
                ], markup: ["holds": holds])
        }
        return (hasEnded ? endedCart : cart).filled([:], markup: ["groups": groups])
    }
}

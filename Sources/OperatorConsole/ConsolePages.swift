// Turns what the console shows into HTML. Pure. The templates escape every value; only whole pieces that were rendered
// before go in as they are.

public import BuyerPage
public import FlashSale
internal import Textbook
internal import Tokens

/// The pages of the console.
public struct ConsolePages: Sendable {
    public static let shared = ConsolePages()

    /// The files that the pages load: the style of the buyers' page, the console's own, and a script.
    public static let assets = [PageAsset.style, style, script, PageAsset.icon]
    private static let style = PageAsset(
        "console", "css", "text/css; charset=utf-8", PackageResources.console_css)
    private static let script = PageAsset(
        "console", "js", "text/javascript; charset=utf-8", PackageResources.console_js)

    let language = Language.english
    private let shell: PageTemplate
    private let templates: [Template: PageTemplate]

    /// What may stand in the middle of a page.
    enum Template: CaseIterable {
        case signin, sales, board, ask, confirm, log, checks, trouble

        fileprivate var bytes: [UInt8] {
            switch self {
            case .signin: PackageResources.signin_mustache
            case .sales: PackageResources.sales_mustache
            case .board: PackageResources.board_mustache
            case .ask: PackageResources.ask_mustache
            case .confirm: PackageResources.confirm_mustache
            case .log: PackageResources.log_mustache
            case .checks: PackageResources.checks_mustache
            case .trouble: PackageResources.trouble_mustache
            }
        }
    }

    private init() {
        shell = PageTemplate(String(decoding: PackageResources.shell_mustache, as: UTF8.self))
        templates = Dictionary(
            uniqueKeysWithValues: Template.allCases.map {
                ($0, PageTemplate(String(decoding: $0.bytes, as: UTF8.self)))
            })
    }

    /// A page with one of the templates in its middle.
    func page(_ title: String, _ template: Template, _ fields: [String: Any], in frame: ConsoleFrame) -> [UInt8] {
        var shown: [String: Any] = [
            "title": title, "now": UTCTime(frame.now).milliseconds, "here": frame.here,
            "style": Self.path(of: PageAsset.style), "own": Self.path(of: Self.style),
            "script": Self.path(of: Self.script), "icon": Self.path(of: PageAsset.icon),
            "main": templates[template]?.render(fields) ?? "",
        ]
        if !frame.banner.isEmpty { shown["banner"] = frame.banner }
        if let seconds = frame.pollSeconds { shown["poll"] = seconds }
        if let notice = frame.notice {
            shown["notice"] = ["title": notice.title, "text": notice.text, "kind": notice.isBad ? "bad" : ""]
        }
        if let session = frame.session {
            shown["session"] = [
                "name": session.name, "role": session.scope.role, "creates": session.may(.admin),
            ]
            shown["open"] = frame.isIdentityOff
        }
        return Array(shell.render(shown).utf8)
    }

    static func path(of asset: PageAsset) -> String { "/console\(asset.path)" }

    // MARK: - Small pages

    /// - Parameter target: where to go afterwards.
    public func signIn(to target: String, why: String?, in frame: ConsoleFrame) -> [UInt8] {
        var fields: [String: Any] = ["to": target]
        if let why { fields["why"] = why }
        return page("Sign in", .signin, fields, in: frame)
    }

    /// A page that says why there is nothing else.
    public func trouble(_ title: String, _ text: String, in frame: ConsoleFrame) -> [UInt8] {
        page(title, .trouble, ["title": title, "text": text], in: frame)
    }

    /// A page of the log; a full one has a link to the next.
    public func log(of sale: SaleID, _ events: [SaleEvent], next: Int32?, in frame: ConsoleFrame) -> [UInt8] {
        var fields: [String: Any] = ["id": sale.description, "log": log(events)]
        if let next { fields["next"] = next }
        return page("Log of sale \(sale)", .log, fields, in: frame)
    }

    func log(_ events: [SaleEvent]) -> [String: Any] {
        ["events": events.map(line), "any": !events.isEmpty]
    }

    private func line(_ event: SaleEvent) -> [String: Any] {
        let (before, after) = (event.before, event.after)
        var changes: [String] = []
        if before.endedAt != after.endedAt {
            changes.append("end \(UTCTime(before.endedAt).minute) → \(UTCTime(after.endedAt).minute)")
        }
        if before.pause != after.pause {
            changes.append("pause \(before.pause?.rawValue ?? "none") → \(after.pause?.rawValue ?? "none")")
        }
        for (name, old, new) in [
            ("stock per item", before.stockPerItem, after.stockPerItem), ("items", before.itemCount, after.itemCount),
            ("limit", before.maxItemsPerBuyer, after.maxItemsPerBuyer),
        ] where old != new { changes.append("\(name) \(old) → \(new)") }
        if before.roomPace != after.roomPace {
            let paces = [before, after].map { $0.roomPace.map { "\($0)" } ?? "as found" }
            changes.append("pace \(paces[0]) → \(paces[1])")
        }
        if let price = event.price {
            let prices = [price.before, price.after].map { language.price($0.minorUnits, $0.currency) }
            changes.append("\(price.item) \(prices[0]) → \(prices[1])")
        }
        if let refund = event.refund {
            let items = refund.items.map(\.description).joined(separator: ", ")
            changes.append(
                "\(items) of \(refund.order), \(language.price(refund.total.minorUnits, refund.total.currency))")
        }
        return [
            "version": after.version, "act": event.act.replacing("_", with: " "), "actor": event.actor,
            "reason": event.reason, "changes": changes.joined(separator: ", "),
            "at": UTCTime(event.changedAt).rfc3339(fractionDigits: 0), "time": UTCTime(event.changedAt).moment,
        ]
    }
}

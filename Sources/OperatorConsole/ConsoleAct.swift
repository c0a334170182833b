// The acts of the console, one row each: who may do it, when it is offered, what it asks for, and what it will do. A
// new act of the domain needs a row here and nothing else.

internal import BuyerPage
public import FlashSale
internal import Textbook
public import Tokens

/// What an operator can do to a sale.
public struct ConsoleAct: Sendable {
    /// In paths and in notices.
    public let name: String
    /// On the button.
    public let title: String
    /// What has been done, as a sentence.
    let done: String
    public let scope: TokenScope
    /// Whether it cannot be undone: it then asks for the number of the sale.
    public let isGrave: Bool
    let fields: [ConsoleField]
    private let isOffered: @Sendable (LiveView) -> Bool
    private let read: @Sendable (inout ConsoleForm, LiveView) -> SaleAct?
    private let foretell: @Sendable (SaleAct, LiveView) -> [String]

    /// The row of a name.
    public static func named(_ name: some StringProtocol) -> ConsoleAct? { all.first { $0.name == name } }

    /// Whether it asks for something before it can say what it will do.
    public var asksFirst: Bool { !fields.isEmpty }

    public func isOffered(to session: ConsoleSession, for view: LiveView) -> Bool {
        session.may(scope) && isOffered(view)
    }

    /// The act that the form describes; nil with errors in the form.
    public func act(_ form: inout ConsoleForm, on view: LiveView) -> SaleAct? { read(&form, view) }

    /// What it will do, as sentences.
    func effects(of act: SaleAct, on view: LiveView) -> [String] { foretell(act, view) }
}

/// What an act asks for.
struct ConsoleField: Sendable {
    let name: String
    let label: String
    let hint: String
    /// The kind of a field of HTML.
    let kind: String
    /// What stands there at first.
    let standard: @Sendable (LiveView) -> String
}

extension ConsoleAct {
    public static let all = [pause, pauseAll, resume, extend, end]

    private static let pause = ConsoleAct(
        name: "pause", title: "Pause checkouts", done: "Checkouts are paused.", scope: .operate, isGrave: false,
        fields: [], isOffered: { $0.phase != .over && $0.sale.pause != .holds },
        read: { _, _ in .pause(.holds) },
        foretell: { _, view in
            [
                view.sale.pause == .all
                    ? "Purchases go on again, and each live hold ends later by the pause."
                    : "Nobody can check out any more, on any instance, within a quarter of a second.",
                "\(count(view.stock.held, "unit")) in carts can still be bought or given back until their holds end.",
                "A waiting room calls nobody, and keeps its order.",
            ]
        })

    private static let pauseAll = ConsoleAct(
        name: "pause-all", title: "Pause everything", done: "Checkouts and purchases are paused.", scope: .operate,
        isGrave: false, fields: [], isOffered: { $0.phase != .over && $0.sale.pause != .all },
        read: { _, _ in .pause(.all) },
        foretell: { _, view in
            [
                "Nobody can check out or purchase, on any instance, within a quarter of a second.",
                "The time of the holds of \(count(view.stock.held, "unit")) stands still until you resume.",
            ]
        })

    private static let resume = ConsoleAct(
        name: "resume", title: "Resume", done: "The sale goes on.", scope: .operate, isGrave: false, fields: [],
        isOffered: { $0.sale.pause != nil }, read: { _, _ in .resume },
        foretell: { _, view in
            let holds =
                view.sale.pause == .all
                ? ["Each live hold ends later by the pause: \(count(view.stock.held, "unit")) in carts."] : []
            return ["Checkouts go on at once: \(count(view.stock.free, "unit")) are free."] + holds
        })

    private static let extend = ConsoleAct(
        name: "extend", title: "Move the end", done: "The sale has its new end.", scope: .admin, isGrave: false,
        fields: [
            ConsoleField(
                name: "ended_at", label: "New end, in UTC", hint: "Later or earlier than now planned, but to come.",
                kind: "datetime-local", standard: { String($0.sale.endedAt.description.prefix(16)) })
        ],
        isOffered: { $0.phase != .over },
        read: { form, view in
            guard let end = form.time("ended_at") else { return nil }
            if end <= max(view.now, view.sale.startedAt) {
                form.fail("ended_at", "must be to come, and after the sale's start")
            } else if end - view.sale.startedAt > Limits.saleLength {
                form.fail("ended_at", "must be within 31 days of the sale's start")
            }
            return form.errors.isEmpty ? .setEnd(end) : nil
        },
        foretell: { act, view in
            guard case .setEnd(let end) = act else { return [] }
            let (old, isLater) = (view.sale.endedAt, end > view.sale.endedAt)
            let difference = Int((isLater ? end - old : old - end).components.seconds)
            let length = Language.english.length(seconds: difference)
            return [
                "The sale ends at \(minute(end)), and not at \(minute(old)): \(length) "
                    + (isLater ? "later." : "earlier."),
                "Live holds keep their ends.",
            ] + (isLater ? ["The gate is loaded anew; meanwhile checkouts go through the ledger."] : [])
        })

    private static let end = ConsoleAct(
        name: "end", title: "End now", done: "The sale is over.", scope: .admin, isGrave: true, fields: [],
        isOffered: { $0.sale.isActive(at: $0.now) }, read: { _, _ in .end },
        foretell: { _, view in
            [
                "The sale is over at once, and cannot be begun again.",
                "\(count(view.stock.held, "unit")) in carts can be bought until their holds end.",
                "\(count(view.stock.free, "free unit")) will not be sold.",
            ]
        })

    private static func count(_ number: Int, _ noun: String) -> String {
        "\(Language.english.number(number)) \(noun)\(number == 1 ? "" : "s")"
    }

    private static func minute(_ time: Timestamp) -> String { UTCTime(time).minute }
}

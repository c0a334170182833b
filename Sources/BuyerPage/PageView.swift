// What a page shows, as plain values. A template turns it into text.

public import Telemetry
public import Textbook

/// How the sale stands for one visitor.
public enum PageStage: String, CaseIterable, Sendable {
    /// No sale is known.
    case none
    /// The sale has not begun.
    case soon
    /// It has a waiting room that this visitor has not joined.
    case room
    /// The visitor has joined, and its number is not drawn yet.
    case drawn
    /// The visitor's number is not called yet.
    case waiting
    case open
    /// No unit is free, and some may become free.
    case holding
    case soldOut
    case paused
    case over
}

/// The whole page of a visitor, but for the items.
public struct PageView: Sendable {
    public var stage: PageStage
    public var now: UTCTime
    public var sale: PageSale?
    public var line: PageLine?
    public var carts: [PageCart] = []
    public var notice: PageNotice?
    /// The code of the visitor's last order.
    public var order: String?
    /// When the next sale starts, if this one is over.
    public var nextStart: UTCTime?
    /// False where the visitor has to sign in first.
    public var isSignedIn = true
    /// Whether it can do so here, by any name.
    public var hasSignInBox = false
    /// Sent with each form, so that a form that is sent twice counts once.
    public var key: String
    /// The place of the items that are shown; empty for the first.
    public var cursor = ""

    public init(_ stage: PageStage, now: UTCTime, key: String) {
        self.stage = stage
        self.now = now
        self.key = key
    }

    /// Whether it is the visitor's turn after a wait.
    public var isCalled: Bool { stage == .open && line != nil }

    /// Whether items can be taken now.
    public var isBuying: Bool { stage == .open && isSignedIn }
}

/// A sale on the page.
public struct PageSale: Sendable {
    public var id: String
    /// How the sale stands for everybody: as its events say it.
    public var phase: String
    public var startsAt: UTCTime
    public var endsAt: UTCTime
    /// When its waiting room opens; nil if it has none.
    public var opensAt: UTCTime?
    public var free: Int
    public var held: Int
    public var sold: Int
    /// The most items of one buyer.
    public var limit: Int
    public var holdSeconds: Int
    /// Whether a pause holds purchases too.
    public var isStill = false

    public init(
        id: String, phase: String, startsAt: UTCTime, endsAt: UTCTime, opensAt: UTCTime?, free: Int, held: Int,
        sold: Int, limit: Int, holdSeconds: Int
    ) {
        self.id = id
        self.phase = phase
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.opensAt = opensAt
        self.free = free
        self.held = held
        self.sold = sold
        self.limit = limit
        self.holdSeconds = holdSeconds
    }
}

/// Where the visitor stands in the line.
public struct PageLine: Sendable {
    /// Nil before the draw.
    public var number: Int?
    public var called: Int
    /// How many seconds it may take; nil if that is not known.
    public var wait: ClosedRange<Int>?
    public var isUnlikely: Bool
    public var pollSeconds: Int

    public init(number: Int?, called: Int, wait: ClosedRange<Int>?, isUnlikely: Bool, pollSeconds: Int) {
        self.number = number
        self.called = called
        self.wait = wait
        self.isUnlikely = isUnlikely
        self.pollSeconds = pollSeconds
    }
}

/// An item with its price, as the page and carts show it.
public struct PageItem: Sendable {
    /// `ITM-<sale>-<number>`.
    public var id: String
    public var sale: String
    public var number: Int
    public var name: String
    public var minorUnits: Int64
    public var currency: String

    public init(id: String, sale: String, number: Int, name: String, minorUnits: Int64, currency: String) {
        self.id = id
        self.sale = sale
        self.number = number
        self.name = name
        self.minorUnits = minorUnits
        self.currency = currency
    }
}

/// What is held under one code.
public struct PageCart: Sendable {
    public var code: String
    public var lines: [(item: PageItem, until: UTCTime)]

    public init(code: String, lines: [(item: PageItem, until: UTCTime)]) {
        self.code = code
        self.lines = lines
    }
}

/// The items of a page, the same for everybody.
public struct PageGrid: Sendable {
    public var items: [(item: PageItem, available: Int, isSold: Bool)]
    /// Whether the items can be taken.
    public var isBuying: Bool
    /// The cursors of the next page and of one somewhere in the sale.
    public var next: String?
    public var other: String?
    public var isFirst: Bool

    public init(
        items: [(item: PageItem, available: Int, isSold: Bool)], isBuying: Bool, next: String?, other: String?,
        isFirst: Bool
    ) {
        self.items = items
        self.isBuying = isBuying
        self.next = next
        self.other = other
        self.isFirst = isFirst
    }
}

/// An order as its buyer sees it.
public struct PageOrder: Sendable {
    public var id: String
    public var orderedAt: UTCTime
    /// What was in the cart; without a price what was not sold.
    public var lines: [(item: PageItem, minorUnits: Int64?, isRefunded: Bool)]
    public var minorUnits: Int64
    /// How much of it went back.
    public var minorUnitsRefunded: Int64
    public var currency: String

    /// Whether all that was bought went back.
    var isRefunded: Bool { minorUnitsRefunded > 0 && lines.allSatisfy { $0.isRefunded || $0.minorUnits == nil } }

    public init(
        id: String, orderedAt: UTCTime, lines: [(item: PageItem, minorUnits: Int64?, isRefunded: Bool)],
        minorUnits: Int64, minorUnitsRefunded: Int64 = 0, currency: String
    ) {
        self.id = id
        self.orderedAt = orderedAt
        self.lines = lines
        self.minorUnits = minorUnits
        self.minorUnitsRefunded = minorUnitsRefunded
        self.currency = currency
    }
}

/// What came of the visitor's last act.
public enum PageNotice: Hashable, Sendable {
    case added
    case removed
    /// The browser did not send back the cookie that it was given.
    case cookies
    case refused(Reason)

    /// Its text in a link.
    public init?(_ text: String) {
        switch text {
        case "added": self = .added
        case "removed": self = .removed
        case "cookies": self = .cookies
        default:
            guard let reason = Reason(rawValue: text) else { return nil }
            self = .refused(reason)
        }
    }

    public var text: String {
        switch self {
        case .added: "added"
        case .removed: "removed"
        case .cookies: "cookies"
        case .refused(let reason): reason.rawValue
        }
    }

    /// What it is called in the words.
    var name: String {
        switch self {
        case .added, .removed, .cookies: "notice.\(text)"
        case .refused(let reason): "notice.\(reason.wordsName)"
        }
    }
}

extension Reason {
    /// A visitor does not care which part of the service is busy, nor what was wrong with a request that a form made.
    fileprivate var wordsName: String {
        switch self {
        case .overloaded, .database, .redis, .timeout, .draining, .clientClosed: "busy"
        case .methodNotAllowed, .bodyTooLarge, .unsupportedMediaType, .headerTooLarge, .unsupportedTransferCoding:
            "validation"
        case .saleOverlaps, .shopMoved, .stale, .stockInUse, .nothingToRefund, .internal: "internal"
        default: rawValue
        }
    }
}

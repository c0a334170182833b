// What the page keeps in a browser: who the buyer is, its ticket, what it holds, its last order. The service keeps
// nothing for it, so any instance shows the page.
//
// Each held item has a cookie of its own, which ends some time after the hold: two tabs that take items at the same
// time lose none, and the browser forgets what is over.

internal import FlashSale
internal import Textbook

/// The cookies of the page: how they are named, read and written.
struct PageCookies: Sendable {
    /// The token of a buyer that proves who it is.
    static let session = "__Host-flashsale"
    /// The longest token that a session can have: browsers keep no cookie beyond 4,096 bytes of name and value.
    static let tokenBytesMax = 4_096 - session.utf8.count
    /// The longest time that a token may live, in seconds.
    private static let sessionAge = 86_400
    private static let buyer = "flashsale-buyer"
    private static let order = "flashsale-order"
    private static let itemPrefix = "flashsale-item-"
    private static let ticketPrefix = "flashsale-ticket-"
    /// The most tickets that a browser keeps, those of the latest sales. It sends all of them with every request, and
    /// more than a hundred would not fit into its head.
    private static let ticketsMax = 8
    /// The most tickets that one answer takes away: proxies take no answer with a long head.
    private static let forgottenMax = 8
    /// A month and a day: no sale is longer.
    private static let longAge = 32 * 86_400
    /// How long a hold that has ended is still shown.
    private static let shownAfterEnd = Duration.seconds(600)

    /// Whether browsers send them over TLS alone.
    let isSecure: Bool

    /// A hold as a cookie tells of it. The ledger has the last word.
    struct Held: Equatable {
        let item: ItemID
        let code: CheckoutCode
        let until: Timestamp
        /// What it costs, in minor units: the price of the moment at which it was taken.
        let price: Int64
    }

    // MARK: - Reading

    /// The name that the browser was given where nobody proves who it is.
    static func buyer(in cookies: Cookies) -> BuyerID? { cookies[buyer].flatMap { BuyerID($0) } }

    static func ticket(in cookies: Cookies, for sale: SaleID) -> String? { cookies[ticketPrefix + "\(sale)"] }

    static func order(in cookies: Cookies) -> CheckoutCode? { cookies[order].flatMap { CheckoutCode($0) } }

    /// What is held, the first to end first.
    static func held(in cookies: Cookies) -> [Held] {
        cookies.all(itemPrefix).compactMap { pair in
            let parts = pair.split(omittingEmptySubsequences: false) { $0 == 0x3D || $0 == 0x2E }
                .map { String(decoding: $0, as: UTF8.self) }
            guard parts.count == 4, let item = ItemID("ITM-\(parts[0])"), let milliseconds = Int64(parts[2]),
                milliseconds < Int64(Int32.max) * 1_000, let price = Int64(parts[3]),
                (0...Limits.priceMinorUnits).contains(price), let code = CheckoutCode("CHK-\(item.sale)-\(parts[1])")
            else { return nil }
            return Held(item: item, code: code, until: Timestamp(microseconds: milliseconds * 1_000), price: price)
        }.sorted { ($0.until, $0.item.number) < ($1.until, $1.item.number) }
    }

    // MARK: - Writing

    /// A new buyer, which nobody can guess.
    static func newBuyer() -> BuyerID {
        let words = SystemRandom.words(2)
        guard let buyer = BuyerID("guest.\(String(hexadecimal: words[0], words[1]))") else {
            preconditionFailure("a name of digits is well-formed")
        }
        return buyer
    }

    func set(_ buyer: BuyerID) -> String { cookie(Self.buyer, buyer.description, Self.longAge) }

    /// Keeps a ticket, and forgets those of sales that were long ago.
    func set(ticket: String, for sale: SaleID, besides cookies: Cookies) -> [String] {
        let others = Set(Self.names(in: cookies, after: Self.ticketPrefix).compactMap { SaleID($0) })
            .subtracting([sale]).sorted(by: >)
        let old = others.dropFirst(Self.ticketsMax - 1).prefix(Self.forgottenMax)
        return [cookie(Self.ticketPrefix + "\(sale)", ticket, Self.longAge)]
            + old.map { cookie(Self.ticketPrefix + "\($0)", "", 0) }
    }

    func set(_ held: Held, at now: Timestamp) -> String {
        let age = (held.until - now + Self.shownAfterEnd).components.seconds
        let value = "\(held.code.digits).\(held.until.microseconds / 1_000).\(held.price)"
        return cookie(name(of: held.item), value, Int(max(1, age)))
    }

    func set(order code: CheckoutCode) -> String { cookie(Self.order, code.description, Self.longAge) }

    func forget(_ item: ItemID) -> String { cookie(name(of: item), "", 0) }

    /// Forgets all that cookies show of a buyer: what it holds, its tickets, and its last order.
    func forgetAll(in cookies: Cookies) -> [String] {
        let names = [Self.itemPrefix, Self.ticketPrefix].flatMap { prefix in
            Self.names(in: cookies, after: prefix).map { prefix + $0 }
        }
        return (names + (Self.order(in: cookies) == nil ? [] : [Self.order])).map { cookie($0, "", 0) }
    }

    /// What follows a beginning in the names of cookies.
    private static func names(in cookies: Cookies, after beginning: String) -> [String] {
        cookies.all(beginning).compactMap { pair in
            pair.firstIndex(of: 0x3D).map { String(decoding: pair[..<$0], as: UTF8.self) }
        }
    }

    /// The session's cookie: it always needs TLS, or this machine.
    static func session(_ token: Substring?) -> String {
        let age = token == nil ? 0 : sessionAge
        return "\(session)=\(token ?? ""); Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=\(age)"
    }

    private func name(of item: ItemID) -> String { "\(Self.itemPrefix)\(item.sale)-\(item.number)" }

    /// `Lax`, so that a link from elsewhere finds the visitor's cart.
    private func cookie(_ name: String, _ value: String, _ age: Int) -> String {
        "\(name)=\(value); Path=/; HttpOnly; SameSite=Lax; Max-Age=\(age)" + (isSecure ? "; Secure" : "")
    }
}

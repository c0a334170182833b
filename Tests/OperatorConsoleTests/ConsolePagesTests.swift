// The pages of the console, its forms and its table of acts.

import BuyerPage
import FlashSale
import OperatorConsole
import Testing
import Tokens

@Suite("The console's pages")
struct ConsolePagesTests {
    private static let start = Timestamp(microseconds: 1_795_248_000_000_000)

    private static func view(
        pause: Pause? = nil, minutes: Int = 10, of minutesAll: Int = 60, gather: Duration? = nil
    ) -> LiveView {
        var sale = Sale(
            id: SaleID(7), startedAt: start, endedAt: start + .seconds(minutesAll * 60), itemCount: 1_000,
            stockPerItem: 2, maxItemsPerBuyer: 4, hold: .seconds(120), epoch: 1, version: 3)
        sale.pause = pause
        sale.gather = gather
        return LiveView(
            sale: sale, now: start + .seconds(minutes * 60), stock: StockCount(free: 1_400, held: 60, sold: 540),
            free: nil)
    }

    private static func frame(_ scope: TokenScope = .admin) -> ConsoleFrame {
        var frame = ConsoleFrame(banner: "<production>", now: start, here: "/console/sales/7")
        frame.session = ConsoleSession(name: "olga", scope: scope, at: 0, tokenEnd: nil)
        return frame
    }

    private static func board(_ view: LiveView, _ events: [SaleEvent] = [], _ scope: TokenScope = .admin) -> String {
        var pulse = ConsoleBoard.Pulse()
        pulse.seconds = 30
        pulse.sold = 120
        pulse.refusals = [("item sold", 1_200, 15)]
        let board = ConsoleBoard(
            view: view, pulse: pulse, line: .init(waiting: 9_000, called: 1_200, pace: 41.6),
            health: [.init("Redis", "down", isBad: true)], duties: [.init("usher", "shop-1.42")], instances: [],
            events: events)
        return String(decoding: ConsolePages.shared.board(board, links: .init(), in: frame(scope)), as: UTF8.self)
    }

    @Test("A board shows stock, rates, line, refusals, health and duties, in at most 14 KB")
    func boardText() {
        let text = Self.board(Self.view())
        for words in [
            "&lt;production&gt;", "Sale 7", ">1,400</b> free", ">540</b> sold", "<dd>240</dd>", "<dd>9,000</dd>",
            "<dd>42</dd>", ">item sold</th><td class=\"n\">15</td><td class=\"n\">1,200</td>",
            "Redis</th><td class=\"late\">down", "shop-1.42", "Version 3.", "1,000 items, 2 of each; 4 a buyer",
        ] { #expect(text.contains(words), "\(words)") }
        #expect(text.utf8.count < 14_336)
        #expect(ConsolePages.assets.filter { $0.name.hasSuffix(".js") }.allSatisfy { $0.bytes.count < 8_192 })
    }

    @Test("A sale of a pod says so, and the list says whose sales it lacks")
    func pods() throws {
        let sale = Sale(
            id: SaleID(1 << 24), startedAt: Self.start, endedAt: Self.start + .seconds(3_600), itemCount: 10,
            stockPerItem: 1, maxItemsPerBuyer: 4, hold: .seconds(120), epoch: 1, version: 1)
        let view = LiveView(
            sale: sale, now: Self.start, stock: StockCount(free: 10, held: 0, sold: 0), free: nil)
        #expect(Self.board(view).contains("Sale 16777216, in pod 1</h1>"))
        #expect(!Self.board(Self.view()).contains("in pod"))
        let pages = ConsolePages.shared
        let absent = [try #require(PodID(2))]
        let list = String(
            decoding: pages.sales([view, Self.view()], without: absent, in: Self.frame()), as: UTF8.self)
        #expect(list.contains(">Sale 16777216</a>, pod 1</th>") && list.contains(">Sale 7</a></th>"))
        #expect(list.contains("Pod 2 is away: its sales are not shown."))
        #expect(!String(decoding: pages.sales([view], in: Self.frame()), as: UTF8.self).contains("away"))
    }

    @Test("What operators write cannot become markup, or turn the line around it")
    func markup() {
        let sale = Self.view().sale
        let event = SaleEvent(
            act: "pause_holds", actor: "olga", reason: "<b>&\"\u{202E}late", changedAt: Self.start, before: sale,
            after: sale)
        let board = Self.board(Self.view(), [event])
        #expect(board.contains("<bdi>&lt;b&gt;&amp;&quot;\u{202E}late</bdi>"))
        #expect(board.contains(">2026-11-21 08:00:00 UTC</time></td><td>pause holds</td>"))
    }

    private static let changes = ["extend", "restock", "limit", "price", "refund"]

    @Test(
        "Acts are offered where they make sense, and to whom may do them",
        arguments: [
            (.admin, Pause?.none, 10, ["pause", "pause-all"] + changes + ["end"]),
            (.admin, .holds, 10, ["pause-all", "resume"] + changes + ["end"]),
            (.admin, .all, 10, ["pause", "resume"] + changes + ["end"]),
            (.admin, nil, -10, ["pause", "pause-all"] + changes), (.admin, nil, 90, ["refund"]),
            (.operate, nil, 10, ["pause", "pause-all"]), (.look, nil, 10, []),
        ] as [(TokenScope, Pause?, Int, [String])])
    func offers(scope: TokenScope, pause: Pause?, minutes: Int, names: [String]) throws {
        let text = Self.board(Self.view(pause: pause, minutes: minutes), [], scope)
        #expect(ConsoleAct.all.map(\.name).filter { text.contains("id=\"act-\($0)\"") } == names)
        #expect(text.contains("You may look") == (scope == .look))
    }

    @Test("The pace is offered where there is a line", arguments: [TokenScope.admin, .operate, .look])
    func pace(scope: TokenScope) throws {
        let text = Self.board(Self.view(gather: .seconds(60)), [], scope)
        #expect(text.contains("id=\"act-pace\"") == (scope != .look))
        var fixed = Self.view(gather: .seconds(60)).sale
        fixed.roomPace = 1_200
        let view = LiveView(sale: fixed, now: Self.start, stock: Self.view().stock, free: nil)
        #expect(Self.board(view).contains("with a waiting room, 1,200 called a second at most"))
        let act = try #require(ConsoleAct.named("pace"))
        for (value, words) in [("", "finds its pace"), ("1200", "calls 1,200 buyers a second at most")] {
            var form = try #require(ConsoleForm(urlEncoded: "room_pace=\(value)".utf8))
            let deed = try #require(act.act(&form, on: Self.view()))
            #expect(deed == .pace(value.isEmpty ? nil : 1_200))
            let bytes = ConsolePages.shared.confirm(act, deed, form, on: Self.view(), key: "k1", in: Self.frame())
            #expect(String(decoding: bytes, as: UTF8.self).contains(words))
        }
    }

    @Test(
        "Every act says what it will do before it is done",
        arguments: [
            ("pause", "60 units in carts"), ("pause-all", "stands still"), ("resume", "1,400 units are free"),
            ("extend", "20 minutes later"), ("end", "1,400 free units will not be sold"),
            ("restock", "3,000 units more"), ("limit", "may take 9 items, and not 4"),
            ("price", "ITM-7-12 costs 1,999\u{A0}JPY from now on, and not 2,500\u{A0}JPY."),
            ("refund", "Refunded of the order: ITM-7-3, ITM-7-12."),
        ])
    func effects(name: String, words: String) throws {
        let act = try #require(ConsoleAct.named(name))
        let end = Self.view().sale.endedAt + .seconds(1_200)
        let values =
            "ended_at=\(end)&stock_per_item=5&max_items_per_user=9&item=12&price=1999"
            + "&code=\(CheckoutCode(sale: SaleID(7), high: 1, low: 2))&items=12,+3"
        var form = try #require(ConsoleForm(urlEncoded: values.utf8))
        let view = Self.view(pause: name == "resume" ? .holds : nil)
        let deed = try #require(act.act(&form, on: view))
        let former = Price(minorUnits: 2_500, currency: "JPY")
        let bytes = ConsolePages.shared.confirm(
            act, deed, form, on: view, former: former, key: "k1", in: Self.frame())
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.contains(words), "\(text)")
        #expect(text.contains("name=\"version\" value=\"3\"") && text.contains("name=\"key\" value=\"k1\""))
        #expect(text.contains("Type 7.") == act.isGrave)
        #expect(text.contains("the order of the cart CHK-7-") == (name == "refund"))
    }

    @Test("The end that stands in the form is the sale's, to the second, and nothing ends earlier by it")
    func endOffered() throws {
        var sale = Self.view().sale
        sale.endedAt = Self.start + .milliseconds(2_550_036)
        let view = LiveView(sale: sale, now: Self.start, stock: Self.view().stock, free: nil)
        let act = try #require(ConsoleAct.named("extend"))
        let empty = try #require(ConsoleForm(urlEncoded: "".utf8))
        let asked = String(decoding: ConsolePages.shared.ask(act, empty, on: view, in: Self.frame()), as: UTF8.self)
        let field = try #require(asked.split(separator: "name=\"ended_at\"").last)
        let end = try #require(field.split(separator: "value=\"").dropFirst().first).prefix { $0 != "\"" }
        var form = try #require(ConsoleForm(urlEncoded: "ended_at=\(end)".utf8))
        let deed = try #require(act.act(&form, on: view))
        #expect(deed == .setEnd(Self.start + .seconds(2_551)))
        let bytes = ConsolePages.shared.confirm(act, deed, form, on: view, key: "k1", in: Self.frame())
        #expect(String(decoding: bytes, as: UTF8.self).contains(":31 UTC, and not at"))
    }

    @Test(
        "An end that cannot be is refused where it is typed",
        arguments: [
            ("", "is required"), ("ended_at=tomorrow", "must be a time"), ("ended_at=2026-11-21T07:00", "to come"),
            ("ended_at=2027-11-21T07:00", "within 31 days"),
        ])
    func badEnd(query: String, why: String) throws {
        let act = try #require(ConsoleAct.named("extend"))
        var form = try #require(ConsoleForm(urlEncoded: query.utf8))
        #expect(act.act(&form, on: Self.view()) == nil)
        #expect(form.errors["ended_at"]?.contains(why) == true, "\(form.errors)")
    }

    @Test(
        "A number that cannot be is refused where it is typed",
        arguments: [
            ("restock", "stock_per_item", "0"), ("restock", "stock_per_item", "10001"),
            ("limit", "max_items_per_user", "101"),
            ("limit", "max_items_per_user", "x"), ("price", "item", "1001"), ("price", "price", "-1"),
            ("pace", "room_pace", "0"), ("pace", "room_pace", "100001"),
        ])
    func badNumber(name: String, field: String, value: String) throws {
        let act = try #require(ConsoleAct.named(name))
        let others = ["item", "price"].filter { $0 != field }.map { "&\($0)=1" }.joined()
        var form = try #require(ConsoleForm(urlEncoded: "\(field)=\(value)\(others)".utf8))
        #expect(act.act(&form, on: Self.view()) == nil)
        #expect(form.errors.keys.sorted() == [field])
    }

    @Test(
        "A refund is of an order of this sale, and of numbers of items or of all",
        arguments: [
            ("CHK-7-00000000000000010000000000000002", "", []),
            ("CHK-8-00000000000000010000000000000002", "1", ["code"]), ("7", "1, x", ["code", "items"]),
            ("", "0", ["code", "items"]),
        ])
    func refund(code: String, items: String, errors: [String]) throws {
        let act = try #require(ConsoleAct.named("refund"))
        var form = try #require(ConsoleForm(urlEncoded: "code=\(code)&items=\(items)".utf8))
        let deed = act.act(&form, on: Self.view())
        #expect(form.errors.keys.sorted() == errors)
        #expect((deed == .refund(CheckoutCode(sale: SaleID(7), high: 1, low: 2), items: nil)) == errors.isEmpty)
    }

    @Test("A plan has defaults, and every fault of it stands beside its field")
    func plan() throws {
        let defaults = SaleDefaults()
        var form = try #require(ConsoleForm(urlEncoded: "total_items=5&waiting_room=on&gather_seconds=60".utf8))
        let plan = try #require(ConsolePlan.plan(&form, at: Self.start + .milliseconds(300), defaults))
        #expect(plan.startedAt == Self.start && plan.endedAt == Self.start + .seconds(3_600))
        #expect(plan.itemCount == 5 && plan.stockPerItem == 1 && plan.gather == .seconds(60))
        var bad = try #require(
            ConsoleForm(
                urlEncoded: "total_items=0&stock_per_item=x&max_items_per_user=9223372036854775807&ended_at=y".utf8))
        #expect(ConsolePlan.plan(&bad, at: Self.start, defaults) == nil)
        #expect(Set(bad.errors.keys) == ["stock_per_item", "ended_at"])
        var huge = try #require(
            ConsoleForm(urlEncoded: "total_items=0&max_items_per_user=9223372036854775807".utf8))
        var proven = defaults
        proven.areBuyersProven = true
        #expect(ConsolePlan.plan(&huge, at: Self.start, proven) == nil)
        #expect(Set(huge.errors.keys) == ["total_items", "max_items_per_user"])
    }

    @Test("A form asks for the shop where there are several, and a sale and the list say whose they are")
    func shops() throws {
        let lego = try #require(ShopID("lego"))
        var defaults = SaleDefaults()
        let empty = ConsoleForm.empty
        func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
        #expect(!text(ConsolePages.shared.askPlan(empty, defaults, in: Self.frame())).contains("name=\"shop\""))
        #expect(!text(ConsolePages.shared.sales([], in: Self.frame())).contains("shop="))
        defaults.shops = [.main, lego]
        #expect(text(ConsolePages.shared.askPlan(empty, defaults, in: Self.frame())).contains("One of main, lego."))
        #expect(
            text(ConsolePages.shared.sales([], of: defaults.shops, in: Self.frame())).contains(
                "href=\"/console?shop=lego\""))
        for (field, shop) in [("", ShopID.main), ("&shop=main", .main), ("&shop=lego", lego)] {
            var form = try #require(ConsoleForm(urlEncoded: "total_items=5\(field)".utf8))
            let plan = try #require(ConsolePlan.plan(&form, at: Self.start, defaults))
            #expect(plan.shop == shop)
            let page = text(ConsolePages.shared.confirmPlan(plan, at: Self.start, in: Self.frame()))
            #expect(page.contains("name=\"shop\" value=\"lego\"") == (shop == lego))
            #expect(page.contains("It is of the shop lego.") == (shop == lego))
        }
        var form = try #require(ConsoleForm(urlEncoded: "total_items=5&shop=bricks".utf8))
        #expect(ConsolePlan.plan(&form, at: Self.start, defaults) == nil)
        #expect(form.errors["shop"] == "must be one of main, lego")
    }

    @Test("A form is read as browsers write it, or not at all")
    func forms() throws {
        var form = try #require(ConsoleForm(urlEncoded: "reason=+the+truck%2C+late+&version=3&key=k1&sale=7".utf8))
        #expect(form.reason() == "the truck, late" && form.version == 3 && form.key?.text == "k1")
        #expect(form.names(SaleID(7)) && !form.names(SaleID(8)))
        var lines = try #require(ConsoleForm(urlEncoded: "reason=a%0Ab".utf8))
        #expect(lines.reason() == nil && lines.errors["reason"] != nil)
        for bad in ["a=1&a=2", "a=%zz", "a=%ff", String(repeating: "a=1&", count: 40)] {
            #expect(ConsoleForm(urlEncoded: bad.utf8) == nil, "\(bad)")
        }
    }
}

// The page as text: each state in each language, and what names of items may do to it.

import Telemetry
import Testing
import Textbook

@testable import BuyerPage

@Suite("The buyer's page")
struct PageTests {
    private static let now = UTCTime(seconds: 1_795_000_000)

    private static func sale(_ phase: String = "open") -> PageSale {
        PageSale(
            id: "7", phase: phase, startsAt: UTCTime(seconds: now.seconds - 60),
            endsAt: UTCTime(seconds: now.seconds + 3_600), opensAt: nil, free: 1_200, held: 300, sold: 500, limit: 10,
            holdSeconds: 120)
    }

    private static func item(_ number: Int = 3, _ name: String = "Quiet Amber Lamp") -> PageItem {
        PageItem(
            id: "ITM-7-\(number)", sale: "7", number: number, name: name, minorUnits: 123_450, currency: "EUR")
    }

    static func view(_ stage: PageStage) -> PageView {
        var view = PageView(stage, now: now, key: "k-1")
        if stage != .none { view.sale = sale() }
        if stage == .waiting {
            view.line = PageLine(number: 51_051, called: 1_010, wait: 90...300, isUnlikely: true, pollSeconds: 5)
        }
        return view
    }

    private func text(_ view: PageView, _ language: Language = .english, grid: String = "") -> String {
        String(decoding: SharedPage(view, in: language).bytes(view, grid: grid.utf8), as: UTF8.self)
    }

    private func grid(_ items: [(item: PageItem, available: Int, isSold: Bool)], isBuying: Bool = true) -> String {
        let grid = PageGrid(items: items, isBuying: isBuying, next: "i3", other: nil, isFirst: true)
        return String(decoding: PageTemplates.english.grid(grid), as: UTF8.self)
    }

    @Test(
        "A price has the decimals of its currency",
        arguments: [
            (123_450, "EUR", "€1,234.50", "1.234,50\u{A0}€"), (-5, "EUR", "-€0.05", "-0,05\u{A0}€"),
            (123_450, "JPY", "123,450\u{A0}JPY", "123.450\u{A0}JPY"),
            (1_050, "KWD", "1.050\u{A0}KWD", "1,050\u{A0}KWD"),
        ] as [(Int64, String, String, String)])
    func price(minorUnits: Int64, currency: String, english: String, german: String) {
        #expect(Language.english.price(minorUnits, currency) == english)
        #expect(Language.german.price(minorUnits, currency) == german)
    }

    @Test("Each state has a text in each language, and no tag is left in it", arguments: PageStage.allCases)
    func states(stage: PageStage) {
        var texts: Set<String> = []
        for language in Language.allCases {
            let text = text(Self.view(stage), language)
            #expect(text.hasPrefix("<!doctype html>\n<html lang=\"\(language.rawValue)\">"))
            #expect(text.hasSuffix("</html>\n"))
            #expect(!text.contains("{{") && !text.contains("[["))
            #expect(text.contains(#"href="\#(PageAsset.style.path)""#))
            #expect(text.contains(#"src="\#(PageAsset.script.path)""#))
            texts.insert(text)
        }
        #expect(texts.count == Language.allCases.count)
    }

    @Test("Each notice has words in each language", arguments: Reason.allCases)
    func notices(reason: Reason) {
        var view = Self.view(.open)
        view.notice = .refused(reason)
        #expect(PageNotice(PageNotice.refused(reason).text) == .refused(reason))
        let texts = Language.allCases.map { text(view, $0) }
        #expect(texts.allSatisfy { $0.contains(#"id="notice""#) })
        #expect(texts[0] != texts[1])
    }

    @Test("A name with markup or with a mark of direction stays a name")
    func hostileNames() {
        // The mark over the last quote makes one character of both, in which a browser sees a quote.
        let name = "<script>alert('x')</script>\u{202E}\"&\"\u{301}"
        var view = Self.view(.open)
        view.carts = [PageCart(code: "CHK-7-1", lines: [(Self.item(3, name), UTCTime(seconds: Self.now.seconds + 9))])]
        let order = PageOrder(
            id: "ORD-7-1", orderedAt: Self.now, lines: [(Self.item(3, name), 1, false)], minorUnits: 1,
            currency: "EUR")
        let receipt = String(decoding: PageTemplates.english.receipt(order, now: Self.now), as: UTF8.self)
        let page = text(view, grid: grid([(Self.item(3, name), 3, false)]))
        let escaped = "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;\u{202E}&quot;&amp;&quot;\u{301}"
        #expect(!page.contains("<script>alert") && !receipt.contains("<script>alert"))
        for text in [page, receipt] { #expect(text.contains(#"<p class="name"><bdi>\#(escaped)</bdi></p>"#)) }
        #expect(page.contains("<h3><bdi>\(escaped)</bdi></h3>"))
        #expect(!page.contains(#"&"\"#), "an attribute ends where its quote says")
    }

    @Test("A page with all it can have is small")
    func size() {
        var view = Self.view(.open)
        view.notice = .refused(.holdLimitExceeded)
        view.carts = [
            PageCart(
                code: "CHK-2147483647-\(String(repeating: "a", count: 32))",
                lines: (1...3).map { (Self.item($0 + 1_000_000), UTCTime(seconds: Self.now.seconds + 9)) })
        ]
        let items = (1...20).map { (item: Self.item($0 + 1_000_000), available: 3, isSold: false) }
        #expect(text(view, .german, grid: grid(items)).utf8.count <= 14 * 1_024)
        #expect(PageAsset.script.bytes.count <= 8 * 1_024)
    }

    @Test("A page that another has had made is what its visitor would get alone", arguments: PageStage.allCases)
    func shared(stage: PageStage) {
        var other = Self.view(stage)
        if other.line != nil {
            other.line = PageLine(number: 9, called: 3, wait: nil, isUnlikely: false, pollSeconds: 20)
        }
        let plain = SharedPage(other, in: .german)
        var view = Self.view(stage)
        (view.key, view.cursor, view.order, view.notice) = ("another", "i9", "CHK-7-2", .removed)
        let ends = [-1, 61].map { UTCTime(seconds: Self.now.seconds + $0) }
        view.carts = ends.map { PageCart(code: "CHK-7-1", lines: [(Self.item(), $0)]) }
        (other.key, other.order, other.notice, other.carts) = ("a third", "CHK-7-3", .added, view.carts + view.carts)
        let full = SharedPage(other, in: .german)
        let alone = text(view, .german, grid: "<ul></ul>")
        for part in ["another", "cursor=i9", "CHK-7-2", #"id="cart""#] { #expect(alone.contains(part), "\(part)") }
        for page in [plain, full] {
            #expect(String(decoding: page.bytes(view, grid: "<ul></ul>".utf8), as: UTF8.self) == alone)
        }
        view.now = UTCTime(seconds: 1)
        #expect(String(decoding: plain.bytes(view, grid: []), as: UTF8.self).contains(#"data-now="1000""#))
    }

    @Test("What is put into a blank is text where the template escapes, and markup where it does not")
    func blanks() {
        let template = PageTemplate("<p>{{name}}</p>{{{name}}}{{#is}}!{{/is}}<i>{{other}}</i>")
        let blank = Blank(template, open: ["name", "other"], ["is": true])
        let filled = blank.filled(["name": "<b>\u{1}&"])
        #expect(String(decoding: filled, as: UTF8.self) == "<p>&lt;b&gt;\u{1}&amp;</p><b>\u{1}&!<i></i>")
    }

    @Test("An item can be taken while some of it is free, and is shown in any case")
    func items() {
        let text = grid([(Self.item(1), 12, false), (Self.item(2), 2, false), (Self.item(3), 0, false)])
        #expect(text.contains(#"id="b-ITM-7-1" form="take" name="id" value="ITM-7-1""#))
        #expect(text.contains("12 left") && text.contains(#"<li id="ITM-7-2" class="few">"#))
        #expect(text.contains("€1,234.50"))
        #expect(text.components(of: " disabled>") == 1)
        let sold = grid([(Self.item(3), 0, true)])
        #expect(sold.contains("Sold out") && !sold.contains("<button"))
        #expect(!grid([(Self.item(1), 12, false)], isBuying: false).contains("<button"))
    }

    @Test("Forms carry their key, and a visitor that is not signed in has none")
    func forms() {
        var view = Self.view(.open)
        view.carts = [PageCart(code: "CHK-7-1", lines: [(Self.item(), UTCTime(seconds: Self.now.seconds + 61))])]
        let text = text(view)
        #expect(text.components(of: #"name="key" value="k-1""#) == 2)
        #expect(text.contains(#"data-until="1795000061000""#) && text.contains(">01:01</b>"))
        view.isSignedIn = false
        let anonymous = self.text(view)
        #expect(!anonymous.contains(#"id="take""#) && anonymous.contains("Sign in to take part"))
    }

    @Test("A hold that has ended says so, unless a pause lets its time stand still, in which nothing can be bought")
    func endedHolds() {
        var view = Self.view(.paused)
        view.carts = [PageCart(code: "CHK-7-1", lines: [(Self.item(), UTCTime(seconds: Self.now.seconds - 1))])]
        #expect(text(view).contains("Time is up") && text(view).contains(#"class="main">"#))
        view.sale?.isStill = true
        #expect(!text(view).contains(#"class="late""#) && text(view).contains(#"class="main" disabled>"#))
    }

    @Test("A line says number, place and an honest range")
    func lines() {
        let text = text(Self.view(.waiting))
        for part in ["51,051", "1,010", "50,040", "About 90 seconds to 5 minutes", "will probably go to those"] {
            #expect(text.contains(part))
        }
        #expect(text.contains(#"<noscript><meta http-equiv="refresh" content="5;url=/"></noscript>"#))
        #expect(!self.text(Self.view(.open)).contains("http-equiv"))
        var view = Self.view(.waiting)
        view.line?.wait = 40...80
        #expect(self.text(view).contains("About 40 to 80 seconds."))
    }

    @Test("An order names what was bought and what was not")
    func orders() {
        var order = PageOrder(
            id: "ORD-7-1", orderedAt: Self.now,
            lines: [(Self.item(1), 123_000, false), (Self.item(2), nil, false), (Self.item(3), 450, true)],
            minorUnits: 123_450, minorUnitsRefunded: 450, currency: "EUR")
        let text = String(decoding: PageTemplates.german.receipt(order, now: Self.now), as: UTF8.self)
        #expect(text.contains("ORD-7-1") && text.contains("1.234,50\u{A0}€"))
        #expect(text.components(of: #"<li class="failed">"#) == 1)
        #expect(text.components(of: "Erstattet.") == 1)
        #expect(text.components(of: #"<p class="paid">"#) == 2)
        #expect(text.contains("1.230,00\u{A0}€</p>") && text.contains("4,50\u{A0}€</p>"))
        #expect(text.contains("−4,50\u{A0}€") && text.contains("Danke für deine Bestellung"))
        order.lines[0].isRefunded = true
        let refunded = String(decoding: PageTemplates.german.receipt(order, now: Self.now), as: UTF8.self)
        #expect(refunded.contains("Deine Bestellung ist erstattet") && !refunded.contains("Danke für"))
    }

    @Test(
        "The language is the one that the browser likes best of ours",
        arguments: [
            ("", Language.english), ("de", .german), ("de-AT,en;q=0.5", .german), ("en,de", .english),
            ("fr, de;q=0.4, en;q=0.7", .english), ("fr", .english), ("en;q=0.1, DE;q=0.9", .german), ("*", .english),
            ("de;q=0", .english), (";;,,q=", .english),
        ])
    func languages(field: String, language: Language) {
        #expect(Language(accepting: field) == language)
    }

    @Test("Both languages say the same things")
    func sameWords() {
        #expect(Set(Words(.english).sentences.keys) == Set(Words(.german).sentences.keys))
    }

    @Test("An asset has the name of its bytes")
    func assets() {
        let others = [[1], [2], [1]].map { PageAsset("page", "css", "text/css", $0).name }
        #expect(others[0] != others[1] && others[0] == others[2])
    }
}

extension String {
    /// How often a text occurs.
    fileprivate func components(of part: String) -> Int { ranges(of: part).count }
}

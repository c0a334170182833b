// What a listener is told, tick by tick.

import FlashSale
import NIOCore
import Testing

@testable import FlashSaleHTTP

@Suite("The events of a sale")
struct LiveTopicTests {
    private static let sale = ScriptedStores.Script.sale

    /// A view of the sale, of which some units are taken.
    private static func view(
        taken: [Int] = [], sold: Int = 0, at second: Int64 = 0, pause: Pause? = nil, called: Int32? = nil
    ) -> LiveView {
        var bits = StockBits(unitCount: sale.unitCount)
        for ordinal in taken { bits.markHeld(ordinal) }
        var sale = sale
        sale.pause = pause
        let stock = StockCount(free: bits.count.free, held: bits.count.held - sold, sold: sold)
        var view = LiveView(sale: sale, now: ScriptedStores.Script.time(second), stock: stock, free: bits.free)
        view.line = called.map { LineCount(called: $0, waiting: 50 - Int($0), isDrawn: true) }
        return view
    }

    private static func text(_ topic: LiveTopic, since place: LiveTopic.Place) -> String? {
        topic.frames(since: place).map { String(buffer: $0) }
    }

    @Test("The first view is a state, and one that differs in nothing but time is no news")
    func first() {
        var topic = LiveTopic(origin: "a")
        #expect(Self.text(topic, since: .start) == nil)
        topic.advance(Self.view(taken: [0, 1, 2]))
        #expect(
            Self.text(topic, since: .start)
                == #"""
                event: state
                id: a-1
                data: {"phase":"open","now":"2026-11-21T08:00:00.000Z","started_at":"2026-11-21T07:59:00.000Z",\#
                "ended_at":"2026-11-21T09:00:00.000Z","paused":null,"free":497,"held":3,"sold":0}


                """#)
        topic.advance(Self.view(taken: [0, 1, 2], at: 1))
        #expect(topic.number == 1 && Self.text(topic, since: .after(1)) == nil)
    }

    @Test("A listener gets the items that changed since, each once a tick, and the newest state")
    func items() throws {
        var topic = LiveTopic(origin: "a")
        topic.advance(Self.view())
        topic.advance(Self.view(taken: [0, 1, 7]))
        topic.advance(Self.view(taken: [0, 7], at: 1))
        let last = try #require(Self.text(topic, since: .after(2)))
        #expect(last.hasPrefix("event: items\ndata: {\"ITM-7-1\":1}\n\nevent: state\nid: a-3\n"))
        let both = try #require(Self.text(topic, since: .after(1)))
        #expect(both == "event: items\ndata: {\"ITM-7-1\":0,\"ITM-7-4\":1}\n\n" + last)
    }

    @Test("Who has missed more than is kept, or comes from elsewhere, is told to read anew")
    func ring() throws {
        var topic = LiveTopic(origin: "a")
        for tick in 0...LiveTopic.ticksMax { topic.advance(Self.view(taken: Array(0...tick))) }
        let newest = UInt64(LiveTopic.ticksMax + 1)
        #expect(topic.number == newest)
        #expect(try #require(Self.text(topic, since: .after(1))).hasPrefix("event: items\n"))
        #expect(try #require(Self.text(topic, since: .after(0))).hasPrefix("event: reset\ndata: {}\n\nevent: state\n"))
        #expect(topic.place(of: nil) == .start)
        #expect(topic.place(of: "a-\(newest)") == .after(newest))
        for id in ["a-\(newest + 1)", "b-1", "a-", "a", "-1", "a-1-1", "", "a--1", "a-99999999999999999999"] {
            #expect(topic.place(of: id[...]) == .lost)
        }
        #expect(try #require(Self.text(topic, since: .lost)).hasPrefix("event: reset\n"))
    }

    @Test("A line that moves is news, and who missed some of it gets the newest")
    func line() throws {
        var topic = LiveTopic(origin: "a")
        for called in [10, 10, 12, 15] as [Int32] { topic.advance(Self.view(called: called)) }
        #expect(topic.number == 3)
        for place in [LiveTopic.Place.start, .after(1), .after(2)] {
            let text = try #require(Self.text(topic, since: place))
            #expect(text.hasPrefix("event: state\nid: a-3\n"))
            #expect(text.hasSuffix(#""sold":0,"called":15,"waiting":35}"# + "\n\n"))
            #expect(text.split(separator: "called").count == 2)
        }
    }

    @Test("With another stock whoever listens is told to read anew")
    func restock() throws {
        var topic = LiveTopic(origin: "a")
        topic.advance(Self.view())
        var sale = Self.sale
        sale.stockPerItem += 1
        let (now, bits) = (ScriptedStores.Script.time(0), StockBits(unitCount: sale.unitCount))
        topic.advance(LiveView(sale: sale, now: now, stock: bits.count, free: nil))
        #expect(try #require(Self.text(topic, since: .after(1))).hasPrefix("event: state\n"))
        topic.advance(LiveView(sale: sale, now: now, stock: bits.count, free: bits.free))
        #expect(topic.number == 3)
        #expect(try #require(Self.text(topic, since: .after(2))).hasPrefix("event: reset\n"))
    }

    @Test("While units are unknown only states come, and what changed meanwhile is told afterwards")
    func unknown() throws {
        var topic = LiveTopic(origin: "a")
        topic.advance(Self.view())
        let stock = StockCount(free: 499, held: 1, sold: 0)
        topic.advance(LiveView(sale: Self.sale, now: ScriptedStores.Script.time(0), stock: stock, free: nil))
        #expect(try #require(Self.text(topic, since: .after(1))).hasPrefix("event: state\n"))
        topic.advance(Self.view(taken: [3, 4]))
        #expect(try #require(Self.text(topic, since: .after(2))).contains(#"{"ITM-7-2":1,"ITM-7-3":1}"#))
    }

    @Test("The phase follows the clock, the stock and the pause")
    func phases() {
        func phase(
            _ stock: StockCount, at second: Int64 = 0, pause: Pause? = nil, gather: Duration? = nil,
            isDrawn: Bool? = nil
        ) -> SalePhase {
            var sale = Self.sale
            sale.pause = pause
            sale.gather = gather
            var view = LiveView(sale: sale, now: ScriptedStores.Script.time(second), stock: stock, free: nil)
            view.line = isDrawn.map { LineCount(called: 0, waiting: 1, isDrawn: $0) }
            return view.phase
        }
        let some = StockCount(free: 1, held: 0, sold: 499)
        #expect(phase(some, at: -61) == .closed && phase(some) == .open && phase(some, at: 3_600) == .over)
        #expect(phase(StockCount(free: 0, held: 1, sold: 499)) == .holding)
        #expect(phase(StockCount(free: 0, held: 0, sold: 500)) == .soldOut)
        // The sale starts at -60, and its room opens ten seconds earlier.
        let gather = Duration.seconds(10)
        #expect(phase(some, at: -71, gather: gather) == .closed && phase(some, at: -61, gather: gather) == .gathering)
        #expect(phase(some, gather: gather, isDrawn: false) == .gathering)
        #expect(phase(some, gather: gather, isDrawn: true) == .open && phase(some, gather: gather) == .open)
        #expect(phase(some, pause: .holds) == .paused && phase(some, at: 3_600, pause: .all) == .over)
    }
}

// The contents of a scenario file, and its errors.

import Audit
import Testing

@testable import FlashSaleLoad

@Suite("Scenarios and thresholds")
struct ScenarioTests {
    @Test("A whole file is read")
    func whole() throws {
        let scenario = try Scenario(
            parsing: Array(
                """
                {"name": "mine", "seed": 7, "connections": 99, "threads": 2, "timeout_seconds": 2,
                 "open": {"spread": "even", "stages": [{"seconds": 1, "rate": 10}, {"seconds": 2, "from": 10, "to": 20},
                          {"seconds": 3, "base": 1, "peak": 9}]},
                 "buyers": {"bot": 1, "double_clicker": 3}, "hot_items_percent": 10, "traced_percent": 50,
                 "ends_when_sold_out": true, "thresholds": ["p99(purchase)<50ms"],
                 "faults": [{"at_seconds": 5, "run": "redis-cli flushall"}]}
                """.utf8))
        #expect(scenario.name == "mine")
        #expect(abs(scenario.seconds - 6) < 1e-9)
        #expect(scenario.mix == BuyerMix([.bot: 1, .doubleClicker: 3]))
        #expect(scenario.faults == [Scenario.Fault(at: 5, command: "redis-cli flushall")])
        #expect(scenario.thresholds.map(\.description) == ["p99(purchase)<50ms"])
        #expect(scenario.hotShare == 0.1)
        #expect(scenario.endsWhenSoldOut)
    }

    @Test(
        "An impossible value is named",
        arguments: [
            ("[1]", "must be a JSON object"), ("{", "is not JSON"),
            (#"{"stages": []}"#, "`stages` is not known in the scenario; known are bell_seconds, buyers, closed,"),
            (#"{"open": {"stages": []}}"#, "at least one stage"),
            (#"{"open": {"stages": [{"seconds": 1}]}}"#, "In stage 1 give `rate`"),
            (#"{"open": {"stages": [{"rate": 1}]}}"#, "In stage 1 `seconds` is missing"),
            (#"{"open": {"stages": [{"seconds": 1, "rate": -1}]}}"#, "Stage 1: its rates must be from 0"),
            (#"{"open": {"stages": [{"seconds": 1, "rate": 1e9}]}}"#, "Stage 1: its rates must be from 0"),
            (#"{"open": {"stages": [{"seconds": 1, "rate": 0}]}}"#, "no buyer would come"),
            (#"{"open": {"spread": "odd", "stages": [{"seconds": 1, "rate": 1}]}}"#, "even or poisson"),
            (#"{"closed": {"buyers": 0, "seconds": 1}}"#, "from 1 to 1,000,000 buyers"),
            (#"{"closed": {"buyers": 1, "seconds": 0}}"#, "more than 0 seconds"),
            (#"{"closed": {"buyers": 1, "seconds": 1}, "open": {"stages": []}}"#, "not both"),
            (#"{"buyers": {"browser": 0}}"#, "no buyer would come"), (#"{"buyers": {"pirate": 1}}"#, "`pirate` is not"),
            (#"{"connections": "many"}"#, "`connections` must be a whole number"),
            (#"{"threads": 9, "connections": 3}"#, "a connection for each thread"),
            (#"{"thresholds": ["p99<50"]}"#, "is no threshold"), (#"{"thresholds": "p99<50ms"}"#, "must be a list"),
            (#"{"faults": [{"at_seconds": 1}]}"#, "A fault needs"),
            (#"{"bell_seconds": 11}"#, "The bell must ring within the run"),
            (#"{"drain_seconds": -1}"#, "Buyers may go on from 0 to 3,600 seconds"),
            (#"{"faults": [{"at_seconds": 99, "run": "true"}]}"#, "lies outside"),
        ])
    func invalid(text: String, says: String) {
        do {
            _ = try Scenario(parsing: Array(text.utf8))
            Issue.record("it was accepted")
        } catch {
            #expect(error.description.contains(says), "\(error)")
        }
    }

    @Test("A scenario file may begin with the mark of UTF-8")
    func mark() throws {
        #expect(try Scenario(parsing: Array("\u{FEFF}{\"name\": \"mine\"}".utf8)).name == "mine")
    }

    @Test("All named scenarios exist and are sound", arguments: Scenario.named.map(\.name))
    func named(name: String) {
        #expect(Scenario(named: name)?.problems == [])
        // A service that dies under the load must not pass.
        #expect(Scenario(named: name)?.thresholds.contains(.noErrors) == true)
    }

    @Test("A scenario keeps its rates in another time", arguments: Scenario.named.map(\.name))
    func lasting(name: String) throws {
        let scenario = try #require(Scenario(named: name))
        let short = scenario.load.lasting(scenario.seconds / 4)
        let (stages, few) = (try #require(scenario.load.stages), try #require(short.stages))
        #expect(stages.map(\.from) == few.map(\.from) && stages.map(\.to) == few.map(\.to))
        func total(_ stages: [Stage]) -> Double { stages.reduce(0) { $0 + $1.total } }
        #expect(abs(total(stages) / total(few) - 4) < 1e-6)
        #expect(Scenario.Load.closed(buyers: 3, seconds: 9).lasting(2) == .closed(buyers: 3, seconds: 2))
        for seconds in [0, -1, .nan, .infinity] {
            var impossible = scenario
            impossible.load = scenario.load.lasting(seconds)
            #expect(!impossible.problems.isEmpty, "\(seconds)")
        }
    }

    @Test(
        "Thresholds are read with their units",
        arguments: [
            ("p99(purchase)<50ms", Threshold.Figure.latency(quantile: 0.99, endpoint: .purchase), 0.05),
            ("p999 <= 1.5s", .latency(quantile: 0.999, endpoint: nil), 1.5),
            ("p50(checkout)<800us", .latency(quantile: 0.5, endpoint: .checkout), 0.0008),
            ("p5<1s", .latency(quantile: 0.05, endpoint: nil), 1), ("p100<2s", .latency(quantile: 1, endpoint: nil), 2),
            ("false_soldout==0", .falseSoldOut, 0), ("audit==pass", .audit, 1), ("shed<=1%", .outcome(.shed), 0.01),
            ("error==0", .outcome(.error), 0), ("goodput>=1000", .goodput, 1_000), ("dropped==0", .dropped, 0),
        ])
    func thresholds(text: String, figure: Threshold.Figure, bound: Double) throws {
        let threshold = try Threshold(parsing: text)
        #expect(threshold.figure == figure)
        #expect(abs(threshold.bound - bound) < 1e-9)
    }

    @Test(
        "Text that is no threshold is refused",
        arguments: ["", "p99", "p99<50", "p99(shop)<1ms", "audit==fail", "goodput>1%", "p99<-1ms", "x==1", "p250<1s"])
    func noThreshold(text: String) {
        #expect(throws: Threshold.Invalid(text: text)) { try Threshold(parsing: text) }
    }

    @Test("A value equal to the bound meets only the comparisons that include it")
    func bounds() throws {
        #expect(try Threshold(parsing: "p99<50ms").isMet(by: 0.049))
        let isMet = try ["p99<1s", "p99<=1s", "p99==1s", "p99>=1s", "p99>1s"].map {
            try Threshold(parsing: $0).isMet(by: 1)
        }
        #expect(isMet == [false, true, true, true, false])
    }
}

// Reads scenario files: JSON with known keys. All errors are named at once. docs/LOADTEST.md is the schema.

import Textbook

extension Scenario {
    /// The errors of a scenario, in sentences.
    struct Invalid: Error, Equatable, CustomStringConvertible {
        let problems: [String]

        var description: String { problems.joined(separator: "\n") }
    }

    /// How deep the lists and objects of a scenario nest: one level more than is known, so that what is there is named.
    private static let depthMax = 8

    init(parsing bytes: [UInt8]) throws(Invalid) {
        let tree: JSONValue
        do throws(JSONFailure) {
            tree = try JSONValue(ofFile: bytes, depth: Self.depthMax)
        } catch {
            throw Invalid(problems: ["The scenario \(error.why)."])
        }
        guard case .object = tree else { throw Invalid(problems: ["The scenario must be a JSON object."]) }
        self.init()
        var reader = ScenarioReader()
        reader.read(tree, into: &self)
        let problems = reader.problems.isEmpty ? self.problems : reader.problems
        guard problems.isEmpty else { throw Invalid(problems: problems) }
    }
}

/// Reads the values and collects the errors.
private struct ScenarioReader {
    private(set) var problems: [String] = []

    mutating func read(_ tree: JSONValue, into scenario: inout Scenario) {
        known(
            tree, "the scenario",
            [
                "name", "seed", "open", "closed", "buyers", "hot_items_percent", "connections", "threads",
                "timeout_seconds", "traced_percent", "ends_when_sold_out", "drain_seconds", "bell_seconds",
                "thresholds",
                "faults",
            ])
        text(tree, "name") { scenario.name = $0 }
        integer(tree, "seed") { scenario.seed = UInt64($0) }
        integer(tree, "connections") { scenario.connections = $0 }
        integer(tree, "threads") { scenario.threads = $0 }
        number(tree, "timeout_seconds") { scenario.timeout = $0 }
        number(tree, "hot_items_percent") { scenario.hotShare = $0 / 100 }
        number(tree, "drain_seconds") { scenario.drain = $0 }
        number(tree, "bell_seconds") { scenario.bell = $0 }
        number(tree, "traced_percent") { scenario.tracedShare = $0 / 100 }
        if let value = tree["ends_when_sold_out"] {
            if let bool = value.bool {
                scenario.endsWhenSoldOut = bool
            } else {
                wrong("ends_when_sold_out", "a boolean")
            }
        }
        if tree["open"] != nil, tree["closed"] != nil {
            problems.append("Give either `open` or `closed`, not both.")
        }
        if let open = tree["open"] { readOpen(open, into: &scenario) }
        if let closed = tree["closed"] { readClosed(closed, into: &scenario) }
        if let buyers = tree["buyers"] { readBuyers(buyers, into: &scenario) }
        if let list = list(tree, "thresholds") { readThresholds(list, into: &scenario) }
        if let list = list(tree, "faults") { readFaults(list, into: &scenario) }
    }

    private mutating func readOpen(_ tree: JSONValue, into scenario: inout Scenario) {
        known(tree, "`open`", ["spread", "stages"])
        var spread = Arrivals.Spread.poisson
        text(tree, "spread") { name in
            if let known = Arrivals.Spread(rawValue: name) {
                spread = known
            } else {
                return "`spread` must be even or poisson."
            }
            return nil
        }
        var stages: [Stage] = []
        for (index, stage) in (list(tree, "stages") ?? []).enumerated() {
            stages += readStage(stage, "stage \(index + 1)")
        }
        scenario.load = .open(stages, spread)
    }

    private mutating func readStage(_ tree: JSONValue, _ place: String) -> [Stage] {
        known(tree, place, ["seconds", "rate", "from", "to", "peak", "base"])
        var values: [String: Double] = [:]
        for key in ["seconds", "rate", "from", "to", "peak", "base"] {
            number(tree, key) { values[key] = $0 }
        }
        let keys = Set(values.keys).subtracting(["seconds"])
        guard let seconds = values["seconds"] else {
            problems.append("In \(place) `seconds` is missing.")
            return []
        }
        if keys == ["rate"], let rate = values["rate"] { return Stage.constant(rate, seconds: seconds) }
        if keys == ["from", "to"], let from = values["from"], let to = values["to"] {
            return Stage.ramp(from: from, to: to, seconds: seconds)
        }
        if keys == ["peak", "base"], let peak = values["peak"], let base = values["base"] {
            return Stage.spike(base: base, peak: peak, seconds: seconds)
        }
        problems.append("In \(place) give `rate`, or `from` and `to`, or `base` and `peak`.")
        return []
    }

    private mutating func readClosed(_ tree: JSONValue, into scenario: inout Scenario) {
        known(tree, "`closed`", ["buyers", "seconds"])
        var (buyers, seconds) = (0, 0.0)
        integer(tree, "buyers") { buyers = $0 }
        number(tree, "seconds") { seconds = $0 }
        scenario.load = .closed(buyers: buyers, seconds: seconds)
    }

    private mutating func readBuyers(_ tree: JSONValue, into scenario: inout Scenario) {
        known(tree, "`buyers`", Set(BuyerKind.allCases.map(\.name)))
        var weights: [BuyerKind: Double] = [:]
        for kind in BuyerKind.allCases {
            number(tree, kind.name) { weights[kind] = $0 }
        }
        scenario.mix = BuyerMix(weights)
    }

    private mutating func readThresholds(_ list: [JSONValue], into scenario: inout Scenario) {
        for element in list {
            do {
                guard let text = element.string else { throw Threshold.Invalid(text: "a threshold that is no text") }
                scenario.thresholds.append(try Threshold(parsing: text))
            } catch {
                problems.append("\(error)")
            }
        }
    }

    private mutating func readFaults(_ list: [JSONValue], into scenario: inout Scenario) {
        for element in list {
            known(element, "a fault", ["at_seconds", "run"])
            guard let at = element["at_seconds"]?.number, let command = element["run"]?.string else {
                problems.append("A fault needs `at_seconds`, a number, and `run`, a text.")
                continue
            }
            scenario.faults.append(Scenario.Fault(at: at, command: command))
        }
    }

    // MARK: - Values

    private mutating func known(_ tree: JSONValue, _ place: String, _ keys: Set<String>) {
        guard case .object(let members) = tree else {
            problems.append("The value of \(place) must be an object.")
            return
        }
        for key in members.keys.sorted() where !keys.contains(key) {
            problems.append(
                "`\(key)` is not known in \(place); known are \(keys.sorted().joined(separator: ", ")).")
        }
    }

    private mutating func wrong(_ key: String, _ wanted: String) {
        problems.append("`\(key)` must be \(wanted).")
    }

    private mutating func number(_ tree: JSONValue, _ key: String, _ take: (Double) -> Void) {
        guard let value = tree[key] else { return }
        if let number = value.number { take(number) } else { wrong(key, "a number") }
    }

    private mutating func integer(_ tree: JSONValue, _ key: String, _ take: (Int) -> Void) {
        guard let value = tree[key] else { return }
        if let number = value.number, let whole = Int(exactly: number), whole >= 0 {
            take(whole)
        } else {
            wrong(key, "a whole number that is not negative")
        }
    }

    private mutating func text(_ tree: JSONValue, _ key: String, _ take: (String) -> Void) {
        text(tree, key) { text -> String? in
            take(text)
            return nil
        }
    }

    private mutating func text(_ tree: JSONValue, _ key: String, _ take: (String) -> String?) {
        guard let value = tree[key] else { return }
        guard let text = value.string else { return wrong(key, "a text") }
        if let problem = take(text) { problems.append(problem) }
    }

    private mutating func list(_ tree: JSONValue, _ key: String) -> [JSONValue]? {
        guard let value = tree[key] else { return nil }
        if value.array == nil { wrong(key, "a list") }
        return value.array
    }
}

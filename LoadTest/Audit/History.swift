// A journal, read back: what was asked, when, and what was said to it.

import FoundationEssentials

/// A run as its journal tells it.
struct History: Sendable {
    /// A request with its answer, if one came.
    struct Exchange: Hashable, Sendable {
        var id: UInt64
        var buyer: UInt32
        var endpoint: Endpoint
        /// Of a checkout; 0 else.
        var item: Int32 = 0
        /// Under which code a purchase or cancellation was asked for.
        var code: String?
        /// Nanoseconds from the start.
        var sent: Int64
        /// `Int64.max` if no answer came.
        var answered = Int64.max
        var status = 0
        var outcome = Outcome.unknown
        var reason: Outcome.Reason?
        /// The code in the answer.
        var codeGiven: String?
        var soldItems: [Int32] = []
        /// When the hold ends, in milliseconds of the wall clock.
        var expires: Int64?

        /// It may have had an effect, for all we know.
        var isUncertain: Bool { outcome == .unknown || outcome == .error || outcome == .shed }
    }

    /// Why a file is no journal, in a sentence.
    struct Unreadable: Error, CustomStringConvertible {
        let description: String
    }

    var run = ""
    /// The start of the run in nanoseconds since 1970.
    var wall: Int64 = 0
    var sale = SaleFacts(id: 0, itemCount: 1, stock: 1)
    var target = ""
    var exchanges: [Exchange] = []
    var faults: [(at: Int64, command: String)] = []
    /// The journal has its last line: the run was not killed.
    var isComplete = false

    init() {}

    init(path: String) throws(Unreadable) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Unreadable(description: "The journal \(path) cannot be read.")
        }
        do {
            try self.init(parsing: [UInt8](data))
        } catch {
            throw Unreadable(description: "\(path): \(error.description)")
        }
    }

    init(parsing bytes: [UInt8]) throws(Unreadable) {
        var indices: [UInt64: Int] = [:]
        var start = 0
        var number = 0
        // A last line without its end was cut by whatever ended the run: it was never followed by a send.
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            let line = bytes[start..<end]
            start = end + 1
            number += 1
            if number == 1 {
                guard readHead(String(decoding: line, as: UTF8.self)) else {
                    throw Unreadable(description: "this is no journal of flashsale-load.")
                }
                continue
            }
            guard read(line, &indices) else {
                throw Unreadable(description: "line \(number) is not a journal's.")
            }
        }
        guard number > 0 else { throw Unreadable(description: "this is no journal of flashsale-load.") }
    }

    private mutating func readHead(_ line: String) -> Bool {
        guard line.hasPrefix(JournalLine.mark + " ") else { return false }
        var values: [Substring: Substring] = [:]
        for word in line.split(separator: " ").dropFirst(2) {
            let parts = word.split(separator: "=", maxSplits: 1)
            if parts.count == 2 { values[parts[0]] = parts[1] }
        }
        guard let run = values["run"], let wall = values["wall"].flatMap({ Int64($0) }),
            let id = values["sale"].flatMap({ Int32($0) }), let items = values["items"].flatMap({ Int($0) }),
            let stock = values["stock"].flatMap({ Int($0) }), items > 0, let target = values["target"]
        else { return false }
        self.run = String(run)
        self.wall = wall
        self.target = String(target)
        sale = SaleFacts(id: id, itemCount: items, stock: stock, limit: values["limit"].flatMap { Int($0) })
        return true
    }

    private mutating func read(_ line: ArraySlice<UInt8>, _ indices: inout [UInt64: Int]) -> Bool {
        let words = line.split(separator: UInt8(ascii: " "), maxSplits: line.first == UInt8(ascii: "F") ? 2 : 9)
        func text(_ index: Int) -> String? {
            guard index < words.count else { return nil }
            let word = String(decoding: words[index], as: UTF8.self)
            return word == "-" ? nil : word
        }
        func number(_ index: Int) -> Int64? { text(index).flatMap { Int64($0) } }
        switch words.first?.first {
        case UInt8(ascii: "S"):
            guard let id = number(1), let sent = number(2), let buyer = number(3), let name = text(4),
                let endpoint = Endpoint.allCases.first(where: { $0.name == name })
            else { return false }
            var exchange = Exchange(id: UInt64(id), buyer: UInt32(buyer), endpoint: endpoint, sent: sent)
            if endpoint == .checkout { exchange.item = Int32(number(5) ?? 0) } else { exchange.code = text(5) }
            indices[exchange.id] = exchanges.count
            exchanges.append(exchange)
        case UInt8(ascii: "A"):
            guard let id = number(1), let index = indices[UInt64(id)], let answered = number(2),
                let status = number(3), let outcome = text(4).flatMap({ Outcome(name: $0[...]) })
            else { return false }
            exchanges[index].answered = answered
            exchanges[index].status = Int(status)
            exchanges[index].outcome = outcome
            exchanges[index].reason = text(5).flatMap(Outcome.Reason.init)
            exchanges[index].codeGiven = text(6)
            exchanges[index].soldItems = text(7)?.split(separator: ",").compactMap { Int32($0) } ?? []
            exchanges[index].expires = number(8)
        case UInt8(ascii: "I"):
            guard let item = number(1), let units = number(2) else { return false }
            sale.scarce[Int32(item)] = Int(units)
        case UInt8(ascii: "F"):
            guard let at = number(1) else { return false }
            faults.append((at, text(2) ?? ""))
        case UInt8(ascii: "E"):
            isComplete = true
        default:
            return false
        }
        return true
    }
}

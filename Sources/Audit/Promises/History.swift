// Reads a journal: the requests, their times and their answers. The load generator writes it as text, one fact a line,
// so that grep works on it.
//
//     flashsale-journal 1 run=3f2a wall=1700000000000 start=123 sale=7 items=10000 stock=1 limit=10 target=http://…
//     I <item> <units>                               an item that had fewer free units than its stock at the start
//     U <item>                                       items from this one on were not read before the start
//     S <request> <ns> <buyer> <endpoint> <subject> <ticket or ->
//                                                    before a request is sent; the subject is an item or a code
//     A <request> <ns> <status> <outcome> <reason or -> <code or -> <items or -> <expires or -> <receipt or ->
//                                                    the receipt is an order's id and its price; old journals lack it
//     P <request> <ticket or -> <number or -> <called: 1 or 0> <ahead or -> <low or -> <high or ->
//                                                    what its answer said of the buyer's place in line
//     L <request> <ns> <phase> <called or -> <commit> <seed or -> <count or ->
//                                                    what an answer or an event said of the whole line, and of the draw
//                                                    if that is news
//     F <ns> <command>                               a fault was made
//     E <ns>                                         the run ended in order
//
// Moments are nanoseconds from the start; `expires` is in milliseconds of the wall clock. Status 0 is no answer. In the
// service, buyer 4 of run 3f2a is `load-3f2a-4`. The head of a sale with a waiting room also has `starts`, in
// milliseconds of the wall clock. Of a ticket its last eight characters stand here.

import FoundationEssentials

/// A run, read from its journal.
package struct History: Sendable {
    /// The first words of a journal.
    package static let mark = "flashsale-journal 1"
    /// The latest moment, in nanoseconds since 1970 or from the start: sums of two of them fit.
    private static let momentMax: Int64 = 4_000_000_000_000_000_000

    /// A request with its answer, if one came.
    package struct Exchange: Hashable, Sendable {
        var id: UInt64
        package var buyer: UInt32
        package var endpoint: Endpoint
        /// The item of a checkout, else 0.
        package var item: Int32 = 0
        /// The code of a purchase or cancellation.
        package var code: String?
        /// Nanoseconds from the start.
        package var sent: Int64
        /// `Int64.max` if no answer came.
        package var answered = Int64.max
        var status = 0
        package var outcome = Outcome.unknown
        var reason: Outcome.Reason?
        /// The code in the answer.
        var codeGiven: String?
        package var soldItems: [Int32] = []
        /// The id of the order, and what was paid, in one word.
        package var receipt: String?
        /// When the hold ends, in milliseconds of the wall clock.
        var expires: Int64?
        /// The ticket that the request showed.
        var ticket: String?
        /// What the answer said of the buyer's place in line.
        var place: Place?

        /// Whether it is about an item, and not about a cart or the whole sale.
        package var isOfOneItem: Bool { endpoint == .checkout && reason != .allItemsSold }

        /// Whether its answer leaves it open, or says, that there is an order.
        package var mayHaveOrder: Bool { outcome == .won || isUncertain || reason == .alreadyProcessed }

        /// Whether it may have had an effect that is not known.
        package var isUncertain: Bool { outcome == .unknown || outcome == .error || outcome == .shed }
    }

    /// Says in a sentence why a file is no journal.
    package struct Unreadable: Error, CustomStringConvertible {
        package let description: String
    }

    var run = ""
    /// The start of the run in nanoseconds since 1970.
    package var wall: Int64 = 0
    package var sale = SaleFacts(id: 0, itemCount: 1, stock: 1)
    package var target = ""
    package var exchanges: [Exchange] = []
    package var lines: [Line] = []
    package var faults: [(at: Int64, command: String)] = []
    /// Whether the journal has its last line: then the run was not killed.
    package var isComplete = false

    package init(path: String) throws(Unreadable) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Unreadable(description: "The journal \(path) cannot be read.")
        }
        do {
            try self.init(parsing: [UInt8](data))
        } catch {
            throw Unreadable(description: "\(path): \(error.description)")
        }
    }

    package init(parsing bytes: [UInt8]) throws(Unreadable) {
        var indices: [UInt64: Int] = [:]
        var start = 0
        var number = 0
        // A last line without its end was cut off when the run ended: its request was never sent.
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

    /// The id of a buyer of this run in the service.
    package func user(_ buyer: UInt32) -> String { "load-\(run)-\(buyer)" }

    private mutating func readHead(_ line: String) -> Bool {
        guard line.hasPrefix(Self.mark + " ") else { return false }
        var values: [Substring: Substring] = [:]
        for word in line.split(separator: " ").dropFirst(2) {
            let parts = word.split(separator: "=", maxSplits: 1)
            if parts.count == 2 { values[parts[0]] = parts[1] }
        }
        guard let run = values["run"], let target = values["target"],
            let wall = values["wall"].flatMap({ Int64($0) }), (0...Self.momentMax).contains(wall),
            let id = values["sale"].flatMap({ Int32($0) }), id > 0,
            let items = values["items"].flatMap({ Int32($0) }), items > 0,
            let stock = values["stock"].flatMap({ Int32($0) }), stock > 0
        else { return false }
        self.run = String(run)
        self.wall = wall
        self.target = String(target)
        sale = SaleFacts(
            id: id, itemCount: Int(items), stock: Int(stock), limit: values["limit"].flatMap { Int($0) })
        sale.roomStarts = values["starts"].flatMap { Int64($0) }
        return true
    }

    private mutating func read(_ line: ArraySlice<UInt8>, _ indices: inout [UInt64: Int]) -> Bool {
        let words = line.split(separator: UInt8(ascii: " "), maxSplits: line.first == UInt8(ascii: "F") ? 2 : 9)
        func text(_ index: Int) -> String? {
            guard index < words.count else { return nil }
            let word = String(decoding: words[index], as: UTF8.self)
            return word == "-" ? nil : word
        }
        func number<N: FixedWidthInteger>(_ index: Int, _: N.Type = N.self) -> N? { text(index).flatMap { N($0) } }
        func moment(_ index: Int) -> Int64? { number(index).flatMap { (0...Self.momentMax).contains($0) ? $0 : nil } }
        switch words.first?.first {
        case UInt8(ascii: "S"):
            guard let id = number(1, UInt64.self), let sent = moment(2), let buyer = number(3, UInt32.self),
                let endpoint = Endpoint.allCases.first(where: { $0.name == text(4) })
            else { return false }
            var exchange = Exchange(id: id, buyer: buyer, endpoint: endpoint, sent: sent)
            if endpoint == .checkout {
                guard let item = number(5, Int32.self) else { return false }
                exchange.item = item
            } else {
                exchange.code = text(5)
            }
            exchange.ticket = text(6)
            indices[id] = exchanges.count
            exchanges.append(exchange)
        case UInt8(ascii: "A"):
            guard let index = number(1, UInt64.self).flatMap({ indices[$0] }), let answered = moment(2),
                let status = number(3, Int.self), let outcome = text(4).flatMap({ Outcome(name: $0[...]) })
            else { return false }
            exchanges[index].answered = answered
            exchanges[index].status = status
            exchanges[index].outcome = outcome
            exchanges[index].reason = text(5).flatMap(Outcome.Reason.init)
            exchanges[index].codeGiven = text(6)
            exchanges[index].soldItems = text(7)?.split(separator: ",").compactMap { Int32($0) } ?? []
            exchanges[index].expires = number(8).flatMap {
                (0...Self.momentMax / 1_000_000).contains($0) ? $0 : nil
            }
            exchanges[index].receipt = text(9)
        case UInt8(ascii: "P"):
            guard let index = number(1, UInt64.self).flatMap({ indices[$0] }) else { return false }
            exchanges[index].place = Place(
                ticket: text(2), number: number(3), isCalled: text(4) == "1", ahead: number(5), low: number(6),
                high: number(7))
        case UInt8(ascii: "L"):
            guard let index = number(1, UInt64.self).flatMap({ indices[$0] }), let at = moment(2),
                let phase = text(3).flatMap(Phase.init)
            else { return false }
            let draw = text(5).map { Draw(commit: $0, seed: text(6), count: number(7)) }
            lines.append(Line(exchange: index, at: at, phase: phase, called: number(4), draw: draw))
        case UInt8(ascii: "I"):
            guard let item = number(1, Int32.self), let units = number(2, Int32.self),
                (0...sale.stock).contains(Int(units))
            else { return false }
            sale.scarce[item] = Int(units)
        case UInt8(ascii: "U"):
            guard let item = number(1, Int32.self), item > 0 else { return false }
            sale.unreadFrom = item
        case UInt8(ascii: "F"):
            guard let at = moment(1) else { return false }
            faults.append((at, text(2) ?? ""))
        case UInt8(ascii: "E"):
            isComplete = true
        default:
            return false
        }
        return true
    }
}

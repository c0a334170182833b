// What the listeners to a sale's events are told: how the sale stands, and which items have changed. Pure: views of the
// sale in, bytes out.

internal import FlashSale
internal import NIOCore
internal import Textbook

/// The events of one sale, as server-sent events.
///
/// A `state` says how the sale stands, whole, so a lost one costs nothing. An `items` says how many units of some items
/// are free now. Each tick with news has a number. A listener names the last that it got, and gets the items of those
/// that followed and the newest state; if they are no longer kept, a `reset` and the state.
struct LiveTopic: Sendable {
    /// The ticks whose items are kept.
    static let ticksMax = 40
    /// The most items that a tick names. Beyond that listeners are told to read the items anew.
    static let itemsMax = 1_000

    /// Where a listener is in the events.
    enum Place: Equatable, Sendable {
        case start
        /// It got the tick of this number.
        case after(UInt64)
        /// It got something that is not kept.
        case lost
    }

    private struct Tick {
        let number: UInt64
        /// The items that changed; nil if none did.
        var items: ByteBuffer?
        /// Whether more changed than it names.
        var isReset = false
    }

    /// Distinguishes these events from all others of the sale: of other instances, and of this one before its last
    /// listener had left.
    private let origin: String
    private var ticks: [Tick] = []
    private var known: LiveView?
    /// The last view that knew which units are free.
    private var counted: LiveView?
    /// The newest state, with its number, and the newest tick whole.
    private var (state, newest) = (ByteBuffer(), ByteBuffer())
    /// The number of the newest tick; 0 before the first.
    private(set) var number: UInt64 = 0

    init(origin: String = String(UInt32.random(in: .min ... .max), radix: 16)) {
        self.origin = origin
    }

    /// The place that a `Last-Event-ID` names.
    func place(of id: Substring?) -> Place {
        guard let id else { return .start }
        let parts = id.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0] == origin, let last = UInt64(parts[1]), last <= number else { return .lost }
        return .after(last)
    }

    /// Takes a view of the sale. One that differs from the last in nothing but time is no news.
    mutating func advance(_ view: LiveView) {
        let changed = counted.map { view.itemsChanged(since: $0, atMost: Self.itemsMax + 1) } ?? []
        let isOfAnotherStock = counted.map { view.hasOtherUnits(than: $0) } ?? false
        if view.knowsUnits, counted == nil { counted = view }
        guard known.map({ !$0.tellsTheSame(as: view) }) ?? true || !changed.isEmpty || isOfAnotherStock
        else { return }
        known = view
        if view.knowsUnits { counted = view }
        number += 1
        var tick = Tick(number: number)
        if changed.count > Self.itemsMax || isOfAnotherStock {
            tick.isReset = true
        } else if !changed.isEmpty {
            tick.items = event("items", items(changed, view))
        }
        state = event("state", Self.state(view))
        newest = frames(of: [tick])
        ticks.append(tick)
        if ticks.count > Self.ticksMax { ticks.removeFirst() }
    }

    /// What a listener at a place gets; nil if it has all. All that have the last tick share the bytes of the newest.
    func frames(since place: Place) -> ByteBuffer? {
        guard number > 0 else { return nil }
        switch place {
        case .start: return state
        case .after(number): return nil
        case .after(let last) where last + 1 == number: return newest
        case .after(let last) where ticks.first.map { $0.number <= last + 1 } ?? false:
            return frames(of: ticks.filter { $0.number > last })
        case .after, .lost: return frames(of: [Tick(number: number, isReset: true)])
        }
    }

    private func frames(of ticks: [Tick]) -> ByteBuffer {
        var bytes = ByteBuffer()
        if ticks.contains(where: \.isReset) {
            bytes.writeImmutableBuffer(event("reset", Array("{}".utf8)))
        } else {
            for items in ticks.compactMap(\.items) { bytes.writeImmutableBuffer(items) }
        }
        bytes.writeImmutableBuffer(state)
        return bytes
    }

    /// Every event has the number of the newest tick. Whoever loses the rest of a tick lost its state alone, or gets
    /// the items again.
    private func event(_ name: String, _ data: [UInt8]) -> ByteBuffer {
        var bytes = ByteBuffer()
        let id = name == "state" ? "id: \(origin)-\(number)\n" : ""
        bytes.writeString("event: \(name)\n\(id)data: ")
        bytes.writeBytes(data)
        bytes.writeString("\n\n")
        return bytes
    }

    private static func state(_ view: LiveView) -> [UInt8] {
        var json = JSONWriter()
        json.live(view)
        return json.bytes
    }

    private func items(_ numbers: [Int32], _ view: LiveView) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        for number in numbers {
            json.key(escaping: ItemID(sale: view.sale.id, number: number).description)
            json.integer(view.free(of: number))
        }
        json.endObject()
        return json.bytes
    }
}

// Remembers when each of very many buyers goes on, with 16 bytes for each. It fires nothing: its owner takes the due
// entries. There are two wheels, as in Varghese and Lauck (SOSP 1987): a fine one for the present 17 ms, and a coarse
// one for the next 17 s; later entries go round the coarse one more than once.

/// Tokens by the moment they are due, exact to a tick of 16 µs and never early.
struct TimerWheel: Sendable {
    struct Entry: Hashable, Sendable {
        let token: UInt32
        /// Nanoseconds, as scheduled.
        let due: Int64
    }

    private static let tickBits = 14
    private static let slotBits = 10
    private static let slots = 1 << slotBits

    private var fine = Slots()
    private var coarse = Slots()
    /// The first tick that was not taken yet; `fine` has the ticks of its slot.
    private var tick: Int64
    private(set) var count = 0

    /// - Parameter start: the earliest time of any entry, in nanoseconds.
    init(start: Int64 = 0) {
        tick = start >> Self.tickBits
    }

    mutating func schedule(_ token: UInt32, at due: Int64) {
        count += 1
        place(Entry(token: token, due: due))
    }

    /// When to call `take` next, in nanoseconds; it may be early, never late. Nil if nothing is scheduled.
    var next: Int64? {
        guard count > 0 else { return nil }
        let slot = Int(tick) & (Self.slots - 1)
        if let found = fine.firstUsed(from: slot) { return (tick + Int64(found - slot)) << Self.tickBits }
        let stretch = (tick >> Self.slotBits) + 1
        let first = Int(stretch) & (Self.slots - 1)
        let ahead = (coarse.firstUsed(from: first) ?? coarse.firstUsed(from: 0).map { $0 + Self.slots }) ?? first
        return (stretch + Int64(ahead - first)) << (Self.slotBits + Self.tickBits)
    }

    /// Takes out the entries that are due at `now`.
    mutating func take(until now: Int64, into due: inout [Entry]) {
        let last = now >> Self.tickBits
        while tick <= last {
            let slot = Int(tick) & (Self.slots - 1)
            let stretchEnd = (tick | Int64(Self.slots - 1)) + 1
            if count > 0, let found = fine.firstUsed(from: slot) {
                let at = tick + Int64(found - slot)
                guard at <= last else {
                    tick = last + 1
                    return
                }
                count -= fine.move(found, to: &due)
                tick = at + 1
            } else {
                tick = min(stretchEnd, last + 1)
            }
            if tick & Int64(Self.slots - 1) == 0 { enterStretch() }
        }
    }

    /// Moves the entries of the coarse wheel's next slot into the fine wheel.
    private mutating func enterStretch() {
        var entries: [Entry] = []
        _ = coarse.move(Int(tick >> Self.slotBits) & (Self.slots - 1), to: &entries)
        for entry in entries { place(entry) }
    }

    private mutating func place(_ entry: Entry) {
        let wanted = (entry.due + (1 << Self.tickBits) - 1) >> Self.tickBits
        let at = max(wanted, tick)
        if at >> Self.slotBits == tick >> Self.slotBits {
            fine.append(entry, to: Int(at) & (Self.slots - 1))
        } else {
            coarse.append(entry, to: Int(at >> Self.slotBits) & (Self.slots - 1))
        }
    }

    /// One wheel: lists, and a bit for each that is not empty.
    private struct Slots {
        private var lists = [[Entry]](repeating: [], count: TimerWheel.slots)
        private var used = [UInt64](repeating: 0, count: TimerWheel.slots / 64)

        mutating func append(_ entry: Entry, to slot: Int) {
            lists[slot].append(entry)
            used[slot / 64] |= 1 << UInt64(slot % 64)
        }

        /// Empties a list and keeps its capacity.
        mutating func move(_ slot: Int, to target: inout [Entry]) -> Int {
            let moved = lists[slot].count
            target.append(contentsOf: lists[slot])
            lists[slot].removeAll(keepingCapacity: moved <= 64)
            used[slot / 64] &= ~(1 << UInt64(slot % 64))
            return moved
        }

        func firstUsed(from slot: Int) -> Int? {
            var word = slot / 64
            guard word < used.count else { return nil }
            var bits = used[word] & (~0 << UInt64(slot % 64))
            while bits == 0 {
                word += 1
                guard word < used.count else { return nil }
                bits = used[word]
            }
            return word * 64 + bits.trailingZeroBitCount
        }
    }
}

// Remembers very many alarms for the next ticks: a ring of lists, as in Varghese and Lauck (SOSP 1987). To set an alarm
// costs the same among any number of them. Pure.

/// Alarms by the tick for which they are set.
struct AlarmRing<Alarm> {
    static var ticks: UInt64 { 512 }

    /// Those of the ticks from `first` on, each at the rest of its tick's division by ``ticks``.
    private var lists = [[Alarm]](repeating: [], count: Int(ticks))
    private var overdue: [Alarm] = []
    private(set) var count = 0
    private var first: UInt64

    init(at now: UInt64) {
        first = now
    }

    /// Sets an alarm.
    ///
    /// - Returns: the tick for which it stands: now if the one wanted is over, and the last of the ring if the one
    ///   wanted lies beyond it.
    mutating func set(_ alarm: Alarm, for wanted: UInt64, at now: UInt64) -> UInt64 {
        turn(to: now)
        let tick = min(max(wanted, first), first + Self.ticks - 1)
        lists[Int(tick % Self.ticks)].append(alarm)
        count += 1
        return tick
    }

    /// Takes out the alarms that are due, in the order of their ticks.
    mutating func take(until now: UInt64) -> [Alarm] {
        turn(to: now + 1)
        defer { overdue = [] }
        count -= overdue.count
        return overdue
    }

    private mutating func turn(to tick: UInt64) {
        while first < tick, count > overdue.count {
            let list = Int(first % Self.ticks)
            overdue += lists[list]
            lists[list] = []
            first += 1
        }
        first = max(first, tick)
    }

    /// The next tick that has alarms; nil if none has.
    var next: UInt64? {
        if !overdue.isEmpty { return first }
        return count == 0 ? nil : (first..<first + Self.ticks).first { !lists[Int($0 % Self.ticks)].isEmpty }
    }
}

// Wakes the connections of an event loop. Each of them always waits for something, and the loop's own timers are a
// heap: among ten thousand of them, to set one and to take it off costs more than to refuse a request.

internal import NIOCore
internal import Telemetry

/// The alarms of an event loop, which they belong to. They ring up to a tick of 8 ms too late, and too early if they
/// are set for more than 4 s.
final class LoopAlarms {
    /// Nanoseconds.
    private static let tick: UInt64 = 8_000_000

    private let loop: any EventLoop
    private var ring = AlarmRing<() -> Void>(at: MonotonicTime.now.nanoseconds / tick)
    /// The tick that the loop will wake the ring for.
    private var wakesAt: UInt64?

    init(of loop: any EventLoop) {
        self.loop = loop
    }

    /// Has an alarm ring after a time.
    func set(in delay: Duration, _ alarm: @escaping () -> Void) {
        let now = MonotonicTime.now
        let due = ((now + delay).nanoseconds + Self.tick - 1) / Self.tick
        wake(at: ring.set(alarm, for: due, at: now.nanoseconds / Self.tick))
    }

    private func wake(at tick: UInt64) {
        if let wakesAt, wakesAt <= tick { return }
        wakesAt = tick
        loop.assumeIsolated().scheduleTask(deadline: .uptimeNanoseconds(tick * Self.tick)) { self.woken(at: tick) }
    }

    private func woken(at tick: UInt64) {
        // An alarm that was set later may have had to ring earlier.
        guard wakesAt == tick else { return }
        wakesAt = nil
        for alarm in ring.take(until: MonotonicTime.now.nanoseconds / Self.tick) { alarm() }
        if let next = ring.next { wake(at: next) }
    }
}

// The socket of a session, as its event loop watches it. While libpq connects it may open another socket at each step,
// even under the same number.

struct WatchedSocket {
    private unowned let loop: EventLoopThread
    /// The session's number in the event loop.
    private let number: UInt64
    private var descriptor: Int32 = -1
    /// The events that wake the session.
    private(set) var events: UInt32 = 0

    init(on loop: EventLoopThread, number: UInt64) {
        self.loop = loop
        self.number = number
    }

    /// Watches libpq's present socket for events. Returns false if there is none or the kernel refuses.
    mutating func watch(_ current: Int32, for events: UInt32, isNew: Bool) -> Bool {
        guard current >= 0 else { return false }
        if current != descriptor { unwatch() }
        guard current != descriptor || events != self.events || isNew else { return true }
        descriptor = current
        self.events = events
        return loop.watch(current, number: number, for: events)
    }

    mutating func unwatch() {
        if descriptor >= 0 { loop.unwatch(descriptor) }
        descriptor = -1
    }
}
